/**
 * In-flight deduplication: the same key asked for twice at once is worked out once.
 *
 * @module
 */

/** Promises by key, shared while they run and dropped when they end. */
export class OnceMap<K, V> {
  readonly #running = new Map<K, Promise<V>>();

  /** The running work for `key`, or new work started by `start`. */
  run(key: K, start: () => Promise<V>): Promise<V> {
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const promise = start().finally(() => this.#running.delete(key));
    this.#running.set(key, promise);
    return promise;
  }
}
