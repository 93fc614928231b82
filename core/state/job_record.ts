/**
 * The words of the queue.
 *
 * @module
 */
import type { ErrorData } from "../base/errors.ts";

/** How much a job matters: who waits longest within a priority goes first. */
export type JobPriority = "urgent" | "high" | "normal" | "low";
/** Priorities of jobs, most urgent first. */
export const JOB_PRIORITIES: readonly JobPriority[] = ["urgent", "high", "normal", "low"];

/** What a job can be doing. */
export type JobStatus = "pending" | "downloading" | "paused" | "completed" | "failed" | "cancelled";
/** Every {@link JobStatus}, in the order of a job's life. */
export const JOB_STATUSES: readonly JobStatus[] = [
  "pending",
  "downloading",
  "paused",
  "completed",
  "failed",
  "cancelled",
];

/** How references are pulled, now or later by a job. */
export interface JobOptions {
  /** Patterns over the whole repository; what any of them matches is taken. */
  readonly include?: readonly string[];
  /** Patterns over the whole repository; what any of them matches is left out. */
  readonly exclude?: readonly string[];
  /** For references that name none. */
  readonly revision?: string;
  /** `library` (the default), `hf-cache` or a directory; a job has an absolute path. */
  readonly to?: string;
  /** Connections that one reference may use at once, 1 to 16. */
  readonly connections?: number;
  /** Bytes a second; `null` for no limit. */
  readonly limitBytesPerSecond?: number | null;
  /** Take the projector that goes with the model, too. */
  readonly withMmproj?: boolean;
  /** Fetch again what is there, and overwrite a foreign file in the way. */
  readonly force?: boolean;
}

/** The process that works on a job. */
export interface JobOwner {
  /** Different for each run of the queue. */
  readonly id: string;
  /** Process id on that host. */
  readonly pid: number;
  /** Name of the machine. */
  readonly host: string;
  /** Id of its state folder; only in a store that machines share. */
  readonly installation?: string;
  /** When it last said that it is at work, ISO 8601, UTC; only in a store that machines share. */
  readonly seenAt?: string;
}

/** One request to fetch one reference, as it is kept. */
export interface JobRecord {
  /** Eight letters and digits; ids sort by the time at which jobs were added. */
  readonly id: string;
  /** `org/name[@revision][:selector]`. */
  readonly reference: string;
  /** How it is pulled. */
  readonly options: JobOptions;
  /** The library that it is for: an absolute path. */
  readonly modelsDir: string;
  /** Base URL of the Hub that it is fetched from. */
  readonly endpoint: string;
  /** Somebody wanted it done in the background: whoever resumes it sees to that. */
  readonly background?: true;
  /** As asked for; ageing raises the rank of a job that waits, not this. */
  readonly priority: JobPriority;
  /** What it is doing. */
  readonly status: JobStatus;
  /** Place within its priority, smallest first; not always a whole number. */
  readonly position: number;
  /** ISO 8601, UTC, as are all dates. */
  readonly createdAt: string;
  /** Since when it has been waiting for its turn: ageing counts from here. */
  readonly waitingSince: string;
  /** When it was last taken to work on. */
  readonly startedAt?: string;
  /** When it completed, failed or was cancelled. */
  readonly endedAt?: string;
  /** How often it was taken to work on. */
  readonly attempts: number;
  /** Bytes on disk, as of the last change that was written down. */
  readonly bytesReceived: number;
  /** 0 before it is known. */
  readonly bytesTotal: number;
  /** What it failed with. */
  readonly error?: ErrorData;
  /** Who works on it; only while it is `downloading`. */
  readonly owner?: JobOwner;
  /** The machine that works on it, or ended it: its library has the files. Only in a store that machines share. */
  readonly machine?: string;
  /** Id of the state folder of that machine. */
  readonly installation?: string;
  /** That is another machine than this, or another state folder; worked out when it is read, and never kept. */
  readonly elsewhere?: true;
}

/** Whether a job has come to its end, for now: a failed or cancelled one can be tried again. */
export function isFinished(status: JobStatus): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}
