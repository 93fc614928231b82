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
  /** How much room an answer takes, in any unit. @default {0} */
  readonly weigh?: (answer: T) => number;
  /** In the same unit, of all answers. @default {Infinity} */
  readonly maxWeight?: number;
}

interface Entry<T> {
  readonly answer: Promise<T>;
  /** On the monotonic clock; `undefined` while the answer is on its way. */
  until: number | undefined;
  weight: number;
}

/** One answer a key. Failures are kept for nobody. */
export class Remembered<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #options: RememberedOptions<T>;
  #weight = 0;

  constructor(options: RememberedOptions<T>) {
    this.#options = options;
  }

  /** The answer that is known or on its way, or the one that `ask` gets. */
  get(key: string, ask: () => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const known = this.#entries.get(key);
    if (known !== undefined && (known.until === undefined || clock.monotonic() < known.until)) {
      return known.answer;
    }
    const entry: Entry<T> = { answer: ask(), until: undefined, weight: 0 };
    this.#forget(key);
    this.#entries.set(key, entry);
    entry.answer.then((answer) => this.#keep(key, entry, answer), () => {
      if (this.#entries.get(key) === entry) this.#forget(key);
    });
    return entry.answer;
  }

  /** Forgets answers that have come. */
  forget(isMeant: (key: string) => boolean): void {
    for (const [key, { until }] of this.#entries) if (until !== undefined && isMeant(key)) this.#forget(key);
  }

  #forget(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }

  #keep(key: string, entry: Entry<T>, answer: T): void {
    const { clock, keepMs, weigh, maxEntries = 1000, maxWeight = Infinity } = this.#options;
    entry.until = clock.monotonic() + keepMs(answer);
    if (this.#entries.get(key) !== entry) return;
    entry.weight = weigh?.(answer) ?? 0;
    this.#weight += entry.weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= maxEntries && this.#weight <= maxWeight) break;
      this.#forget(oldest);
    }
  }
}
