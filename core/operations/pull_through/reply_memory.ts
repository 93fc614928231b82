/**
 * The Hub's replies in memory, for the clients of a server: the oldest go when there are too many.
 *
 * @module
 */
import type { CachedResponse } from "../../http/cache_policy.ts";
import type { ResponseCacheStore } from "../../http/response_cache.ts";

const MAX_CHARACTERS = 64 * 1024 * 1024;

/** Keeps replies while the server runs: nothing that a token has opened reaches the disk. */
export class ReplyMemory implements ResponseCacheStore {
  readonly #entries = new Map<string, CachedResponse>();
  readonly #maxCharacters: number;
  #characters = 0;

  /** @param maxCharacters Of all bodies. @default {67108864} */
  constructor(maxCharacters: number = MAX_CHARACTERS) {
    this.#maxCharacters = maxCharacters;
  }

  get(key: string): Promise<unknown> {
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    return Promise.resolve(entry);
  }

  set(key: string, entry: CachedResponse): Promise<void> {
    this.#characters += entry.body.length - (this.#entries.get(key)?.body.length ?? 0);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const [oldest, { body }] of this.#entries) {
      if (this.#characters <= this.#maxCharacters) break;
      this.#entries.delete(oldest);
      this.#characters -= body.length;
    }
    return Promise.resolve();
  }
}
