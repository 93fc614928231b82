/**
 * The words of schedules.
 *
 * @module
 */
import type { ErrorData } from "../base/errors.ts";

/** How a schedule repeats. */
export type ScheduleKind = "daily" | "weekly" | "cron";
/** Every {@link ScheduleKind}. */
export const SCHEDULE_KINDS: readonly ScheduleKind[] = ["daily", "weekly", "cron"];

/** When a schedule is due. */
export interface ScheduleTiming {
  /** How it repeats. */
  readonly type: ScheduleKind;
  /** Local time of day, `HH:MM`; of daily and weekly schedules. */
  readonly time?: string;
  /** 0 is Sunday, 6 is Saturday; of weekly schedules. */
  readonly day?: number;
  /** Five fields, or a word such as `@daily`; of cron schedules. */
  readonly cron?: string;
  /** Local time of day at which the work pauses until the next run, `HH:MM`; without it, a run ends when all is done. */
  readonly until?: string;
  /** IANA name. @default the machine's own, whatever it is then */
  readonly timeZone?: string;
}

/** The process that works on a run. */
export interface ScheduleOwner {
  /** Different for each start of the program. */
  readonly id: string;
  /** Process id on that host. */
  readonly pid: number;
  /** Name of the machine. */
  readonly host: string;
  /** Id of its state folder; only in a store that machines share. */
  readonly installation?: string;
  /** When it last said that it is at work. ISO 8601, UTC. */
  readonly seenAt: string;
}

/** A run that has begun and not ended; it may be at rest for a while. */
export interface ScheduleRun {
  /** The time for which it stands: ISO 8601, UTC, as are all dates. No two runs have the same. */
  readonly dueAt: string;
  /** When it began: later than it was due after sleep or downtime. */
  readonly startedAt: string;
  /** When its window ends. */
  readonly endsAt?: string;
  /** How often it was set to work: more than once after a failure, or after the program has ended in between. */
  readonly attempts: number;
  /** It has failed, and tries again then. */
  readonly retryAt?: string;
  /** What it failed with last. */
  readonly error?: ErrorData;
  /** Who works on it; nobody while it is at rest. */
  readonly owner?: ScheduleOwner;
}

/** How a run ended; `paused` at the end of its window, `missed` when the machine was off during all of it. */
export type ScheduleRunStatus = "completed" | "failed" | "paused" | "missed" | "cancelled";
/** Every {@link ScheduleRunStatus}. */
export const SCHEDULE_RUN_STATUSES: readonly ScheduleRunStatus[] = [
  "completed",
  "failed",
  "paused",
  "missed",
  "cancelled",
];

/** What a run has done. */
export interface ScheduleCounts {
  /** References that were downloaded. */
  readonly downloaded: number;
  /** References of which everything was there. */
  readonly present: number;
  /** References that failed. */
  readonly failed: number;
  /** Bytes moved over the network. */
  readonly bytesFetched: number;
}

/** A run that has ended. */
export interface ScheduleResult {
  /** How it ended. */
  readonly status: ScheduleRunStatus;
  /** The time for which it stands. */
  readonly dueAt: string;
  /** When it began; left out when it was missed. */
  readonly startedAt?: string;
  /** When it ended, or was found to have been missed. */
  readonly endedAt: string;
  /** How often it was set to work. */
  readonly attempts: number;
  /** What came of its last attempt; left out when that broke off. */
  readonly counts?: ScheduleCounts;
  /** What it failed with. */
  readonly error?: ErrorData;
  /** What somebody should put right, although it went well. */
  readonly warning?: string;
  /** The machine that has worked on it: its library has the files. Only in a store that machines share. */
  readonly machine?: string;
}

/** A schedule as it is kept. */
export interface ScheduleRecord extends ScheduleTiming {
  /** What it is called; unique. */
  readonly name: string;
  /** Whether it runs. */
  readonly enabled: boolean;
  /** What it fetches; nothing stands for all that the manifest wants. */
  readonly references: readonly string[];
  /** Absolute: the manifest, when it is not the one in the configuration directory. */
  readonly manifest?: string;
  /** Bytes a second; `null` for no limit, whatever the settings say. @default the limit of the settings */
  readonly limitBytesPerSecond?: number | null;
  /** References that are fetched at once. @default what the settings say */
  readonly maxConcurrent?: number;
  /** It stands in the settings, and follows them. */
  readonly fromSettings?: true;
  /** When it was made. */
  readonly createdAt: string;
  /** Everything that was due up to then has had its turn, or never will. */
  readonly handledUntil: string;
  /** What is under way. */
  readonly run?: ScheduleRun;
  /** The run that ended last. */
  readonly last?: ScheduleResult;
}
