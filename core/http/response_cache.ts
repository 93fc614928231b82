/**
 * A cache of JSON replies, so that browsing costs a fraction of the calls.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { type CachedResponse, decodeCachedResponse, judgeEntry, STORED_HEADERS } from "./cache_policy.ts";
import type { FetchDecorator } from "./fetch.ts";
import { requestHeaders, requestMethod, requestUrl } from "./request_parts.ts";

/** Where replies are kept. Failures of the store are misses; they never fail a request. */
export interface ResponseCacheStore {
  /** The value of `set`, or anything else (then it is a miss). */
  get(key: string): Promise<unknown>;
  /** `entry` is plain data; `key` is 64 hexadecimal digits. */
  set(key: string, entry: CachedResponse): Promise<void>;
}

/** How long replies hold. */
export interface ResponseCacheOptions {
  /** 0 asks the server each time, and still saves bodies that have not changed. */
  readonly durationMs: number;
  readonly clock: Clock;
  /** Longer bodies are not kept, in characters. @default {4194304} */
  readonly maxBodyLength?: number;
}

/**
 * The name a reply is kept under: the URL and who asked. Answers to one token are not shown to another, and
 * the token itself cannot be read back from the key.
 */
export function cacheKey(url: URL, authorization: string | null): string {
  const asker = authorization === null
    ? "anonymous"
    : createHash("sha256").update(authorization).digest("hex").slice(0, 16);
  return createHash("sha256").update(`GET ${url.href} ${asker}`).digest("hex");
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function toResponse(entry: CachedResponse): Response {
  return new Response(entry.body, { status: 200, headers: { ...entry.headers } });
}

/** The reply as an entry, or `undefined` when it is none to keep; the reply stays readable. */
async function toEntry(
  response: Response,
  options: { readonly url: URL; readonly now: number; readonly maxBodyLength: number },
): Promise<CachedResponse | undefined> {
  const type = response.headers.get("content-type") ?? "";
  if (response.status !== 200 || !/^application\/json\b/i.test(type)) return undefined;
  const body = await response.clone().text();
  if (body.length > options.maxBodyLength || !isJson(body)) return undefined;
  const headers: Record<string, string> = {};
  for (const name of STORED_HEADERS) {
    const value = response.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  return { version: 1, url: options.url.href, storedAt: options.now, headers, body };
}

/**
 * Answers GET requests for JSON from the store while they are fresh, and asks with `If-None-Match` afterwards.
 * A request's `cache` option rules: `no-cache` always asks the server, `no-store` passes the cache by.
 */
export function withResponseCache(store: ResponseCacheStore, options: ResponseCacheOptions): FetchDecorator {
  const { durationMs, clock, maxBodyLength = 4 * 1024 * 1024 } = options;
  const load = async (key: string): Promise<CachedResponse | undefined> => {
    const entry = decodeCachedResponse(await store.get(key).catch(() => undefined));
    return entry !== undefined && isJson(entry.body) ? entry : undefined;
  };
  const save = (key: string, entry: CachedResponse): Promise<void> => store.set(key, entry).catch(() => {});
  return (next) => async (input, init = {}) => {
    const { cache: mode = "default", ...rest } = init;
    const headers = requestHeaders(input, init);
    const passesBy = requestMethod(input, init) !== "GET" || mode === "no-store" ||
      headers.has("range") || headers.has("if-none-match");
    if (passesBy) return await next(input, rest);

    const url = requestUrl(input);
    const key = cacheKey(url, headers.get("authorization"));
    const entry = await load(key);
    const verdict = judgeEntry(entry, { now: clock.now(), durationMs, alwaysAsk: mode === "no-cache" });
    if (entry !== undefined && verdict === "fresh") return toResponse(entry);
    if (entry !== undefined && verdict === "revalidate") {
      headers.set("if-none-match", entry.headers["etag"] ?? "");
    }
    const response = await next(input, { ...rest, headers });
    if (entry !== undefined && response.status === 304) {
      await response.body?.cancel();
      await save(key, { ...entry, storedAt: clock.now() });
      return toResponse(entry);
    }
    const kept = await toEntry(response, { url, now: clock.now(), maxBodyLength });
    if (kept !== undefined) await save(key, kept);
    return response;
  };
}
