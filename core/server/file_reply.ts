/**
 * A file as an HTTP answer: ranges, revalidation, exact lengths.
 *
 * @module
 */
import { type ByteRange, rangeLength } from "../base/byte_range.ts";
import { type HeaderFields, matchesEntityTag } from "./reply.ts";
import { parseRangeHeader } from "./range_header.ts";

/** What is to be sent. */
export interface FileReplyOptions {
  readonly sizeBytes: number;
  /** Strong entity tag, with its quotes. */
  readonly etag: string;
  /** Further headers; they are on every answer. */
  readonly headers: HeaderFields;
  /** Opens the bytes, also of an empty file, which has to be there as well; not called for `HEAD`. */
  open(range: ByteRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
}

/** The range that counts: `If-Range` with another tag, or with a date, means the whole file. */
function wantedRange(request: Request, options: FileReplyOptions): ByteRange | "unsatisfiable" | undefined {
  const condition = request.headers.get("if-range");
  if (condition !== null && condition.trim() !== options.etag) return undefined;
  return parseRangeHeader(request.headers.get("range"), options.sizeBytes);
}

/**
 * Answers `GET` or `HEAD` for a file: 200, 206, 304, 412 or 416. `HEAD` answers exactly like `GET`, without the bytes.
 */
export async function fileReply(request: Request, options: FileReplyOptions): Promise<Response> {
  const { sizeBytes, etag } = options;
  const headers: Record<string, string> = { ...options.headers, etag, "accept-ranges": "bytes" };
  const wants = request.headers.get("if-match");
  if (wants !== null && !matchesEntityTag(wants, etag)) {
    return new Response(null, { status: 412, headers: { ...headers, "content-length": "0" } });
  }
  if (matchesEntityTag(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers });
  }
  const wanted = wantedRange(request, options);
  if (wanted === "unsatisfiable") {
    const unsatisfied = { ...headers, "content-range": `bytes */${sizeBytes}`, "content-length": "0" };
    return new Response(null, { status: 416, headers: unsatisfied });
  }
  const range = wanted ?? { start: 0, end: sizeBytes };
  headers["content-length"] = String(rangeLength(range));
  if (wanted !== undefined) headers["content-range"] = `bytes ${range.start}-${range.end - 1}/${sizeBytes}`;
  const bytes = request.method === "HEAD" ? null : await options.open(range);
  const isEmpty = rangeLength(range) === 0;
  if (isEmpty) await bytes?.cancel();
  return new Response(isEmpty ? null : bytes, { status: wanted === undefined ? 200 : 206, headers });
}
