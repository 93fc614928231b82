/**
 * What a cached reply is good for: data in, verdict out.
 *
 * @module
 */

/** One stored reply. */
export interface CachedResponse {
  readonly version: 1;
  readonly url: string;
  /** In milliseconds since 1970. */
  readonly storedAt: number;
  /** Those of {@link STORED_HEADERS} that the reply had. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Headers that are kept with a body. */
export const STORED_HEADERS = ["content-type", "etag", "link"] as const;

/** Use it, ask whether it still holds, or fetch anew. */
export type CacheVerdict = "fresh" | "revalidate" | "fetch";

/** A stored value, when it is what we store; `undefined` for anything damaged or of another version. */
export function decodeCachedResponse(value: unknown): CachedResponse | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const entry = value as Partial<Record<keyof CachedResponse, unknown>>;
  const { version, url, storedAt, headers, body } = entry;
  if (version !== 1 || typeof url !== "string" || typeof storedAt !== "number") return undefined;
  if (typeof body !== "string" || typeof headers !== "object" || headers === null) return undefined;
  if (!Object.values(headers).every((header) => typeof header === "string")) return undefined;
  return { version, url, storedAt, headers: headers as Record<string, string>, body };
}

/** What a judgement is based on. */
export interface CacheFacts {
  /** In milliseconds since 1970. */
  readonly now: number;
  readonly durationMs: number;
  /** The caller wants the server's word. */
  readonly alwaysAsk: boolean;
}

/** What to do with an entry. One from the future (the clock was set back) is not fresh. */
export function judgeEntry(entry: CachedResponse | undefined, facts: CacheFacts): CacheVerdict {
  if (entry === undefined) return "fetch";
  const ageMs = facts.now - entry.storedAt;
  if (!facts.alwaysAsk && ageMs >= 0 && ageMs < facts.durationMs) return "fresh";
  return entry.headers["etag"] === undefined ? "fetch" : "revalidate";
}
