/**
 * Which failed jobs are worth another attempt by themselves: the Hub may be there again, the disk may have room; pure.
 *
 * @module
 */
import type { ErrorCode } from "../base/errors.ts";
import type { JobRecord } from "../state/job_record.ts";

/** What goes away without anybody doing anything, or by something done elsewhere. */
const PASSING: readonly ErrorCode[] = ["NETWORK_ERROR", "RATE_LIMITED", "INSUFFICIENT_SPACE"];
/** What another token mends. */
const TOKEN_TROUBLE: readonly ErrorCode[] = ["AUTHENTICATION_ERROR", "GATED"];

const FIRST_WAIT_MS = 5 * 60_000;
const LONGEST_WAIT_MS = 2 * 3_600_000;
/** About three days; then it is a person's turn. */
const MAX_ATTEMPTS = 40;

/** After so many attempts, so long is waited before the next. */
export function waitBeforeAttempt(attempts: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(16, Math.max(0, attempts - 1)));
}

/** From when on a failed job is tried again, in milliseconds since 1970; `undefined` when it is not. */
export function retryTimeMs({ status, error, attempts, endedAt }: JobRecord): number | undefined {
  const endedMs = Date.parse(endedAt ?? "");
  const passes = status === "failed" && error !== undefined && PASSING.includes(error.code);
  if (!passes || attempts >= MAX_ATTEMPTS || Number.isNaN(endedMs)) return undefined;
  return endedMs + waitBeforeAttempt(attempts);
}

/** The failed jobs whose time has come. A clock that was set back counts as no time. */
export function jobsToRetry(jobs: readonly JobRecord[], nowMs: number): readonly JobRecord[] {
  return jobs.filter((job) => nowMs >= (retryTimeMs(job) ?? Infinity));
}

/** The failed jobs that another token may help. */
export function jobsForNewToken(jobs: readonly JobRecord[]): readonly JobRecord[] {
  return jobs.filter(({ status, error }) =>
    status === "failed" && error !== undefined && TOKEN_TROUBLE.includes(error.code)
  );
}
