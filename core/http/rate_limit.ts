/**
 * Rate limits: when one reply says "too many", every request of that kind waits for the reset, once and together.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { FetchDecorator } from "./fetch.ts";
import { requestSignal, requestUrl } from "./request_parts.ts";
import { exhaustedWindowMs, serverWaitMs } from "./retry_after.ts";
import { DEFAULT_RETRY_POLICY } from "./retry_policy.ts";

/** Said when requests begin to wait. */
export interface WaitNotice {
  /** In milliseconds since 1970. */
  readonly until: number;
  /** A sentence for a person. */
  readonly message: string;
}

/** How a gate tells time, and whom it tells that it is closed. */
export interface RateLimitGateOptions {
  readonly clock: Clock;
  /** Who limits; named in the notice. */
  readonly host: string;
  readonly onWait?: ((notice: WaitNotice) => void) | undefined;
}

/** Holds requests back while it is closed. */
export class RateLimitGate {
  readonly #options: RateLimitGateOptions;
  /** On the monotonic clock: when somebody sets the time, nobody waits for hours, and nobody too short. */
  #closedUntil = -Infinity;
  #announcedUntil = -Infinity;

  /** @param options Clock, host and listener. */
  constructor(options: RateLimitGateOptions) {
    this.#options = options;
  }

  /** Closes the gate for so long from now; the longer time wins. */
  closeFor(waitMs: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, this.#options.clock.monotonic() + waitMs);
  }

  /** Waits until the gate is open. Each closing is announced once, when the first request has to wait. */
  async pass(signal?: AbortSignal): Promise<void> {
    const { clock, host, onWait } = this.#options;
    for (;;) {
      const until = this.#closedUntil;
      const waitMs = until - clock.monotonic();
      if (waitMs <= 0) return;
      if (until > this.#announcedUntil) {
        this.#announcedUntil = until;
        const seconds = Math.ceil(waitMs / 1000);
        onWait?.({
          until: clock.now() + waitMs,
          message: `"${host}" limits the rate of requests: waiting ${seconds} s for the limit to reset`,
        });
      }
      await clock.sleep(waitMs, { signal });
    }
  }
}

/** The kinds of requests that are counted apart, as servers of model hubs do: by path. */
export function requestBucket(url: URL): string {
  if (/\/(?:resolve|resolve-cache)\//.test(url.pathname)) return "resolvers";
  return /(?:^|\/)api\//.test(url.pathname) ? "api" : "pages";
}

/** How limits are kept. */
export interface RateLimitOptions {
  readonly clock: Clock;
  readonly onWait?: ((notice: WaitNotice) => void) | undefined;
  /** @default {requestBucket} */
  readonly bucketOf?: (url: URL) => string;
  /** A longer wait is not waited for: the reply goes up as it is. @default {900000} */
  readonly maxWaitMs?: number;
}

/** Keeps requests back while their origin's bucket is used up. All requests through it share its gates. */
export function withRateLimit(options: RateLimitOptions): FetchDecorator {
  const { clock, onWait, bucketOf = requestBucket } = options;
  const { maxWaitMs = DEFAULT_RETRY_POLICY.maxServerWaitMs } = options;
  const gates = new Map<string, RateLimitGate>();
  const gateFor = (url: URL): RateLimitGate => {
    const key = `${url.origin} ${bucketOf(url)}`;
    const gate = gates.get(key) ?? new RateLimitGate({ clock, host: url.host, onWait });
    gates.set(key, gate);
    return gate;
  };
  return (next) => async (input, init) => {
    const gate = gateFor(requestUrl(input));
    await gate.pass(requestSignal(input, init));
    const response = await next(input, init);
    // The last request of a window is told so: the next one waits instead of being refused.
    const waitMs = response.status === 429
      ? serverWaitMs(response, clock.now())
      : exhaustedWindowMs(response.headers);
    if (waitMs !== undefined && waitMs <= maxWaitMs) gate.closeFor(waitMs);
    return response;
  };
}
