/**
 * Lanes that do not move, or hardly: found by looking at positions, whatever the worker is doing.
 *
 * @module
 */
import type { ActiveSegment } from "./file_transfer.ts";

/** A lane slower than this part of the best one… */
const STRAGGLER_SHARE = 1 / 8;
/** …and than this is cut, after it had this long to show what it can. */
const STRAGGLER_BYTES_PER_SECOND = 256 * 1024;
const STRAGGLER_AGE_MS = 5_000;
/** When lanes are idle, one that stands still for so long is given to another: nothing is lost but its request. */
const IDLE_STALL_MS = 3_000;
/** Weight of the newest sample in the smoothed rate, for one second. */
const SMOOTHING_PER_SECOND = 0.6;
/** The same for the rate that tells who is late at the end: there a lane that has just broken down counts. */
const RECENT_PER_SECOND = 0.95;

/** What the watchdog looks at. */
export interface WatchdogFacts {
  readonly segments: readonly ActiveSegment[];
  readonly position: (segment: ActiveSegment) => number;
  readonly now: number;
  /** Since the last look. */
  readonly elapsedMs: number;
  readonly stallTimeoutMs: number;
  /** The rate limit keeps lanes waiting: standing still means nothing. */
  readonly throttled: boolean;
  /** Whether a free lane could fetch the rest of a segment; told at most once between two bytes of its file. */
  readonly replaceable: (segment: ActiveSegment) => boolean;
}

/** Updates the segments' rates and returns those to cut, with the reason set. */
export function findStuckSegments(facts: WatchdogFacts): ActiveSegment[] {
  const { now, elapsedMs, throttled } = facts;
  const running = facts.segments.filter((segment) => segment.movedAt !== undefined);
  for (const segment of running) {
    const position = facts.position(segment);
    const rate = elapsedMs > 0 ? ((position - segment.seenPosition) / elapsedMs) * 1000 : 0;
    const smooth = (before: number, perSecond: number): number =>
      before === 0 ? rate : before + (rate - before) * Math.min(1, 1 - (1 - perSecond) ** (elapsedMs / 1000));
    segment.bytesPerSecond = smooth(segment.bytesPerSecond, SMOOTHING_PER_SECOND);
    segment.recentBytesPerSecond = smooth(segment.recentBytesPerSecond, RECENT_PER_SECOND);
    if (position > segment.seenPosition || throttled) segment.movedAt = now;
    segment.seenPosition = position;
    if (position > segment.start) segment.firstByteAt ??= now;
  }
  const best = Math.max(0, ...running.map((segment) => segment.bytesPerSecond));
  return running.filter((segment) => {
    if (segment.cutBecause !== undefined) return false;
    const stoodStillMs = now - (segment.movedAt ?? now);
    if (stoodStillMs >= facts.stallTimeoutMs) segment.cutBecause = "stalled";
    else if (stoodStillMs >= IDLE_STALL_MS && facts.replaceable(segment)) segment.cutBecause = "straggling";
    else if (!throttled && isStraggler(segment, { best, now })) segment.cutBecause = "straggling";
    return segment.cutBecause !== undefined;
  });
}

function isStraggler(
  segment: ActiveSegment,
  facts: { readonly best: number; readonly now: number },
): boolean {
  // What comes as a whole or not at all would begin anew, and never end while another lane is quick.
  if (!segment.divisible) return false;
  if (segment.firstByteAt === undefined || facts.now - segment.firstByteAt < STRAGGLER_AGE_MS) return false;
  return segment.bytesPerSecond < STRAGGLER_BYTES_PER_SECOND &&
    segment.bytesPerSecond < facts.best * STRAGGLER_SHARE;
}
