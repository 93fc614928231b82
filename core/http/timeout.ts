/**
 * A limit on the time until a reply begins; the runtime has none of its own.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { cancelledError, ModelManagerError } from "../base/errors.ts";
import type { FetchDecorator } from "./fetch.ts";
import { namePlace } from "./network_error.ts";
import type { ProxyRules } from "./proxy.ts";
import { isImpatient, requestSignal, requestUrl } from "./request_parts.ts";
import { IMPATIENCE } from "./retry_policy.ts";

/** How long to wait for connection and headers together, in milliseconds, unless told otherwise. */
export const DEFAULT_HEADERS_TIMEOUT_MS = 15_000;

/** How long to wait, and on whose clock. */
export interface DeadlineOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** The error when time is up. */
  readonly onTimeout: () => Error;
}

/** Made once: an error for each request, with its stack, would cost more than all the rest of it. */
const FINISHED = cancelledError("The reply has begun");

/** What `work` resolves to; when time is up, its signal is aborted with the error that is thrown. */
export async function withinDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  options: DeadlineOptions,
): Promise<T> {
  const late = new AbortController();
  const finished = new AbortController();
  options.clock.sleep(options.timeoutMs, { signal: finished.signal }).then(
    () => late.abort(options.onTimeout()),
    () => {},
  );
  const expired = new Promise<never>((_, reject) => {
    late.signal.addEventListener("abort", () => reject(late.signal.reason), { once: true });
  });
  expired.catch(() => {});
  try {
    return await Promise.race([work(late.signal), expired]);
  } finally {
    finished.abort(FINISHED);
  }
}

/** How long to wait for a reply, and what to name when there is none. */
export interface HeadersTimeoutOptions {
  readonly clock: Clock;
  /** @default {30000} */
  readonly timeoutMs?: number | undefined;
  readonly proxyFor?: ProxyRules | undefined;
}

/** Gives up, retryably, on a server that accepts a connection and then says nothing. */
export function withHeadersTimeout(options: HeadersTimeoutOptions): FetchDecorator {
  const { clock, timeoutMs: limitMs = DEFAULT_HEADERS_TIMEOUT_MS, proxyFor } = options;
  return (next) => (input, init) => {
    const url = requestUrl(input);
    const outer = requestSignal(input, init);
    const timeoutMs = isImpatient(init) ? Math.min(limitMs, IMPATIENCE.headersTimeoutMs) : limitMs;
    const onTimeout = (): ModelManagerError =>
      new ModelManagerError(
        "NETWORK_ERROR",
        `Cannot reach ${namePlace(url, proxyFor?.(url))}: no reply within ${Math.round(timeoutMs / 1000)} s`,
        { retryable: true, hints: ["Check the network connection, then repeat the command"] },
      );
    return withinDeadline(
      (late) => next(input, { ...init, signal: outer === undefined ? late : AbortSignal.any([outer, late]) }),
      { clock, timeoutMs, onTimeout },
    );
  };
}
