/**
 * One fact, several listeners.
 *
 * @module
 */

/** Tells whoever listens at the time. */
export class Notifier<T> {
  readonly #listeners = new Set<(value: T) => void>();

  /** Listens until the returned handle is disposed. */
  subscribe(listener: (value: T) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Tells all listeners. @returns whether there was one. */
  emit(value: T): boolean {
    for (const listener of [...this.#listeners]) listener(value);
    return this.#listeners.size > 0;
  }
}
