/**
 * So many at once, the others in the order they came.
 *
 * @module
 */
import { cancelledError } from "./errors.ts";

/** A number of places that are taken in turn. */
export class Turns {
  /** Who waits, the first one first. */
  readonly #line: (() => void)[] = [];
  readonly #places: number;
  #free: number;

  /** @param places At least 1. */
  constructor(places: number) {
    this.#places = this.#free = places;
  }

  /** Those that have a place. */
  get running(): number {
    return this.#places - this.#free;
  }

  /**
   * Waits for a place; disposing gives it back.
   *
   * @throws {ModelManagerError} `CANCELLED`.
   */
  async enter(signal: AbortSignal): Promise<Disposable> {
    if (signal.aborted) throw cancelledError(signal.reason);
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    let isTaken = true;
    return {
      [Symbol.dispose]: () => {
        if (isTaken) this.#leave();
        isTaken = false;
      },
    };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      const index = this.#line.indexOf(resolve);
      // Whose turn has come has it, and gives the place back like everybody.
      if (index < 0) return;
      this.#line.splice(index, 1);
      reject(cancelledError(signal.reason));
    };
    this.#line.push(resolve);
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** The place goes to the next in line. */
  #leave(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
