/**
 * Answers that are asked for once while they are on their way, and kept for a while.
 *
 * @module
 */
import type { Clock } from "../../base/clock.ts";

/** How long answers hold. */
export interface RememberedOptions<T> {
  readonly clock: Pick<Clock, "monotonic">;
  /** In milliseconds; 0 shares it only with those who ask before it has come. */
  readonly keepMs: (answer: T) => number;
  /** @default {1000} */
  readonly maxEntries?: number;
}

interface Entry<T> {
  readonly answer: Promise<T>;
  /** On the monotonic clock; `undefined` while the answer is on its way. */
  until: number | undefined;
}

/** One answer a key. Failures are kept for nobody. */
export class Remembered<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #options: RememberedOptions<T>;

  constructor(options: RememberedOptions<T>) {
    this.#options = options;
  }

  /** The answer that is known or on its way, or the one that `ask` gets. */
  get(key: string, ask: () => Promise<T>): Promise<T> {
    const { clock, keepMs, maxEntries = 1000 } = this.#options;
    const known = this.#entries.get(key);
    if (known !== undefined && (known.until === undefined || clock.monotonic() < known.until)) {
      return known.answer;
    }
    const entry: Entry<T> = { answer: ask(), until: undefined };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.answer.then(
      (answer) => entry.until = clock.monotonic() + keepMs(answer),
      () => this.#entries.get(key) === entry && this.#entries.delete(key),
    );
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= maxEntries) break;
      this.#entries.delete(oldest);
    }
    return entry.answer;
  }
}
