import { deepStrictEqual, match, notStrictEqual, strictEqual } from "node:assert/strict";
import type { Fetch } from "../../../core/http/fetch.ts";
import { cacheKey, type ResponseCacheStore, withResponseCache } from "../../../core/http/response_cache.ts";
import { TestClock } from "../../support/test_clock.ts";
import { type Answer, bare, type FakeFetch, fakeFetch, json } from "./fake_fetch.ts";
import { memoryStore } from "./memory_store.ts";

const url = "http://hub.test/api/models?search=a";

interface Setup {
  readonly fake: FakeFetch;
  readonly clock: TestClock;
  readonly store: ReturnType<typeof memoryStore>;
  readonly fetch: Fetch;
}

function setup(answer: Answer, store: ResponseCacheStore = memoryStore()): Setup {
  const fake = fakeFetch(answer);
  const clock = new TestClock();
  const fetch = withResponseCache(store, { durationMs: 300_000, clock, maxBodyLength: 100 })(fake.fetch);
  return { fake, clock, store: store as Setup["store"], fetch };
}

async function text(fetch: Fetch, init?: RequestInit, address = url): Promise<string> {
  return await (await fetch(address, init)).text();
}

Deno.test("withResponseCache() answers again without asking while the reply is fresh", async () => {
  const { fake, clock, fetch } = setup((_, count) => json({ count }, { headers: { link: "<x>; rel=next" } }));
  strictEqual(await text(fetch), '{"count":1}');
  await clock.advance(299_999);
  const again = await fetch(url);
  strictEqual(again.headers.get("link"), "<x>; rel=next");
  match(again.headers.get("content-type") ?? "", /json/);
  strictEqual(await again.text(), '{"count":1}');
  strictEqual(fake.sent.length, 1);
  await clock.advance(1);
  strictEqual(await text(fetch), '{"count":2}');
});

Deno.test("withResponseCache() asks with the ETag afterwards and starts anew on 304", async () => {
  const { fake, clock, fetch } = setup((request) =>
    request.headers["if-none-match"] === 'W/"v1"'
      ? bare(304)
      : json({ v: 1 }, { headers: { etag: 'W/"v1"' } })
  );
  await text(fetch);
  strictEqual(fake.sent[0]?.headers["if-none-match"], undefined);
  await clock.advance(300_000);
  strictEqual(await text(fetch), '{"v":1}');
  strictEqual(fake.sent[1]?.headers["if-none-match"], 'W/"v1"');
  await clock.advance(299_999);
  strictEqual(await text(fetch), '{"v":1}');
  strictEqual(fake.sent.length, 2);
});

Deno.test("withResponseCache() always asks for no-cache, and keeps the new answer", async () => {
  const { fake, fetch } = setup((_, count) => json({ count }, { headers: { etag: `"${count}"` } }));
  await text(fetch);
  strictEqual(await text(fetch, { cache: "no-cache" }), '{"count":2}');
  strictEqual(fake.sent[1]?.headers["if-none-match"], '"1"');
  // The option is ours: nothing below has to know it.
  strictEqual(fake.sent[1]?.init.cache, undefined);
  strictEqual(await text(fetch), '{"count":2}');
  strictEqual(fake.sent.length, 2);
});

Deno.test("withResponseCache() passes by for no-store, ranges, conditions and other methods", async () => {
  const { fake, store, fetch } = setup(() => json({}));
  for (
    const init of [
      { cache: "no-store" },
      { headers: { range: "bytes=0-1" } },
      { headers: { "if-none-match": '"x"' } },
      { method: "HEAD" },
      { method: "POST" },
    ] as RequestInit[]
  ) await fetch(url, init);
  strictEqual(store.entries.size, 0);
  strictEqual(fake.sent.length, 5);
});

Deno.test("withResponseCache() keeps only whole JSON of status 200", async () => {
  const replies = [
    () => json({}, { status: 404 }),
    () => new Response("<html>", { headers: { "content-type": "text/html" } }),
    () => new Response('{"cut', { headers: { "content-type": "application/json" } }),
    () => json({ long: "x".repeat(200) }),
    () => bare(307, { location: "/elsewhere" }),
  ];
  for (const reply of replies) {
    const { store, fetch } = setup(reply);
    await fetch(url, { redirect: "manual" });
    strictEqual(store.entries.size, 0);
  }
});

Deno.test("withResponseCache() keeps answers to different askers apart, and no token", async () => {
  const { fake, store, fetch } = setup((request) => json({ asker: request.headers["authorization"] ?? "" }));
  const as = (authorization: string): RequestInit => ({ headers: { authorization } });
  strictEqual(await text(fetch), '{"asker":""}');
  strictEqual(await text(fetch, as("Bearer one")), '{"asker":"Bearer one"}');
  strictEqual(await text(fetch, as("Bearer two")), '{"asker":"Bearer two"}');
  strictEqual(await text(fetch, as("Bearer one")), '{"asker":"Bearer one"}');
  strictEqual(fake.sent.length, 3);
  strictEqual([...store.entries.keys()].some((key) => key.includes("one")), false);
});

Deno.test("cacheKey() is 64 digits and depends on the URL and the asker", () => {
  const key = cacheKey(new URL(url), "Bearer hf_secret");
  match(key, /^[0-9a-f]{64}$/);
  strictEqual(key, cacheKey(new URL(url), "Bearer hf_secret"));
  notStrictEqual(key, cacheKey(new URL(url), null));
  notStrictEqual(key, cacheKey(new URL(`${url}b`), "Bearer hf_secret"));
});

Deno.test("withResponseCache() takes a damaged entry for a miss and replaces it", async () => {
  const { fake, store, fetch } = setup((_, count) => json({ count }));
  await text(fetch);
  const [key = "", entry] = [...store.entries][0] ?? [];
  for (const damaged of ["garbage", { ...(entry as object), body: '{"cut' }, { version: 9 }]) {
    store.entries.set(key, damaged);
    await text(fetch);
  }
  strictEqual(fake.sent.length, 4);
  strictEqual(await text(fetch), '{"count":4}');
});

Deno.test("withResponseCache() works without its store when that fails", async () => {
  const failing: ResponseCacheStore = {
    get: () => Promise.reject(new Error("database is locked")),
    set: () => Promise.reject(new Error("disk full")),
  };
  const { fetch } = setup((_, count) => json({ count }), failing);
  deepStrictEqual([await text(fetch), await text(fetch)], ['{"count":1}', '{"count":2}']);
});
