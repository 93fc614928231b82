/**
 * Replies of the Hub's API in Deno KV: compressed, cut to what a value may hold, and forgotten after a while.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import type { CachedResponse } from "../http/cache_policy.ts";
import type { ResponseCacheStore } from "../http/response_cache.ts";
import { withKvRetry } from "../platform/kv.ts";
import { API_CACHE, isStoredPart, pack, type StoredPart, unpackParts } from "./api_cache_parts.ts";
import { deleteKeys } from "./delete_keys.ts";

/** How an API cache works. */
export interface ApiCacheOptions {
  readonly clock?: Clock;
  /** Entries older than this are deleted by the database. @default 30 days */
  readonly keepMs?: number;
}

/** What the cache holds. */
export interface ApiCacheInfo {
  /** Replies. */
  readonly entries: number;
  /** As stored: compressed. */
  readonly sizeBytes: number;
}

const KEEP_MS = 30 * 86_400_000;
/** A value may have 65,536 bytes with all that is around the data. */
const PART_BYTES = 60_000;
/** A transaction may have 800 KiB; a longer reply is not kept. */
const MAX_PARTS = 12;
/** The most keys that one read takes. */
const READ_BATCH = 10;

/** Keeps replies of the API between runs. Anything it cannot read is a miss. */
export class ApiCache implements ResponseCacheStore {
  readonly #kv: Deno.Kv;
  readonly #clock: Clock;
  readonly #keepMs: number;

  constructor(kv: Deno.Kv, options: ApiCacheOptions = {}) {
    this.#kv = kv;
    this.#clock = options.clock ?? systemClock;
    this.#keepMs = options.keepMs ?? KEEP_MS;
  }

  async get(key: string): Promise<unknown> {
    const { value: first } = await this.#kv.get<unknown>([API_CACHE, key, 0]);
    if (!isStoredPart(first)) return undefined;
    const keys = Array.from({ length: first.parts - 1 }, (_, index) => [API_CACHE, key, index + 1]);
    const data = [first.data];
    for (let start = 0; start < keys.length; start += READ_BATCH) {
      for (const { value } of await this.#kv.getMany<unknown[]>(keys.slice(start, start + READ_BATCH))) {
        if (!isStoredPart(value) || value.mark !== first.mark) return undefined;
        data.push(value.data);
      }
    }
    return await unpackParts(data);
  }

  async set(key: string, entry: CachedResponse): Promise<void> {
    const text = new TextEncoder().encode(JSON.stringify(entry));
    const bytes = await pack(text);
    const parts = Math.ceil(bytes.length / PART_BYTES);
    if (parts > MAX_PARTS) return;
    const mark = crypto.randomUUID();
    await withKvRetry(async () => {
      const transaction = this.#kv.atomic();
      for (let part = 0; part < parts; part++) {
        const data = bytes.slice(part * PART_BYTES, (part + 1) * PART_BYTES);
        const value: StoredPart = { v: 1, mark, parts, data };
        transaction.set([API_CACHE, key, part], value, { expireIn: this.#keepMs });
      }
      await transaction.commit();
    }, { clock: this.#clock });
  }

  /** How much is kept. */
  async info(): Promise<ApiCacheInfo> {
    let entries = 0, sizeBytes = 0;
    for await (const { key, value } of this.#kv.list<unknown>({ prefix: [API_CACHE] })) {
      if (key[2] === 0) entries += 1;
      if (isStoredPart(value)) sizeBytes += value.data.length;
    }
    return { entries, sizeBytes };
  }

  /** Forgets everything. @returns how many replies were kept. */
  async clear(): Promise<number> {
    const kv = this.#kv;
    let entries = 0;
    const keys = async function* (): AsyncGenerator<Deno.KvKey, void, undefined> {
      for await (const { key } of kv.list({ prefix: [API_CACHE] })) {
        if (key[2] === 0) entries += 1;
        yield key;
      }
    };
    await deleteKeys(kv, keys(), { clock: this.#clock });
    return entries;
  }
}
