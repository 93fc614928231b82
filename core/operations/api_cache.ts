/**
 * The cache of the Hub's replies, for people: how much it holds, and an end of it.
 *
 * @module
 */
import type { ApiCache, ApiCacheInfo } from "../state/api_cache.ts";

export type { ApiCacheInfo };

/** What was forgotten. */
export interface CacheClearing {
  /** Replies. */
  readonly entries: number;
  /** As stored: compressed. */
  readonly bytesFreed: number;
}

/** Replies of the Hub's API that are kept so that it is asked less often. Everything in it can be had again. */
export interface HubCache {
  /** How much is kept. */
  info(): Promise<ApiCacheInfo>;
  /** Forgets everything: the next questions go to the Hub. */
  clear(): Promise<CacheClearing>;
}

/** The cache of a program whose store is opened when somebody asks. */
export function hubCache(open: () => Promise<ApiCache>): HubCache {
  return {
    info: async () => await (await open()).info(),
    async clear() {
      const cache = await open();
      const { sizeBytes: bytesFreed } = await cache.info();
      return { entries: await cache.clear(), bytesFreed };
    },
  };
}
