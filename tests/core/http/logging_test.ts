import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { type RequestRecord, withLogging } from "../../../core/http/logging.ts";
import { toNetworkError } from "../../../core/http/network_error.ts";
import { TestClock } from "../../support/test_clock.ts";
import { bare, fakeFetch, fetchFailed } from "./fake_fetch.ts";

const signed = "http://cdn.test/f?Expires=1&Signature=SECRET&limit=3";

Deno.test("withLogging() records method, redacted URL, status and time of each attempt", async () => {
  const clock = new TestClock();
  const records: RequestRecord[] = [];
  const fake = fakeFetch(async () => {
    await clock.advance(120);
    return bare(206);
  });
  await withLogging(clock, (record) => records.push(record))(fake.fetch)(signed, { method: "HEAD" });
  deepStrictEqual(records, [{
    method: "HEAD",
    url: "http://cdn.test/f?Expires=REDACTED&Signature=REDACTED&limit=3",
    outcome: "206",
    elapsedMs: 120,
  }]);
});

Deno.test("withLogging() records the error code when there is no reply", async () => {
  const records: RequestRecord[] = [];
  const url = new URL("http://hub.test/");
  const failing = fakeFetch(() => {
    throw toNetworkError(fetchFailed("dns error"), url);
  });
  const log = (record: RequestRecord): number => records.push(record);
  await rejects(withLogging(new TestClock(), log)(failing.fetch)(url));
  await rejects(withLogging(new TestClock(), log)(() => Promise.reject(new Error("bug")))(url));
  deepStrictEqual(records.map(({ outcome }) => outcome), ["NETWORK_ERROR", "FAILED"]);
});

Deno.test("withLogging() logs to mm.http at level debug, without header values", async () => {
  const logged: LogRecord[] = [];
  await configure({
    sinks: { memory: (record) => logged.push(record) },
    loggers: [
      { category: "mm", lowestLevel: "debug", sinks: ["memory"] },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  try {
    const fake = fakeFetch(() => bare(200, { "x-secret": "SECRET" }));
    const headers = { authorization: "Bearer SECRET" };
    await withLogging(new TestClock())(fake.fetch)(signed, { headers });
  } finally {
    await reset();
  }
  strictEqual(logged.length, 1);
  deepStrictEqual(logged[0]?.category, ["mm", "http"]);
  strictEqual(logged[0]?.level, "debug");
  strictEqual(JSON.stringify(logged).includes("SECRET"), false);
});
