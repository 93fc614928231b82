/**
 * Repeats what may work the next time. The only layer that does: nobody above it retries a request.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { isModelManagerError, ModelManagerError, toErrorData } from "../base/errors.ts";
import type { ErrorData } from "../base/errors.ts";
import type { FetchDecorator } from "./fetch.ts";
import {
  isImpatient,
  type ReplyCheck,
  replyCheck,
  requestMethod,
  requestSignal,
  requestUrl,
} from "./request_parts.ts";
import { responseError, statusLine } from "./response_error.ts";
import { serverWaitMs } from "./retry_after.ts";
import {
  backoffDelayMs,
  DEFAULT_RETRY_POLICY,
  IMPATIENCE,
  isRepeatableMethod,
  isRetryableStatus,
  type RetryPolicy,
} from "./retry_policy.ts";

/** Said before each repetition. */
export interface RetryNotice {
  /** The attempt that failed; 1 is the first one. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly delayMs: number;
  readonly host: string;
  readonly error: ErrorData;
}

/** How requests are repeated. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly policy?: Partial<RetryPolicy>;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** A rate-limit gate below keeps a 429's waiting time, so that it is waited for (and said) once. @default {false} */
  readonly gated?: boolean;
}

/** Why an attempt did not count. */
interface Failure {
  readonly error: ModelManagerError;
  /** What went wrong in a few words. */
  readonly reason: string;
  /** There was a reply. */
  readonly answered: boolean;
  /** As the server asked. */
  readonly waitMs: number | undefined;
}

function formatElapsed(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}

type Outcome = { readonly response: Response } | { readonly error: unknown };

/** The failure of one attempt, or `undefined` when its outcome is final. */
async function judge(
  outcome: Outcome,
  asked: { readonly url: URL; readonly check: ReplyCheck | undefined },
  now: number,
): Promise<Failure | undefined> {
  if ("error" in outcome) {
    const { error } = outcome;
    if (!isModelManagerError(error) || !error.retryable) return undefined;
    return { error, reason: error.message, answered: false, waitMs: error.retryAfterMs };
  }
  const { response } = outcome;
  if (response.ok) {
    const error = await asked.check?.(response);
    if (error === undefined) return undefined;
    await response.body?.cancel().catch(() => {});
    return { error, reason: error.message, answered: true, waitMs: undefined };
  }
  if (!isRetryableStatus(response.status)) return undefined;
  await response.body?.cancel().catch(() => {});
  const error = responseError(response, asked.url);
  return { error, reason: statusLine(response), answered: true, waitMs: serverWaitMs(response, now) };
}

/** Whether a caller with another place to ask had better ask there. */
function exhaustsPatience(
  failure: Failure,
  facts: { readonly attempt: number; readonly delayMs: number; readonly elapsedMs: number },
): boolean {
  if (failure.error.code === "RATE_LIMITED") return false;
  if (!failure.answered && facts.attempt > IMPATIENCE.maxUnansweredRetries) return true;
  return facts.elapsedMs + facts.delayMs > IMPATIENCE.maxElapsedMs;
}

function exhaustedError(
  failure: Failure,
  facts: { readonly host: string; readonly attempts: number; readonly elapsedMs: number },
): ModelManagerError {
  const { error, waitMs } = failure;
  const attempts = `${facts.attempts} attempt${facts.attempts === 1 ? "" : "s"}`;
  const hints = waitMs === undefined
    ? error.hints
    : [`Repeat the command in ${formatElapsed(waitMs)}`, ...error.hints.slice(1)];
  return new ModelManagerError(
    error.code,
    `Gave up on "${facts.host}" after ${attempts} in ${formatElapsed(facts.elapsedMs)}: ${failure.reason}`,
    { retryable: true, hints, cause: error, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) },
  );
}

/**
 * Repeats GET and HEAD on the statuses 408, 429, 500, 502, 503, 504, on replies that are not what was asked for (see
 * `CheckedInit`), and on retryable errors from below.
 * A waiting time that the server gives is kept to exactly; our own is jittered. Callers with another place to ask
 * say so (`ImpatientInit`) and get less.
 *
 * @throws {ModelManagerError} `RATE_LIMITED` or `NETWORK_ERROR` when all attempts are used up, saying how many,
 * over what time, and with the last failure as the cause.
 */
export function withRetry(options: RetryOptions): FetchDecorator {
  const { clock, onRetry, gated = false } = options;
  const policy = { ...DEFAULT_RETRY_POLICY, ...options.policy };
  const maxAttempts = policy.maxRetries + 1;
  return (next) => async (input, init) => {
    if (!isRepeatableMethod(requestMethod(input, init))) return await next(input, init);
    const url = requestUrl(input);
    const started = clock.monotonic();
    for (let attempt = 1;; attempt++) {
      const outcome = await next(input, init).then((response) => ({ response }), (error) => ({ error }));
      const failure = await judge(outcome, { url, check: replyCheck(init) }, clock.now());
      if (failure === undefined) {
        if ("error" in outcome) throw outcome.error;
        return outcome.response;
      }
      const elapsedMs = clock.monotonic() - started;
      // "At once" would use up all attempts at once.
      const delayMs = failure.waitMs || backoffDelayMs(attempt, clock.random(), policy);
      const tooLong = (failure.waitMs ?? 0) > policy.maxServerWaitMs ||
        (isImpatient(init) && exhaustsPatience(failure, { attempt, delayMs, elapsedMs }));
      if (attempt >= maxAttempts || tooLong) {
        throw exhaustedError(failure, { host: url.host, attempts: attempt, elapsedMs });
      }
      onRetry?.({ attempt, maxAttempts, delayMs, host: url.host, error: toErrorData(failure.error) });
      const held = gated && failure.error.code === "RATE_LIMITED" && failure.waitMs !== undefined;
      if (!held) await clock.sleep(delayMs, { signal: requestSignal(input, init) });
    }
  };
}
