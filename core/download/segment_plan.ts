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
const SEGMENT_SECONDS = 4;
/** Near the end of a file, segments shrink down to this. */
const LAST_SEGMENT_SECONDS = 0.3;
/** Less than this is not worth a request of its own. */
const MIN_REST_BYTES = 512 * 1024;
/** Taking a rest over has to bring its end forward by so much: the connection is lost with what is on the way… */
const MIN_STEAL_GAIN_SECONDS = 0.1;
/** …and less than so many bytes are taken over only from a lane that crawls. */
const MIN_STEAL_BYTES = 64 * 1024;
const MIN_CRAWLING_BYTES = 4 * 1024;
const CRAWLING_GAIN_SECONDS = 0.5;
/** What a request costs before its first byte comes, about. */
const REQUEST_SECONDS = 0.1;

/** Whether a file is so small that it is fetched by one request, hashed on the way, and not journaled. */
export function isWholeFile(sizeBytes: number): boolean {
  return sizeBytes <= WHOLE_FILE_BYTES;
}

/** The order in which files are fetched: the largest first, so that no large one is left to few lanes at the end. */
export function orderFiles<T>(files: readonly T[], sizeOf: (file: T) => number): T[] {
  return files.toSorted((a, b) => sizeOf(b) - sizeOf(a));
}

/** How long the next segment of a file should be. */
export function segmentLength(facts: {
  readonly fileSizeBytes: number;
  readonly lanes: number;
  /** Bytes that no lane has taken, of this file and of those after it. */
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
  if (rangeLength(first) <= lengthBytes + MIN_REST_BYTES) return { segment: first, rest: others };
  const end = first.start + lengthBytes;
  return { segment: { start: first.start, end }, rest: [{ start: end, end: first.end }, ...others] };
}

/**
 * The same from where somebody waits for bytes on: what is missing there or next behind it, before all else. Segments
 * begin at whole mebibytes, so that no crumbs are left between them.
 *
 * @param position Where the bytes are waited for.
 */
export function takeSegmentAt(
  missing: readonly ByteRange[],
  options: { readonly position: number; readonly lengthBytes: number },
): { readonly segment: ByteRange; readonly rest: readonly ByteRange[] } | undefined {
  const { position, lengthBytes } = options;
  const index = missing.findIndex((range) => range.end > position);
  const range = missing[index];
  if (range === undefined) return takeSegment(missing, lengthBytes);
  const start = Math.max(range.start, Math.floor(position / MIB) * MIB);
  const taken = takeSegment([{ start, end: range.end }], lengthBytes);
  if (taken === undefined) return undefined;
  const before = start > range.start ? [{ start: range.start, end: start }] : [];
  const rest = [...missing.slice(0, index), ...before, ...taken.rest, ...missing.slice(index + 1)];
  return { segment: taken.segment, rest };
}

/** A segment on its way. */
export interface RunningSegment {
  readonly position: number;
  readonly end: number;
  /** 0 when it is not known. */
  readonly bytesPerSecond: number;
}

/**
 * Where to cut a running segment so that a free lane takes the rest of it over: both end at the same time then, be
 * one of them ever so slow.
 *
 * @param options.bytesPerSecond Of the free lane: what a segment of unknown rate is taken to do; 0 when it is not
 *   known, then it is taken to be as fast as the fastest that runs.
 * @returns the index of the segment that would take longest, and the offset from which on the free lane fetches; or
 *   `undefined` when no segment would gain enough.
 */
export function planSteal(
  running: readonly RunningSegment[],
  options: { readonly bytesPerSecond: number },
): { readonly index: number; readonly splitAt: number } | undefined {
  const own = options.bytesPerSecond || Math.max(0, ...running.map(({ bytesPerSecond }) => bytesPerSecond));
  if (own === 0) return undefined;
  let best: { readonly index: number; readonly seconds: number; readonly splitAt: number } | undefined;
  for (const [index, segment] of running.entries()) {
    const rate = segment.bytesPerSecond || own;
    const left = segment.end - segment.position;
    const seconds = left / rate;
    // Its owner goes on while we ask, then both share the work by what they can do.
    const stolen = Math.floor(own * (left - rate * REQUEST_SECONDS) / (own + rate));
    if (stolen < MIN_CRAWLING_BYTES) continue;
    const leastGain = stolen < MIN_STEAL_BYTES ? CRAWLING_GAIN_SECONDS : MIN_STEAL_GAIN_SECONDS;
    if (stolen / rate < leastGain) continue;
    if (best === undefined || seconds > best.seconds) {
      best = { index, seconds, splitAt: segment.end - stolen };
    }
  }
  return best === undefined ? undefined : { index: best.index, splitAt: best.splitAt };
}
