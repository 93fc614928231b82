/**
 * Which bytes a free lane takes next: pure decisions over numbers.
 *
 * Segments are handed out in order, small enough that hashing can follow the gapless part closely, large enough that
 * the round trip of a request does not count, and smaller towards the end of the file so that all lanes finish
 * together. Where one does not, a free lane takes half of what it still has before it.
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
/** Near the end of a file, segments shrink down to this. */
const LAST_SEGMENT_SECONDS = 0.15;
/** Taking less away than this is not worth a request… */
const MIN_STEAL_BYTES = 512 * 1024;
/** …nor is it from a segment that will be there by itself so soon: its connection is lost with what is on the way. */
const MIN_STEAL_SECONDS = 0.15;

/** Whether a file is so small that it is fetched by one request, hashed on the way, and not journaled. */
export function isWholeFile(sizeBytes: number): boolean {
  return sizeBytes <= WHOLE_FILE_BYTES;
}

/** How long the next segment of a file should be. */
export function segmentLength(facts: {
  readonly fileSizeBytes: number;
  readonly lanes: number;
  /** Bytes of the file that no lane has taken. */
  readonly missingBytes: number;
  /** Of the lane that asks; 0 when it has not yet moved anything. */
  readonly bytesPerSecond: number;
}): number {
  const { fileSizeBytes, lanes, missingBytes, bytesPerSecond } = facts;
  const share = missingBytes / lanes;
  const wanted = bytesPerSecond > 0
    ? Math.min(
      MAX_SEGMENT_BYTES,
      bytesPerSecond * SEGMENT_SECONDS,
      Math.max(bytesPerSecond * LAST_SEGMENT_SECONDS, share),
    )
    : Math.min(MAX_FIRST_SEGMENT_BYTES, share / 2);
  return Math.ceil(Math.max(MIN_SEGMENT_BYTES, Math.min(wanted, fileSizeBytes)));
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
  /** 0 when it is not known. */
  readonly bytesPerSecond: number;
}

/**
 * Where to cut a running segment so that a free lane takes the rest of it over.
 *
 * @param options.bytesPerSecond Of the free lane: what a segment of unknown rate is taken to do; 0 leaves it alone.
 * @returns the index of the segment that would take longest, and the offset from which on the free lane fetches; or
 *   `undefined` when no segment has enough left.
 */
export function planSteal(
  running: readonly RunningSegment[],
  options: { readonly bytesPerSecond: number },
): { readonly index: number; readonly splitAt: number } | undefined {
  let best: { readonly index: number; readonly seconds: number } | undefined;
  for (const [index, segment] of running.entries()) {
    const left = segment.end - segment.position;
    if (left < 2 * MIN_STEAL_BYTES) continue;
    const seconds = left / (segment.bytesPerSecond || options.bytesPerSecond || Infinity);
    if (seconds < MIN_STEAL_SECONDS) continue;
    if (best === undefined || seconds > best.seconds) best = { index, seconds };
  }
  if (best === undefined) return undefined;
  const segment = running[best.index];
  if (segment === undefined) return undefined;
  const half = Math.floor((segment.end - segment.position) / 2);
  return { index: best.index, splitAt: segment.position + half };
}
