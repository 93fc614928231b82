/**
 * What a daemon says of itself.
 *
 * @module
 */

/** A part of the daemon that does not work just now. */
export interface DaemonProblem {
  /** Such as `queue` or `settings`. */
  readonly part: string;
  readonly message: string;
  /** ISO 8601, UTC: when it was last seen. */
  readonly at: string;
}

/** The schedule that runs next. */
export interface NextSchedule {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Something that a schedule fetches. */
export interface ScheduleDownload {
  /** As the schedule or the manifest has it. */
  readonly reference: string;
  /** `waiting`: planned, and its turn comes, or another process has it. */
  readonly status: "waiting" | "downloading" | "completed" | "failed";
  /** On disk, what earlier runs brought included. */
  readonly bytesReceived: number;
  /** 0 before it is known. */
  readonly bytesTotal: number;
  /** In the last seconds; `null` when it does not run, or has just begun. */
  readonly bytesPerSecond: number | null;
}

/** A schedule that is being worked on. */
export interface ScheduleAtWork {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Bytes a second, `null` for no limit; left out when it has no limit of its own. */
  readonly limitRate?: number | null;
  readonly downloads: readonly ScheduleDownload[];
}

/** The state of a running daemon. */
export interface DaemonStatus {
  readonly pid: number;
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly uptimeMs: number;
  /** Memory in use. */
  readonly memoryBytes: number;
  /** Whether it works the queue; until then another process does, or the store cannot be read. */
  readonly ready: boolean;
  readonly modelsDir: string;
  readonly endpoint: string;
  /** Jobs at once. */
  readonly maxConcurrent: number;
  /** Bytes a second just now; `null` for no limit. */
  readonly limitRate: number | null;
  /** When its settings were last read anew; ISO 8601, UTC. */
  readonly settingsReadAt: string;
  readonly nextSchedule: NextSchedule | null;
  /** Schedules that are being worked on. */
  readonly runningSchedules: readonly ScheduleAtWork[];
  readonly problems: readonly DaemonProblem[];
}
