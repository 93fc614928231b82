import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import type { ModelManagerError } from "../../../core/base/errors.ts";
import type { Fetch } from "../../../core/http/fetch.ts";
import type { RequestRecord } from "../../../core/http/logging.ts";
import type { WaitNotice } from "../../../core/http/rate_limit.ts";
import { composeFetch, type FetchStackOptions } from "../../../core/http/stack.ts";
import { TestClock } from "../../support/test_clock.ts";
import { type Answer, bare, type FakeFetch, fakeFetch, fetchFailed, json } from "./fake_fetch.ts";
import { memoryStore } from "./memory_store.ts";

const url = "http://hub.test/api/models";

function stack(
  answer: Answer,
  options: Partial<FetchStackOptions> = {},
): { fake: FakeFetch; clock: TestClock; records: RequestRecord[]; fetch: Fetch } {
  const fake = fakeFetch(answer);
  const clock = new TestClock({ autoAdvance: true });
  const records: RequestRecord[] = [];
  const fetch = composeFetch({
    fetch: fake.fetch,
    clock,
    endpoint: "http://hub.test",
    token: "hf_secret",
    userAgent: "mm/1",
    offline: false,
    cacheDurationMs: 300_000,
    log: (record) => records.push(record),
    ...options,
  });
  return { fake, clock, records, fetch };
}

Deno.test("composeFetch() names itself and sends the token to the endpoint only", async () => {
  const { fake, fetch } = stack(() => json({}));
  await fetch(url);
  await fetch("http://cdn.test/file", { headers: { authorization: "Bearer hf_secret" } });
  deepStrictEqual(fake.sent.map(({ headers }) => headers), [
    { authorization: "Bearer hf_secret", "user-agent": "mm/1" },
    { "user-agent": "mm/1" },
  ]);
});

Deno.test("composeFetch() retries what broke, also in the middle of a JSON body", async () => {
  const { fake, records, fetch } = stack((_, count) => {
    if (count === 1) throw fetchFailed("Connection refused");
    if (count === 2) return bare(503);
    if (count > 3) return json({ whole: true });
    const cut = new ReadableStream({
      pull: (controller) => controller.error(new TypeError("error reading a body")),
    });
    return new Response(cut, { headers: { "content-type": "application/json" } });
  });
  deepStrictEqual(await (await fetch(url)).json(), { whole: true });
  strictEqual(fake.sent.length, 4);
  deepStrictEqual(records.map(({ outcome }) => outcome), ["NETWORK_ERROR", "503", "NETWORK_ERROR", "200"]);
});

Deno.test("composeFetch() waits once for a rate limit, and says so once", async () => {
  const notices: WaitNotice[] = [];
  const { fake, clock, fetch } = stack(
    (_, count) => (count === 1 ? bare(429, { ratelimit: '"api";r=0;t=211' }) : json({})),
    { onWait: (notice) => notices.push(notice) },
  );
  const start = clock.now();
  await fetch(url);
  strictEqual(fake.sent.length, 2);
  strictEqual(clock.now() - start, 212_000);
  deepStrictEqual(notices.map(({ until }) => until - start), [212_000]);
});

Deno.test("composeFetch() ends with NETWORK_ERROR when a server never says anything", async () => {
  const { fake, fetch } = stack(() => new Promise(() => {}), { maxRetries: 1, timeoutMs: 10_000 });
  await rejects(fetch(url), (error: ModelManagerError) => {
    strictEqual(error.code, "NETWORK_ERROR");
    match(error.message, /after 2 attempts in 21 s: Cannot reach "hub\.test": no reply within 10 s/);
    return true;
  });
  strictEqual(fake.sent.length, 2);
});

Deno.test("composeFetch() does not retry what the caller aborted", async () => {
  const controller = new AbortController();
  const { fake, fetch } = stack(() => {
    controller.abort();
    throw new DOMException("aborted", "AbortError");
  });
  const reply = fetch(url, { signal: controller.signal });
  await rejects(reply, (error: ModelManagerError) => error.code === "CANCELLED");
  strictEqual(fake.sent.length, 1);
});

Deno.test("composeFetch() serves fresh answers offline and refuses everything else", async () => {
  const cacheStore = memoryStore();
  const online = stack(() => json({ a: 1 }), { cacheStore });
  await online.fetch(url);
  const offline = stack(() => json({ a: 2 }), { cacheStore, offline: true });
  deepStrictEqual(await (await offline.fetch(url)).json(), { a: 1 });
  for (const [address, init] of [["http://hub.test/api/other", {}], [url, { cache: "no-cache" }]] as const) {
    await rejects(offline.fetch(address, init), (error: ModelManagerError) => error.code === "OFFLINE");
  }
  strictEqual(offline.fake.sent.length, 0);
});

Deno.test("composeFetch() does not show one account's answers to another", async () => {
  const cacheStore = memoryStore();
  const mine = stack(() => json({ private: true }), { cacheStore });
  await mine.fetch(url);
  const anonymous = stack(() => json({ private: false }), { cacheStore, token: undefined });
  deepStrictEqual(await (await anonymous.fetch(url)).json(), { private: false });
  deepStrictEqual(await (await mine.fetch(url, { credentials: "omit" })).json(), { private: false });
  strictEqual(mine.fake.sent.length, 1);
});
