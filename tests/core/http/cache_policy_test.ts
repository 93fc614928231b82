import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type CachedResponse, decodeCachedResponse, judgeEntry } from "../../../core/http/cache_policy.ts";

const entry: CachedResponse = {
  version: 1,
  url: "http://hub.test/api",
  storedAt: 1_000,
  headers: { etag: '"a"' },
  body: "{}",
};

Deno.test("decodeCachedResponse() reads what was stored", () => {
  deepStrictEqual(decodeCachedResponse(structuredClone(entry)), entry);
});

Deno.test("decodeCachedResponse() is undefined for anything damaged or of another version", () => {
  for (
    const damaged of [
      undefined,
      null,
      "text",
      {},
      { ...entry, version: 2 },
      { ...entry, storedAt: "1000" },
      { ...entry, headers: null },
      { ...entry, headers: { etag: 1 } },
      { ...entry, body: undefined },
    ]
  ) strictEqual(decodeCachedResponse(damaged), undefined, JSON.stringify(damaged));
});

Deno.test("judgeEntry() uses an entry while it is young, asks about it afterwards", () => {
  const judge = (now: number, alwaysAsk = false) => judgeEntry(entry, { now, durationMs: 300, alwaysAsk });
  strictEqual(judge(1_000), "fresh");
  strictEqual(judge(1_299), "fresh");
  strictEqual(judge(1_300), "revalidate");
  strictEqual(judge(1_000, true), "revalidate");
  strictEqual(judge(999), "revalidate");
});

Deno.test("judgeEntry() fetches anew when there is nothing, or nothing to ask with", () => {
  const facts = { now: 9_000, durationMs: 300, alwaysAsk: false };
  strictEqual(judgeEntry(undefined, facts), "fetch");
  strictEqual(judgeEntry({ ...entry, headers: {} }, facts), "fetch");
  strictEqual(judgeEntry(entry, { now: 1_000, durationMs: 0, alwaysAsk: false }), "revalidate");
});
