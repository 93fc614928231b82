import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  backoffDelayMs,
  DEFAULT_RETRY_POLICY,
  isRepeatableMethod,
  isRetryableStatus,
} from "../../../core/http/retry_policy.ts";

Deno.test("isRetryableStatus() is true for the statuses that pass, and for no other", () => {
  const retryable = Array.from({ length: 500 }, (_, index) => index + 100).filter(isRetryableStatus);
  strictEqual(retryable.join(), "408,429,500,502,503,504");
});

Deno.test("isRepeatableMethod() is false for what changes something", () => {
  ok(isRepeatableMethod("GET") && isRepeatableMethod("HEAD") && !isRepeatableMethod("POST"));
});

Deno.test("backoffDelayMs() begins at half a second, doubles and stays below the cap", () => {
  strictEqual(backoffDelayMs(1, 0), 500);
  strictEqual(backoffDelayMs(2, 0), 1_000);
  strictEqual(backoffDelayMs(3, 0), 2_000);
  strictEqual(backoffDelayMs(9, 0), 4_000);
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(fc.property(fc.integer({ min: 1, max: 1000 }), chance, (retry, random) => {
    const delay = backoffDelayMs(retry, random);
    return delay >= DEFAULT_RETRY_POLICY.firstDelayMs && delay <= DEFAULT_RETRY_POLICY.maxDelayMs;
  }));
});
