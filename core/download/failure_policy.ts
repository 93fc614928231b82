/**
 * What to do about a failed segment: a pure decision.
 *
 * @module
 */
import { type ErrorCode, fromErrorData, ModelManagerError } from "../base/errors.ts";
import type { TransferFailure } from "./worker_protocol.ts";

/** What follows from a failure. */
export type FailureDecision =
  /** Wait, then fetch the missing bytes again. */
  | { readonly action: "retry"; readonly retryAfterMs: number | undefined }
  /** Every request has to wait: the server limits the rate. */
  | { readonly action: "hold"; readonly retryAfterMs: number | undefined }
  /** The location has expired: ask for it again. */
  | { readonly action: "relocate" }
  /** The server knows no ranges: one stream from the start. */
  | { readonly action: "single-stream" }
  | { readonly action: "give-up"; readonly error: ModelManagerError };

/** Statuses above 500 that say what will not change; the others pass, those of content networks included (520-530). */
const PERMANENT_STATUS: ReadonlySet<number> = new Set([501, 505, 506, 508, 511]);
const RETRYABLE_STATUS: ReadonlySet<number> = new Set([408, 425]);

/** Decides what a failure calls for. */
export function decideOnFailure(failure: TransferFailure, file: string): FailureDecision {
  const { kind, status } = failure;
  if (kind === "cancelled" || kind === "disk" || kind === "denied") {
    return { action: "give-up", error: fromErrorData(failure.error) };
  }
  if (kind === "range-ignored") return { action: "single-stream" };
  if (kind === "status" && status !== undefined) {
    if (status === 429) return { action: "hold", retryAfterMs: failure.error.retryAfterMs };
    // An expired signature reads 400, 401, 403 or 404, depending on who stores the bytes; redirects mean it moved.
    if (status < 500 && !RETRYABLE_STATUS.has(status)) return { action: "relocate" };
    if (PERMANENT_STATUS.has(status)) return { action: "give-up", error: statusError(failure, file) };
  }
  return { action: "retry", retryAfterMs: failure.error.retryAfterMs };
}

/** The error for a status that stays after the location was asked for again. */
export function statusError(failure: TransferFailure, file: string): ModelManagerError {
  const { status } = failure;
  const code: ErrorCode = status === 404 || status === 410
    ? "NOT_FOUND"
    : status === 401 || status === 403
    ? "AUTHENTICATION_ERROR"
    : status === 429
    ? "RATE_LIMITED"
    : "NETWORK_ERROR";
  return new ModelManagerError(code, `Cannot download "${file}": ${failure.error.message}`, {
    hints: ["Run the same command again: what has arrived is kept"],
    cause: fromErrorData(failure.error),
  });
}

/** The error for a file that kept failing without a byte of progress. */
export function exhaustedError(
  failure: TransferFailure,
  facts: { readonly file: string; readonly attempts: number; readonly elapsedMs: number },
): ModelManagerError {
  const seconds = (facts.elapsedMs / 1000).toFixed(facts.elapsedMs < 10_000 ? 1 : 0);
  const code: ErrorCode = failure.status === 429
    ? "RATE_LIMITED"
    : failure.kind === "crashed"
    ? "FAILED"
    : "NETWORK_ERROR";
  return new ModelManagerError(
    code,
    `Cannot download "${facts.file}": no byte arrived in ${facts.attempts} attempts over ${seconds} s`,
    {
      hints: ["Run the same command again: what has arrived is kept", "Look at each step: add -v"],
      retryable: true,
      cause: fromErrorData(failure.error),
    },
  );
}
