/**
 * Pages of listings: an opaque cursor, and the next page in a `Link` header.
 *
 * @module
 */
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";
import { endpointOf, type HubCall } from "./context.ts";
import { type HeaderFields, Refusal } from "./reply.ts";

/** One page. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The `Link` header, when more follows. */
  readonly headers: HeaderFields;
}

/** The cursor is the position of the next item, dressed so that nobody is tempted to count with it. */
function writeCursor(position: number): string {
  return encodeBase64Url(`after:${position}`);
}

function readCursor(text: string | null): number {
  if (text === null) return 0;
  const position = Number(/^after:(\d{1,15})$/.exec(decodeBase64Url(text))?.[1] ?? "NaN");
  if (Number.isNaN(position)) throw new Refusal(400, "Invalid cursor");
  return position;
}

function readLimit(text: string | null, maxItems: number): number {
  if (text === null || text === "") return maxItems;
  const limit = Number(text);
  if (!Number.isSafeInteger(limit) || limit < 1) throw new Refusal(400, `Invalid limit: ${text}`);
  return Math.min(limit, maxItems);
}

/**
 * The page that the query asks for. Clients need an absolute URL and a space before `rel`.
 *
 * @throws {Refusal} 400 for a malformed `limit` or `cursor`.
 */
export function takePage<T>(
  call: HubCall,
  all: readonly T[],
  options: { readonly maxItems: number },
): Page<T> {
  const { query } = call.target;
  const start = readCursor(query.get("cursor"));
  const end = start + readLimit(query.get("limit"), options.maxItems);
  const items = all.slice(start, end);
  if (end >= all.length) return { items, headers: {} };
  const next = new URLSearchParams(query);
  next.set("cursor", writeCursor(end));
  const path = `/${call.target.rawSegments.join("/")}`;
  return { items, headers: { link: `<${endpointOf(call)}${path}?${next}>; rel="next"` } };
}
