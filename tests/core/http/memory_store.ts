/**
 * A response cache in memory.
 *
 * @module
 */
import type { ResponseCacheStore } from "../../../core/http/response_cache.ts";

/** A store whose entries a test can look at and damage. */
export function memoryStore(): ResponseCacheStore & { readonly entries: Map<string, unknown> } {
  const entries = new Map<string, unknown>();
  return {
    entries,
    get: (key) => Promise.resolve(entries.get(key)),
    set: (key, entry) => {
      entries.set(key, structuredClone(entry));
      return Promise.resolve();
    },
  };
}
