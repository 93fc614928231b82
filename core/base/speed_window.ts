/**
 * Speed over the last seconds: pure, fed with absolute byte counts.
 *
 * @module
 */

/** A byte count at a time. */
interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** The samples of the last seconds, oldest first. */
export type SpeedWindow = readonly Sample[];

/** How far back a speed looks. */
export const SPEED_WINDOW_MS = 5_000;
/** Samples nearer together than this replace each other, which bounds the window. */
const SAMPLE_SPACING_MS = 100;

/** The window with a new count. Counts may fall, when bytes turn out to be bad: then the window starts anew. */
export function addSample(window: SpeedWindow, sample: Sample): SpeedWindow {
  const last = window.at(-1);
  if (last !== undefined && sample.bytes < last.bytes) return [sample];
  const beforeLast = window.at(-2);
  const merge = last !== undefined && beforeLast !== undefined &&
    sample.atMs - beforeLast.atMs < SAMPLE_SPACING_MS;
  const kept = merge ? window.slice(0, -1) : window;
  // One sample older than the window stays: it is where the window begins.
  const begin = kept.findLastIndex(({ atMs }) => atMs <= sample.atMs - SPEED_WINDOW_MS);
  return [...kept.slice(Math.max(0, begin)), sample];
}

/** Bytes a second at a time; `undefined` while too little is known. Falls to 0 when nothing arrives. */
export function windowSpeed(window: SpeedWindow, nowMs: number): number | undefined {
  const last = window.at(-1);
  const begin = window.findLast(({ atMs }) => atMs <= nowMs - SPEED_WINDOW_MS) ?? window[0];
  if (last === undefined || begin === undefined) return undefined;
  const elapsedMs = nowMs - begin.atMs;
  if (elapsedMs < 500) return undefined;
  return Math.max(0, last.bytes - begin.bytes) / elapsedMs * 1000;
}

/** Milliseconds until the rest has arrived; `undefined` while that cannot be told. */
export function remainingMs(restBytes: number, bytesPerSecond: number | undefined): number | undefined {
  if (restBytes <= 0) return 0;
  if (bytesPerSecond === undefined || bytesPerSecond < 1) return undefined;
  return restBytes / bytesPerSecond * 1000;
}
