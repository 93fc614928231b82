/**
 * How long a server asks to wait: `Retry-After` and `RateLimit`, read and nothing else.
 *
 * @module
 */

/** One item of a `RateLimit` header. */
export interface RateLimitState {
  /** Name of the bucket that requests are counted in. */
  readonly bucket: string;
  /** Requests left in the window. */
  readonly remaining: number;
  /** Until the window ends. */
  readonly resetSeconds: number;
}

/** Windows are counted in whole seconds: a second more makes sure that the next one has begun. */
const RESET_MARGIN_MS = 1000;

/** Milliseconds from a `Retry-After` value, seconds or an HTTP date; `undefined` when absent or malformed. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Date.parse takes a bare number for a year; an HTTP date begins with the day's name.
  if (!/^[a-z]{3,9},? /i.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The items of a `RateLimit` value such as `"resolvers";r=0;t=211`; malformed ones are left out. */
export function parseRateLimit(value: string | null): RateLimitState[] {
  const states: RateLimitState[] = [];
  for (const item of (value ?? "").split(",")) {
    const bucket = /^\s*"([^"]*)"/.exec(item)?.[1];
    const remaining = /;\s*r=(\d{1,9})(?=\s*(?:;|$))/.exec(item)?.[1];
    const reset = /;\s*t=(\d{1,9})(?=\s*(?:;|$))/.exec(item)?.[1];
    if (bucket === undefined || remaining === undefined || reset === undefined) continue;
    states.push({ bucket, remaining: Number(remaining), resetSeconds: Number(reset) });
  }
  return states;
}

/** Milliseconds until a used-up window has ended for sure; `undefined` while requests are left. */
export function exhaustedWindowMs(headers: Headers): number | undefined {
  const resets = parseRateLimit(headers.get("ratelimit"))
    .filter(({ remaining }) => remaining === 0)
    .map(({ resetSeconds }) => resetSeconds * 1000 + RESET_MARGIN_MS);
  return resets.length === 0 ? undefined : Math.max(...resets);
}

/** The server's own time when it says it: how long to wait must not depend on whose clock is right. */
function serverTime(headers: Headers): number | undefined {
  const time = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(time) ? undefined : time;
}

/**
 * How long a reply asks to wait before the request is repeated.
 *
 * @param now In milliseconds since 1970, for dates where the reply does not say what time it is at the server.
 * @returns milliseconds, to be kept to exactly; `undefined` when the server leaves it to us.
 */
export function serverWaitMs(response: Response, now: number): number | undefined {
  const since = serverTime(response.headers) ?? now;
  const retryAfter = parseRetryAfter(response.headers.get("retry-after"), since);
  if (response.status !== 429) return retryAfter;
  return exhaustedWindowMs(response.headers) ??
    (retryAfter === undefined ? undefined : retryAfter + RESET_MARGIN_MS);
}
