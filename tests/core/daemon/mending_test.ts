import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { ErrorCode } from "../../../core/base/errors.ts";
import {
  jobsForNewToken,
  jobsToRetry,
  retryTimeMs,
  waitBeforeAttempt,
} from "../../../core/daemon/mending.ts";
import type { JobRecord } from "../../../core/state/job_record.ts";
import { makeJob } from "../jobs/job_fixture.ts";

const END = Date.UTC(2025, 0, 1);

function failed(code: ErrorCode, fields: Partial<JobRecord> = {}): JobRecord {
  return makeJob({
    status: "failed",
    attempts: 1,
    endedAt: new Date(END).toISOString(),
    error: { code, message: "It failed", hints: [], causes: [] },
    ...fields,
  });
}

Deno.test("jobsToRetry() tries again what a passing trouble has stopped, when its time has come", () => {
  const jobs = [
    failed("NETWORK_ERROR", { id: "a" }),
    failed("INSUFFICIENT_SPACE", { id: "b" }),
    failed("RATE_LIMITED", { id: "c", attempts: 3 }),
    failed("NOT_FOUND", { id: "d" }),
    failed("CHECKSUM_MISMATCH", { id: "e" }),
    failed("NETWORK_ERROR", { id: "f", attempts: 40 }),
    makeJob({ id: "g" }),
  ];
  const at = (ms: number): string[] => jobsToRetry(jobs, END + ms).map(({ id }) => id);
  deepStrictEqual(at(4 * 60_000), []);
  deepStrictEqual(at(5 * 60_000), ["a", "b"]);
  deepStrictEqual(at(20 * 60_000), ["a", "b", "c"]);
  deepStrictEqual(at(-3_600_000), [], "a clock that was set back");
});

Deno.test("retryTimeMs() says when, so that it can be told", () => {
  strictEqual(retryTimeMs(failed("NETWORK_ERROR")), END + 5 * 60_000);
  strictEqual(retryTimeMs(failed("NETWORK_ERROR", { attempts: 2 })), END + 10 * 60_000);
  strictEqual(retryTimeMs(failed("NOT_FOUND")), undefined);
  strictEqual(retryTimeMs(failed("NETWORK_ERROR", { attempts: 40 })), undefined);
  strictEqual(retryTimeMs(makeJob()), undefined);
});

Deno.test("jobsToRetry() takes a job without a readable end for one that is not due", () => {
  deepStrictEqual(jobsToRetry([failed("NETWORK_ERROR", { endedAt: "soon" })], END), []);
});

Deno.test("waitBeforeAttempt() grows, and ends at two hours", () => {
  const waits = Array.from({ length: 60 }, (_, attempts) => waitBeforeAttempt(attempts));
  ok(waits.every((wait, index) => index === 0 || wait >= (waits[index - 1] ?? 0)));
  strictEqual(waits.at(-1), 2 * 3_600_000);
});

Deno.test("jobsForNewToken() are those that a token may help", () => {
  const jobs = [
    failed("GATED", { id: "a" }),
    failed("AUTHENTICATION_ERROR", { id: "b" }),
    failed("FAILED", { id: "c" }),
  ];
  deepStrictEqual(jobsForNewToken(jobs).map(({ id }) => id), ["a", "b"]);
});
