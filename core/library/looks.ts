/**
 * Looking at what may not be readable: what fails is noted, and the rest is looked at all the same.
 *
 * @module
 */
import { isModelManagerError, type ModelManagerError } from "../base/errors.ts";

/** Looks that may fail, and the failures of those that did. */
export class Looks {
  readonly #problems: ModelManagerError[] = [];

  /** What could not be looked at. */
  get problems(): readonly ModelManagerError[] {
    return this.#problems;
  }

  /**
   * What `look` sees; `undefined` when it cannot.
   *
   * @throws what is no {@link ModelManagerError}: a bug of ours.
   */
  async attempt<T>(look: () => Promise<T>): Promise<T | undefined> {
    try {
      return await look();
    } catch (error) {
      if (!isModelManagerError(error)) throw error;
      this.#problems.push(error);
      return undefined;
    }
  }
}
