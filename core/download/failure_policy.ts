/**
 * What to do about a failed segment: a pure decision.
 *
 * @module
 */
import { type ErrorCode, fromErrorData, ModelManagerError } from "../base/errors.ts";
import { DEFAULT_RETRY_POLICY } from "../http/retry_policy.ts";
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
  /** This host will not do: another one has to, or none. */
  | { readonly action: "elsewhere"; readonly error: ModelManagerError }
  | { readonly action: "give-up"; readonly error: ModelManagerError };

/** Statuses above 500 that say what will not change; the others pass, those of content networks included (520-530). */
const PERMANENT_STATUS: ReadonlySet<number> = new Set([501, 505, 506, 508, 511]);
const KEPT = "Run the same command again: what has arrived is kept";
const RETRYABLE_STATUS: ReadonlySet<number> = new Set([408, 425]);

/** Decides what a failure calls for. */
export function decideOnFailure(failure: TransferFailure, file: string): FailureDecision {
  const { kind, status } = failure;
  if (kind === "cancelled" || kind === "disk" || kind === "denied") {
    return { action: "give-up", error: fromErrorData(failure.error) };
  }
  if (kind === "unusable") return { action: "elsewhere", error: hostError(failure, file) };
  if (kind === "range-ignored") return { action: "single-stream" };
  if (kind === "status" && status !== undefined) {
    if (status === 429) return { action: "hold", retryAfterMs: failure.error.retryAfterMs };
    // An expired signature reads 400, 401, 403 or 404, depending on who stores the bytes; redirects mean it moved.
    if (status < 500 && !RETRYABLE_STATUS.has(status)) return { action: "relocate" };
    if (PERMANENT_STATUS.has(status)) return { action: "give-up", error: statusError(failure, file) };
  }
  return { action: "retry", retryAfterMs: failure.error.retryAfterMs };
}

/** What kind of error a failure is that nothing has mended. */
function codeOf({ kind, status }: TransferFailure): ErrorCode {
  if (kind === "crashed") return "FAILED";
  if (status === 404 || status === 410) return "NOT_FOUND";
  if (status === 401 || status === 403) return "AUTHENTICATION_ERROR";
  return status === 429 ? "RATE_LIMITED" : "NETWORK_ERROR";
}

/** The error for a status that stays after the location was asked for again. */
export function statusError(failure: TransferFailure, file: string): ModelManagerError {
  return new ModelManagerError(codeOf(failure), `Cannot download "${file}": ${failure.error.message}`, {
    hints: [KEPT],
    cause: fromErrorData(failure.error),
  });
}

/** Whether a failure speaks of the host it came from rather than of the file: another host may do better. */
export function blamesHost({ kind, status = 0 }: TransferFailure): boolean {
  return kind === "network" || kind === "unusable" ||
    (kind === "status" && (status >= 500 || status === 408));
}

/**
 * Whether a failure may mean that the host has given out all the connections that it allows. Where it does not say so
 * itself, one failure tells nothing.
 */
export function mayBeFull(failure: TransferFailure, isRepeated: boolean): boolean {
  const { kind, status = 0, error } = failure;
  if (error.retryAfterMs !== undefined) return false;
  return status === 429 || isRepeated && (kind === "network" || kind === "status" && status >= 500);
}

/** The error for a host that cannot be used at all. */
function hostError(failure: TransferFailure, file: string): ModelManagerError {
  const { error } = failure;
  return new ModelManagerError("NETWORK_ERROR", `Cannot download "${file}": ${inSentence(error.message)}`, {
    hints: error.hints.length > 0 ? error.hints : [KEPT],
    cause: causeOf(failure),
  });
}

/** A server may ask for so long a wait; a longer one is not waited for. */
export function isUnreasonableWait(retryAfterMs: number | undefined): boolean {
  return (retryAfterMs ?? 0) > DEFAULT_RETRY_POLICY.maxServerWaitMs;
}

function formatWait(ms: number): string {
  if (ms < 120_000) return `${Math.ceil(ms / 1000)} s`;
  return ms < 7_200_000 ? `${Math.ceil(ms / 60_000)} min` : `${Math.ceil(ms / 3_600_000)} h`;
}

/** The error for a server that wants to be left alone for longer than anybody waits. */
export function unreasonableWaitError(failure: TransferFailure, file: string): ModelManagerError {
  const { retryAfterMs = 0, message } = failure.error;
  const longest = formatWait(DEFAULT_RETRY_POLICY.maxServerWaitMs);
  return new ModelManagerError(
    codeOf(failure),
    `Cannot download "${file}": ${inSentence(message)} and asks to wait ${formatWait(retryAfterMs)}, ` +
      `longer than the ${longest} that are waited for`,
    {
      hints: [`Run the same command again in ${formatWait(retryAfterMs)}: what has arrived is kept`],
      retryable: true,
      retryAfterMs,
      cause: causeOf(failure),
    },
  );
}

/** What led to a failure whose own message is said already. */
function causeOf({ error }: TransferFailure): Error | undefined {
  return fromErrorData(error).cause as Error | undefined;
}

/** A message that follows a colon. */
function inSentence(message: string): string {
  return message.replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase());
}

/** The error for a file that kept failing without a byte of progress. */
export function exhaustedError(
  failure: TransferFailure,
  facts: { readonly file: string; readonly attempts: number; readonly elapsedMs: number },
): ModelManagerError {
  const seconds = (facts.elapsedMs / 1000).toFixed(facts.elapsedMs < 10_000 ? 1 : 0);
  const attempts = `${facts.attempts} attempt${facts.attempts === 1 ? "" : "s"}`;
  return new ModelManagerError(
    codeOf(failure),
    `Cannot download "${facts.file}": gave up after ${attempts} over ${seconds} s without progress: ` +
      inSentence(failure.error.message),
    {
      hints: [
        KEPT,
        ...failure.error.hints,
        ...(failure.error.hints.length > 0 ? [] : ["Look at each step: add -v"]),
      ],
      retryable: true,
      cause: causeOf(failure),
    },
  );
}

/** The failure of a connection, or a file, that stood still. */
export function stalledFailure(timeoutMs: number): TransferFailure {
  return {
    kind: "network",
    error: {
      code: "NETWORK_ERROR",
      message: `No byte arrived for ${Math.round(timeoutMs / 1000)} s`,
      hints: [],
      causes: [],
    },
  };
}

/** The failure of a file that is no longer what it was. */
export function changedFailure(path: string, how: string): TransferFailure {
  const message = `"${path}" has changed on the server: ${how}`;
  return { kind: "changed", error: { code: "NETWORK_ERROR", message, hints: [], causes: [] } };
}
