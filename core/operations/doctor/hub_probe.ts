/**
 * One question to a Hub, and everything that its reply tells besides the answer.
 *
 * @module
 */
import type { Clock } from "../../base/clock.ts";
import type { Fetch } from "../../http/fetch.ts";
import { parseRateLimit, type RateLimitState, serverWaitMs } from "../../http/retry_after.ts";

/** What a reply told. */
export interface HubReplyFacts {
  /** Base URL that was asked. */
  readonly base: string;
  readonly status: number;
  /** From the question to the whole reply, name, connection and TLS included. */
  readonly latencyMs: number;
  /** The body is a list of models. */
  readonly isHub: boolean;
  /** Origin that it sends its callers to; `undefined` when it answers itself. */
  readonly elsewhere: string | undefined;
  /** Milliseconds that the server's clock is ahead of ours; `undefined` when it does not say what time it is. */
  readonly aheadMs: number | undefined;
  /** What is left of the requests that may be made; `undefined` when it does not say. */
  readonly rateLimit: RateLimitState | undefined;
  /** Requests in a whole window. */
  readonly rateQuota: number | undefined;
  /** How long it asks to wait. */
  readonly waitMs: number | undefined;
}

/** How the question is asked. */
export interface HubProbeOptions {
  /** Without retries, cache and token. */
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A Hub's `Date` has whole seconds: it is this much behind on average. */
const DATE_ROUNDING_MS = 500;

/**
 * Asks for the first model of the list, without the token.
 *
 * @param base Base URL without a trailing slash.
 * @throws {ModelManagerError} When there is no reply.
 */
export async function probeHub(base: string, options: HubProbeOptions): Promise<HubReplyFacts> {
  const { fetch, clock, signal } = options;
  const url = new URL(`${base}/api/models?limit=1`);
  const before = clock.monotonic();
  const response = await fetch(url, {
    signal,
    redirect: "manual",
    cache: "no-store",
    headers: { accept: "application/json" },
  });
  const text = await response.text();
  const latencyMs = clock.monotonic() - before;
  const date = Date.parse(response.headers.get("date") ?? "");
  const location = response.headers.get("location");
  const target = location !== null && URL.canParse(location, url) ? new URL(location, url) : undefined;
  return {
    base,
    status: response.status,
    latencyMs,
    isHub: response.ok && isModelList(text),
    elsewhere: response.status >= 300 && response.status < 400 ? target?.origin : undefined,
    aheadMs: Number.isNaN(date) ? undefined : date + DATE_ROUNDING_MS - (clock.now() - latencyMs / 2),
    rateLimit: parseRateLimit(response.headers.get("ratelimit"))[0],
    rateQuota: parseQuota(response.headers.get("ratelimit-policy")),
    waitMs: response.status === 429 ? serverWaitMs(response, clock.now()) : undefined,
  };
}

function isModelList(text: string): boolean {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) &&
      list.every((item) => typeof item === "object" && item !== null && ("id" in item || "modelId" in item));
  } catch {
    return false;
  }
}

function parseQuota(policy: string | null): number | undefined {
  const quota = /;\s*q=(\d{1,9})(?=\s*(?:;|,|$))/.exec(policy ?? "")?.[1];
  return quota === undefined ? undefined : Number(quota);
}
