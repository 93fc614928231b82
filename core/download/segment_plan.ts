/**
 * Which bytes a free lane takes next: pure decisions over numbers.
 *
 * Segments are handed out in order, small enough that hashing can follow the gapless part closely, large enough that
 * the round trip of a request does not count. At the end a free lane takes half of what the slowest one still has
 * before it, so that the last bytes do not come over one connection.
 *
 * @module
 */
import { type ByteRange, rangeLength } from "../base/byte_range.ts";

const MIB = 1024 * 1024;
const WHOLE_FILE_BYTES = MIB;
const MIN_SEGMENT_BYTES = MIB;
const MAX_FIRST_SEGMENT_BYTES = 8 * MIB;
const MAX_SEGMENT_BYTES = 64 * MIB;
/** How long a segment should keep a lane of known speed busy. */
const SEGMENT_SECONDS = 2;
/** Taking less away than this is not worth a request. */
const MIN_STEAL_BYTES = 512 * 1024;

/** Whether a file is so small that it is fetched by one request, hashed on the way, and not journaled. */
export function isWholeFile(sizeBytes: number): boolean {
  return sizeBytes <= WHOLE_FILE_BYTES;
}

/** How long the next segment of a file should be. */
export function segmentLength(facts: {
  readonly fileSizeBytes: number;
  readonly lanes: number;
  /** Of the lane that asks; 0 when it has not yet moved anything. */
  readonly bytesPerSecond: number;
}): number {
  const share = Math.ceil(facts.fileSizeBytes / facts.lanes);
  const wanted = facts.bytesPerSecond > 0
    ? Math.min(MAX_SEGMENT_BYTES, facts.bytesPerSecond * SEGMENT_SECONDS)
    : Math.min(MAX_FIRST_SEGMENT_BYTES, share / 4);
  return Math.ceil(Math.max(MIN_SEGMENT_BYTES, Math.min(wanted, share)));
}

/** Cuts the next segment off the front of what is missing; a rest too small for a request of its own is taken too. */
export function takeSegment(
  missing: readonly ByteRange[],
  lengthBytes: number,
): { readonly segment: ByteRange; readonly rest: readonly ByteRange[] } | undefined {
  const [first, ...others] = missing;
  if (first === undefined) return undefined;
  if (rangeLength(first) <= lengthBytes + MIN_STEAL_BYTES) return { segment: first, rest: others };
  const end = first.start + lengthBytes;
  return { segment: { start: first.start, end }, rest: [{ start: end, end: first.end }, ...others] };
}

/** A segment on its way. */
export interface RunningSegment {
  readonly position: number;
  readonly end: number;
  /** 0 when nothing has arrived yet. */
  readonly bytesPerSecond: number;
}

/**
 * Where to cut a running segment so that a free lane takes the rest of it over.
 *
 * @returns the index of the segment that would take longest, and the offset from which on the free lane fetches; or
 *   `undefined` when no segment has enough left.
 */
export function planSteal(
  running: readonly RunningSegment[],
): { readonly index: number; readonly splitAt: number } | undefined {
  let best: { readonly index: number; readonly seconds: number } | undefined;
  for (const [index, segment] of running.entries()) {
    const left = segment.end - segment.position;
    if (left < 2 * MIN_STEAL_BYTES) continue;
    const seconds = left / Math.max(segment.bytesPerSecond, 1);
    if (best === undefined || seconds > best.seconds) best = { index, seconds };
  }
  if (best === undefined) return undefined;
  const segment = running[best.index];
  if (segment === undefined) return undefined;
  const half = Math.floor((segment.end - segment.position) / 2);
  return { index: best.index, splitAt: segment.position + half };
}
