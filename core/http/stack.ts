/**
 * The one place where the decorators are put around `fetch`, in the order that makes them right.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { withAuth } from "./auth.ts";
import { withBufferedBody } from "./buffered_body.ts";
import { compose, type Fetch, type FetchDecorator } from "./fetch.ts";
import { logRequest, type RequestLog, withLogging } from "./logging.ts";
import { withNetworkErrors } from "./network_error.ts";
import { withOffline } from "./offline.ts";
import type { ProxyRules } from "./proxy.ts";
import { type WaitNotice, withRateLimit } from "./rate_limit.ts";
import { type ResponseCacheStore, withResponseCache } from "./response_cache.ts";
import { type RetryNotice, withRetry } from "./retry.ts";
import { DEFAULT_RETRY_POLICY } from "./retry_policy.ts";
import { type ServerWarnings, withServerWarnings } from "./server_warning.ts";
import { DEFAULT_HEADERS_TIMEOUT_MS, withHeadersTimeout } from "./timeout.ts";
import { withUserAgent } from "./user_agent.ts";

/** What the stack is made of. */
export interface FetchStackOptions {
  /** The bare `fetch`. */
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Only this URL's origin gets the token. */
  readonly endpoint: string;
  readonly token?: string | undefined;
  /** See `formatUserAgent`. */
  readonly userAgent: string;
  readonly offline: boolean;
  /** Without one, nothing is cached. */
  readonly cacheStore?: ResponseCacheStore | undefined;
  /** How long cached replies are used without asking. */
  readonly cacheDurationMs: number;
  /** Requests begin to wait for a rate limit. */
  readonly onWait?: ((notice: WaitNotice) => void) | undefined;
  /** A request is about to be repeated. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** Told what the endpoint says beside its answers. */
  readonly warnings?: ServerWarnings | undefined;
  /** Which proxy `fetch` goes through, for errors; see `proxyRules`. @default {none} */
  readonly proxyFor?: ProxyRules | undefined;
  /** Attempts after the first one. @default {5} */
  readonly maxRetries?: number | undefined;
  /** A rate limit that lasts longer is not waited for: its refusal goes up. @default {900000} */
  readonly maxWaitMs?: number | undefined;
  /** Until a reply begins, and longest silence within a JSON body. @default {15000} */
  readonly timeoutMs?: number | undefined;
  /** @default {logRequest} */
  readonly log?: RequestLog | undefined;
}

/**
 * The program's `fetch`.
 *
 * Read from the outside in: identity first, because the cache keeps answers apart by who asks; the cache above
 * `offline`, so that fresh answers serve offline, too; everything that belongs to one attempt below `retry`,
 * the rate-limit gate directly there, so that it holds back repetitions as well.
 */
export function composeFetch(options: FetchStackOptions): Fetch {
  const { clock, endpoint, token, cacheStore, proxyFor } = options;
  const { maxRetries = DEFAULT_RETRY_POLICY.maxRetries, timeoutMs = DEFAULT_HEADERS_TIMEOUT_MS } = options;
  const { maxWaitMs = DEFAULT_RETRY_POLICY.maxServerWaitMs } = options;
  const cache: FetchDecorator[] = cacheStore === undefined
    ? []
    : [withResponseCache(cacheStore, { durationMs: options.cacheDurationMs, clock })];
  const warnings = options.warnings === undefined ? [] : [withServerWarnings(endpoint, options.warnings)];
  return compose(
    options.fetch,
    withUserAgent(options.userAgent),
    withAuth({ endpoint, token }),
    ...cache,
    withOffline(options.offline),
    withRetry({
      clock,
      policy: { maxRetries, maxServerWaitMs: maxWaitMs },
      onRetry: options.onRetry,
      gated: true,
    }),
    withRateLimit({ clock, onWait: options.onWait, maxWaitMs }),
    ...warnings,
    withLogging(clock, options.log ?? logRequest),
    withBufferedBody({ clock, stallTimeoutMs: timeoutMs }),
    withHeadersTimeout({ clock, timeoutMs, proxyFor }),
    withNetworkErrors(proxyFor),
  );
}
