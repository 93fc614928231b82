/**
 * A coalescing event stream: a slow reader never stalls the writer, and never misses what matters.
 *
 * @module
 */

/** How an {@link EventStream} treats its events. */
export interface EventStreamOptions<T> {
  /**
   * Key under which an unread event gives way to the next one of the same key; `undefined` keeps each.
   * Right only for events that carry absolute values, such as byte counts.
   */
  readonly coalesceKey?: (event: T) => string | undefined;
}

/**
 * An unbounded queue read as an async iterable, by one reader.
 *
 * @example
 * ```ts
 * import { EventStream } from "./event_stream.ts";
 * const stream = new EventStream<{ type: "progress"; bytes: number }>({ coalesceKey: (e) => e.type });
 * stream.push({ type: "progress", bytes: 1 });
 * stream.push({ type: "progress", bytes: 2 });
 * stream.close();
 * for await (const event of stream) if (event.bytes !== 2) throw new Error("not coalesced");
 * ```
 */
export class EventStream<T> implements AsyncIterable<T> {
  readonly #coalesceKey: (event: T) => string | undefined;
  /** A `Map` keeps insertion order. */
  readonly #queue = new Map<string | symbol, T>();
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(options: EventStreamOptions<T> = {}) {
    this.#coalesceKey = options.coalesceKey ?? (() => undefined);
  }

  /** Adds an event; ignored after the end. */
  push(event: T): void {
    if (this.#ended) return;
    const key = this.#coalesceKey(event) ?? Symbol();
    // The newer event goes to the end: what is read keeps the order of what was pushed.
    this.#queue.delete(key);
    this.#queue.set(key, event);
    this.#wake?.();
  }

  /** Ends the stream: what is queued is still read. */
  close(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Ends the stream with an error, thrown to the reader after what is queued. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#failure = { error };
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    while (true) {
      for (const [key, event] of this.#queue) {
        this.#queue.delete(key);
        yield event;
      }
      if (this.#queue.size > 0) continue;
      if (this.#ended) break;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
