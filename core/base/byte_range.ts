/**
 * Half-open byte ranges and sorted sets of them: what is on disk, what is missing.
 *
 * @module
 */

/** Bytes `start` (included) to `end` (excluded). */
export interface ByteRange {
  /** First byte. */
  readonly start: number;
  /** The byte after the last. */
  readonly end: number;
}

/** How many bytes a range holds. */
export function rangeLength(range: ByteRange): number {
  return range.end - range.start;
}

/** How many bytes a set of disjoint ranges holds. */
export function totalLength(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, range) => sum + rangeLength(range), 0);
}

/** The same bytes as sorted, disjoint, non-empty ranges; touching ones are joined. */
export function mergeRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const sorted = ranges.filter((range) => range.end > range.start).sort((a, b) => a.start - b.start);
  const merged: { start: number; end: number }[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else merged.push({ start: range.start, end: range.end });
  }
  return merged;
}

/** What `whole` has and `parts` do not, in order. */
export function subtractRanges(whole: ByteRange, parts: readonly ByteRange[]): ByteRange[] {
  const missing: ByteRange[] = [];
  let position = whole.start;
  for (const part of mergeRanges(parts)) {
    if (part.end <= position) continue;
    if (part.start >= whole.end) break;
    if (part.start > position) missing.push({ start: position, end: Math.min(part.start, whole.end) });
    position = Math.max(position, part.end);
  }
  if (position < whole.end) missing.push({ start: position, end: whole.end });
  return missing;
}

/** How far the bytes from 0 reach without a gap. */
export function contiguousEnd(ranges: readonly ByteRange[]): number {
  const first = mergeRanges(ranges)[0];
  return first !== undefined && first.start === 0 ? first.end : 0;
}

/** The value of a `Range` request header. */
export function formatRangeHeader(range: ByteRange): string {
  return `bytes=${range.start}-${range.end - 1}`;
}

/** What a `Content-Range` header says; `total` is `undefined` for `*`. */
export interface ContentRange {
  readonly range: ByteRange | undefined;
  readonly total: number | undefined;
}

/** Reads `bytes 0-99/1234`, `bytes 0-99/*` and the 416 form `bytes *\/1234`; `undefined` when malformed. */
export function parseContentRange(text: string | null): ContentRange | undefined {
  const match = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15}|\*)$/i.exec(text?.trim() ?? "");
  if (match === null) return undefined;
  const [, first, last, size] = match;
  const total = size === "*" ? undefined : Number(size);
  if (first === undefined || last === undefined) return { range: undefined, total };
  const range = { start: Number(first), end: Number(last) + 1 };
  if (range.end <= range.start || (total !== undefined && range.end > total)) return undefined;
  return { range, total };
}
