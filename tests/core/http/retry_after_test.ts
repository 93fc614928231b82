import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  exhaustedWindowMs,
  parseRateLimit,
  parseRetryAfter,
  serverWaitMs,
} from "../../../core/http/retry_after.ts";

const now = Date.parse("2025-01-02T03:04:05Z");

Deno.test("parseRetryAfter() reads seconds and HTTP dates", () => {
  strictEqual(parseRetryAfter("120", now), 120_000);
  strictEqual(parseRetryAfter(" 0 ", now), 0);
  strictEqual(parseRetryAfter("Thu, 02 Jan 2025 03:04:35 GMT", now), 30_000);
  strictEqual(parseRetryAfter("Thu, 02 Jan 2025 03:00:00 GMT", now), 0);
});

Deno.test("parseRetryAfter() is undefined for anything else", () => {
  for (const text of [null, "", "soon", "-1", "1.5", "2025-01-02", "12345678901"]) {
    strictEqual(parseRetryAfter(text, now), undefined, String(text));
  }
});

Deno.test("parseRateLimit() reads all buckets and leaves out what is malformed", () => {
  deepStrictEqual(parseRateLimit('"resolvers";r=2999;t=211, "api"; t=5; r=0, "x";r=1, nonsense'), [
    { bucket: "resolvers", remaining: 2999, resetSeconds: 211 },
    { bucket: "api", remaining: 0, resetSeconds: 5 },
  ]);
  deepStrictEqual(parseRateLimit(null), []);
});

Deno.test("exhaustedWindowMs() is a second after the reset, and only when nothing is left", () => {
  strictEqual(exhaustedWindowMs(new Headers({ ratelimit: '"api";r=0;t=211' })), 212_000);
  strictEqual(exhaustedWindowMs(new Headers({ ratelimit: '"api";r=1;t=211' })), undefined);
  strictEqual(exhaustedWindowMs(new Headers()), undefined);
});

Deno.test("serverWaitMs() on 429 prefers the used-up window, then Retry-After plus a second", () => {
  const wait = (status: number, headers: Record<string, string>): number | undefined =>
    serverWaitMs(new Response(null, { status, headers }), now);
  strictEqual(wait(429, { ratelimit: '"api";r=0;t=30', "retry-after": "5" }), 31_000);
  strictEqual(wait(429, { ratelimit: '"api";r=7;t=30', "retry-after": "5" }), 6_000);
  strictEqual(wait(429, {}), undefined);
  strictEqual(wait(503, { ratelimit: '"api";r=0;t=30', "retry-after": "5" }), 5_000);
  strictEqual(wait(503, { ratelimit: '"api";r=0;t=30' }), undefined);
});

Deno.test("serverWaitMs() goes by the server's own time, so that a wrong clock here makes no hours of a minute", () => {
  const date = new Date(now).toUTCString();
  const after = new Date(Date.parse(date) + 60_000).toUTCString();
  const response = new Response(null, { status: 503, headers: { date, "retry-after": after } });
  for (const ours of [now, now - 3 * 3_600_000, now + 3 * 3_600_000]) {
    strictEqual(serverWaitMs(response, ours), 60_000);
  }
});
