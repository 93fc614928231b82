/**
 * What is being downloaded: jobs of the queue by whomever, and runs of this process such as updates. Pure.
 *
 * @module
 */
import type { JobRecord } from "../../../core/operations/model_manager.ts";
import type { ProgressState } from "../../output/progress_state.ts";

/** A run of this process that is no job of the queue, such as an update. */
export interface Activity {
  /** Names it among the others. */
  readonly id: string;
  /** Such as `update acme/tiny`. */
  readonly title: string;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Its progress; `undefined` when it has none to tell. */
  readonly progress: ProgressState | undefined;
  /** As {@link JobProgress.speeds}. @default none are known */
  readonly speeds?: readonly number[];
  /** Tries after a failure. @default {0} */
  readonly retries?: number;
  /** How it ended, in milliseconds since 1970; `undefined` while it runs. */
  readonly ended: { readonly atMs: number; readonly error: string | undefined } | undefined;
}

/** How a job goes, from its events. */
export interface JobProgress {
  readonly progress: ProgressState;
  /** Bytes a second, a sample each second, the latest last; at most {@link SPEED_SAMPLES}. */
  readonly speeds: readonly number[];
  /** Tries after a failure, in this process's sight. */
  readonly retries: number;
}

/** Samples for a sparkline. */
export const SPEED_SAMPLES = 60;

/** Who works the queue. */
export type QueueWorker =
  | { readonly kind: "nobody" }
  | { readonly kind: "here" }
  | {
    readonly kind: "other";
    readonly pid: number;
    readonly isDaemon: boolean;
    /** It has the queue, but does not answer: suspended, or hanging. @default {false} */
    readonly isSilent?: boolean;
  };

/** Everything that is being downloaded, as of now. */
export interface DownloadsState {
  /** In the queue's own order. */
  readonly jobs: readonly JobRecord[];
  /** By job id, for jobs at work. */
  readonly progress: ReadonlyMap<string, JobProgress>;
  readonly activities: readonly Activity[];
  readonly worker: QueueWorker;
  /** Bytes a second that this process keeps to; `undefined` without a limit, a text for a timetable. */
  readonly rateLimit: number | string | undefined;
  /** The queue has not been looked at yet. @default {false} */
  readonly isLoading?: boolean;
}

/** Nothing is being downloaded. */
export const NO_DOWNLOADS: DownloadsState = {
  jobs: [],
  progress: new Map(),
  activities: [],
  worker: { kind: "nobody" },
  rateLimit: undefined,
};
