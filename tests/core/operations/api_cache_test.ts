import assert from "node:assert/strict";
import type { CachedResponse } from "../../../core/http/cache_policy.ts";
import { hubCache } from "../../../core/operations/api_cache.ts";
import { openStore } from "../../../core/platform/kv.ts";
import { ApiCache } from "../../../core/state/api_cache.ts";

Deno.test("hubCache() counts what is kept and what was forgotten, and opens the store only then", async () => {
  await using store = await openStore(":memory:");
  const kept = new ApiCache(store.kv);
  let opened = 0;
  const cache = hubCache(() => {
    opened++;
    return Promise.resolve(kept);
  });
  assert.equal(opened, 0);
  assert.deepEqual(await cache.info(), { entries: 0, sizeBytes: 0 });
  for (const key of ["a", "b"]) await kept.set(key, { body: key.repeat(500) } as unknown as CachedResponse);
  const { entries, sizeBytes } = await cache.info();
  assert.ok(entries === 2 && sizeBytes > 0);
  assert.deepEqual(await cache.clear(), { entries: 2, bytesFreed: sizeBytes });
  assert.deepEqual(await cache.info(), { entries: 0, sizeBytes: 0 });
  assert.deepEqual(await cache.clear(), { entries: 0, bytesFreed: 0 });
});
