/**
 * Work that reports while it runs, as a generator: it yields events and returns the result.
 *
 * @module
 */
import { cancelledError } from "./errors.ts";
import { EventStream, type EventStreamOptions } from "./event_stream.ts";

/** How a streamed run is stopped and what it coalesces. */
export interface StreamedRunOptions<E> extends EventStreamOptions<E> {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts `work` when the first event is asked for and yields what it pushes; the work never waits for the reader.
 * When the reader goes away, or `options.signal` is aborted, the signal that the work was given is aborted, and the
 * generator ends when the work has.
 *
 * @returns what the work returns.
 */
export async function* streamedRun<E, R>(
  work: (push: (event: E) => void, signal: AbortSignal) => Promise<R>,
  options: StreamedRunOptions<E> = {},
): AsyncGenerator<E, R, undefined> {
  const { signal } = options;
  const stop = new AbortController();
  const forward = () => stop.abort(signal?.reason);
  if (signal?.aborted) forward();
  signal?.addEventListener("abort", forward, { once: true });
  const events = new EventStream<E>(options);
  const run = work((event) => events.push(event), stop.signal).finally(() => events.close());
  run.catch(() => {}); // Its error is thrown below, after the events.
  try {
    yield* events;
    return await run;
  } finally {
    signal?.removeEventListener("abort", forward);
    stop.abort(cancelledError("The reader of the events went away"));
    await run.catch(() => {});
  }
}
