import assert from "node:assert/strict";
import { openStore } from "../../../core/platform/kv.ts";
import { ApiCache } from "../../../core/state/api_cache.ts";

const KEY = "a".repeat(64);

function reply(body: string): Parameters<ApiCache["set"]>[1] {
  return { version: 1, url: "https://hub.example/api", storedAt: 5, headers: { etag: '"x"' }, body };
}

/** Text that does not get smaller by compression. */
function noise(length: number): string {
  let text = "";
  while (text.length < length) text += crypto.randomUUID();
  return text.slice(0, length);
}

async function withCache(run: (cache: ApiCache, kv: Deno.Kv) => Promise<void>): Promise<void> {
  await using store = await openStore(":memory:");
  await run(new ApiCache(store.kv), store.kv);
}

Deno.test("ApiCache gives back what was stored, whatever its size", () =>
  withCache(async (cache) => {
    assert.equal(await cache.get(KEY), undefined);
    for (const body of ["", "{}", "ü".repeat(100_000), noise(300_000), '{"short": "again"}']) {
      await cache.set(KEY, reply(body));
      assert.deepEqual(await cache.get(KEY), reply(body));
    }
    await cache.set("b".repeat(64), reply("other"));
    assert.deepEqual(await cache.get(KEY), reply('{"short": "again"}'));
  }));

Deno.test("ApiCache does not keep what is too large for one transaction", () =>
  withCache(async (cache) => {
    await cache.set(KEY, reply(noise(3_000_000)));
    assert.equal(await cache.get(KEY), undefined);
  }));

Deno.test("ApiCache takes a damaged, torn or foreign entry as a miss", () =>
  withCache(async (cache, kv) => {
    await cache.set(KEY, reply(noise(300_000)));
    const second = await kv.get<{ data: Uint8Array }>(["api_cache", KEY, 1]);
    assert.ok(second.value !== null);
    for (
      const part of [{ ...second.value, mark: "other" }, { ...second.value, data: new Uint8Array(9) }, 5]
    ) {
      await kv.set(["api_cache", KEY, 1], part);
      assert.equal(await cache.get(KEY), undefined);
    }
    await kv.delete(["api_cache", KEY, 1]);
    assert.equal(await cache.get(KEY), undefined);
    await kv.set(["api_cache", KEY, 0], { v: 2 });
    assert.equal(await cache.get(KEY), undefined);
  }));

Deno.test("ApiCache compresses, counts and forgets", () =>
  withCache(async (cache, kv) => {
    await cache.set(KEY, reply("x".repeat(1_000_000)));
    await cache.set("b".repeat(64), reply(noise(200_000)));
    const { entries, sizeBytes } = await cache.info();
    assert.equal(entries, 2);
    assert.ok(sizeBytes > 80_000 && sizeBytes < 300_000, `${sizeBytes} bytes`);
    await kv.set(["history", "x"], 1);
    assert.equal(await cache.clear(), 2);
    assert.deepEqual(await cache.info(), { entries: 0, sizeBytes: 0 });
    assert.equal((await kv.get(["history", "x"])).value, 1);
  }));
