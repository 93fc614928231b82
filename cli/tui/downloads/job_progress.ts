/**
 * How jobs go, from their events: pure.
 *
 * @module
 */
import type { DownloadEvent } from "../../../core/download/events.ts";
import {
  isFileEvent,
  type ProgressState,
  reduceProgress,
  startProgress,
} from "../../output/progress_state.ts";
import { windowSpeed } from "../../../core/base/speed_window.ts";
import { type JobProgress, SPEED_SAMPLES } from "./downloads_state.ts";

/** When an event was heard of. */
export interface HeardAt {
  /** On a clock that never goes back. */
  readonly monotonicMs: number;
  /** For how long the job has been at work, as far as that is known. @default {0} */
  readonly elapsedMs?: number;
}

/** The progress of a job of which nothing has been heard yet. */
export function startJobProgress({ monotonicMs, elapsedMs = 0 }: HeardAt): JobProgress {
  return {
    progress: { ...startProgress(monotonicMs), startedAtMs: monotonicMs - Math.max(0, elapsedMs) },
    speeds: [],
    retries: 0,
  };
}

/** A file of which the beginning was not seen: what it has by now did not come in this moment. */
function catchUp(state: ProgressState, event: DownloadEvent, nowMs: number): ProgressState {
  if (!isFileEvent(event) || event.type === "started" || event.type === "failed") return state;
  const { reference, file, receivedBytes, totalBytes } = event;
  if (state.active.has(`${reference}\0${file}`)) return state;
  const started = {
    type: "started",
    reference,
    file,
    receivedBytes,
    totalBytes,
    resumedBytes: receivedBytes,
  } as const;
  return reduceProgress(state, started, nowMs);
}

/** The progress of a job after an event. */
export function reduceJobProgress(before: JobProgress, event: DownloadEvent, at: HeardAt): JobProgress {
  const nowMs = at.monotonicMs;
  const retries = before.retries + (event.type === "retrying" ? 1 : 0);
  // A job has one plan: another one means that it has begun anew, or that somebody else tells of it now.
  const state = event.type === "planned"
    ? { ...startProgress(nowMs), startedAtMs: before.progress.startedAtMs }
    : catchUp(before.progress, event, nowMs);
  return { ...before, retries, progress: reduceProgress(state, event, nowMs) };
}

/** Speeds with that of the last second. */
export function sampleSpeed(
  speeds: readonly number[],
  progress: ProgressState,
  monotonicMs: number,
): readonly number[] {
  return [...speeds, windowSpeed(progress.window, monotonicMs) ?? 0].slice(-SPEED_SAMPLES);
}
