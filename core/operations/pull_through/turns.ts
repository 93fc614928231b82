/**
 * So many at a time, in the order in which they came.
 *
 * @module
 */

/** A limit on what runs at once. */
export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param most At least 1. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Those that run. */
  get running(): number {
    return this.#running;
  }

  /** Waits for a turn; disposing ends it. */
  async take(signal: AbortSignal): Promise<Disposable> {
    if (this.#running >= this.#most) await this.#queue(signal);
    else this.#running++;
    let isOver = false;
    return {
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        const next = this.#waiting.shift();
        // The place goes from hand to hand: nobody comes between.
        if (next === undefined) this.#running--;
        else next();
      },
    };
  }

  #queue(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const give = (): void => {
        signal.removeEventListener("abort", cancel);
        resolve();
      };
      const cancel = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(give), 1);
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", cancel, { once: true });
      this.#waiting.push(give);
    });
  }
}
