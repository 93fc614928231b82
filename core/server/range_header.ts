/**
 * The `Range` request header.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";

/**
 * The bytes that a `Range` header asks for, cut at the end of the file.
 *
 * @returns `undefined` when the whole file is to be sent: no header, another unit, a malformed one or more than one
 * range; `"unsatisfiable"` when it starts behind the end.
 */
export function parseRangeHeader(
  header: string | null,
  sizeBytes: number,
): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header?.trim() ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? "unsatisfiable" : { start: sizeBytes - length, end: sizeBytes };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= sizeBytes) return "unsatisfiable";
  return { start, end: last === "" ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}
