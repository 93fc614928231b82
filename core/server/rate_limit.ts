/**
 * The Hub's rate limit: three buckets of requests in a fixed window, told in every answer.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { type HeaderFields, Refusal } from "./reply.ts";

/** Requests that a caller may make in one window, by kind. */
export interface RateLimits {
  /** @default {300000} */
  readonly windowMs?: number;
  /** @default {1000000} */
  readonly api?: number;
  /** URLs with `/resolve/`. @default {1000000} */
  readonly resolvers?: number;
  /** @default {1000000} */
  readonly pages?: number;
}

/** What one request costs and what is left. */
export interface RateVerdict {
  readonly headers: HeaderFields;
  /** The 429, when nothing was left. */
  readonly refusal: Refusal | undefined;
}

/** Counts requests. */
export interface RateCounter {
  /** Counts one request of `caller` (any name that is its own) for a path. */
  take(caller: string, path: string): RateVerdict;
}

function bucketOf(path: string): "api" | "resolvers" | "pages" {
  if (path.includes("/resolve/")) return "resolvers";
  return path.startsWith("/api/") ? "api" : "pages";
}

/** Makes a counter that starts with full buckets. */
export function createRateCounter(clock: Clock, limits: RateLimits = {}): RateCounter {
  const { windowMs = 300_000 } = limits;
  const used = new Map<string, number>();
  let windowNumber = -1;
  return {
    take(caller, path) {
      const now = clock.now();
      const current = Math.floor(now / windowMs);
      if (current !== windowNumber) used.clear();
      windowNumber = current;
      const bucket = bucketOf(path);
      const quota = limits[bucket] ?? 1_000_000;
      const key = `${bucket} ${caller}`;
      const count = (used.get(key) ?? 0) + 1;
      used.set(key, count);
      const resetSeconds = Math.ceil(((current + 1) * windowMs - now) / 1000);
      const headers = {
        "ratelimit": `"${bucket}";r=${Math.max(0, quota - count)};t=${resetSeconds}`,
        "ratelimit-policy": `"fixed window";"${bucket}";q=${quota};w=${Math.round(windowMs / 1000)}`,
      };
      const refusal = count <= quota ? undefined : new Refusal(
        429,
        `We had to rate limit you, you hit the quota of ${quota} ${bucket} requests per window`,
        { headers: { "retry-after": String(resetSeconds) } },
      );
      return { headers, refusal };
    },
  };
}
