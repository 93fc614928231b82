/**
 * What is tried again, how often and after which delay: data and pure functions.
 *
 * @module
 */

/** How often and how patiently requests are repeated. */
export interface RetryPolicy {
  /** Attempts after the first one. @default {5} */
  readonly maxRetries: number;
  /** Least delay before the first repetition. @default {500} */
  readonly firstDelayMs: number;
  /** Greatest delay of our own. @default {8000} */
  readonly maxDelayMs: number;
  /** A server that asks for a longer wait is not waited for. @default {900000} */
  readonly maxServerWaitMs: number;
}

/** The policy unless told otherwise. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maxRetries: 5,
  firstDelayMs: 500,
  maxDelayMs: 8_000,
  maxServerWaitMs: 15 * 60_000,
};

/**
 * How much patience a request gets whose caller has another place to ask. No connection (refused, reset, unknown
 * name, unreachable) means two repetitions, about 2 s in all: enough for a network that is just coming up. Silence
 * means none, as the system has repeated the connection itself several times by then. Replies of 408 and 5xx are
 * repeated as usual as long as there is time: a Hub that answers is worth more than its copy. Rate limits are waited
 * for as ever.
 */
export const IMPATIENCE = {
  /** Attempts after the first one that had no reply. */
  maxUnansweredRetries: 2,
  /** Nothing is repeated that would be later than this after the first attempt. */
  maxElapsedMs: 10_000,
  /** Until a reply begins. */
  headersTimeoutMs: 10_000,
} as const;

const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const REPEATABLE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether a reply of this status may be another one the next time. */
export function isRetryableStatus(status: number): boolean {
  return RETRYABLE_STATUSES.has(status);
}

/** Whether a request of this method may be sent twice. */
export function isRepeatableMethod(method: string): boolean {
  return REPEATABLE_METHODS.has(method);
}

/**
 * The delay before a repetition: doubles each time, its upper half left to chance so that clients spread.
 *
 * @param retry 1 for the first repetition.
 * @param random In `[0, 1)`.
 */
export function backoffDelayMs(
  retry: number,
  random: number,
  policy: RetryPolicy = DEFAULT_RETRY_POLICY,
): number {
  const ceiling = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** retry);
  return Math.round(ceiling / 2 + random * ceiling / 2);
}
