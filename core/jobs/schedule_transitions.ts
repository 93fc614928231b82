/**
 * How schedules change: pure.
 *
 * @module
 */
import type { ErrorData } from "../base/errors.ts";
import type {
  ScheduleCounts,
  ScheduleOwner,
  ScheduleRecord,
  ScheduleResult,
  ScheduleRun,
  ScheduleRunStatus,
} from "../state/schedule_record.ts";
import { isWithinRun } from "./schedule_decision.ts";
import { lastDueMs } from "./schedule_times.ts";

/** What has become of the work on a run. */
export type WorkEnd =
  /** It has come to its end; some of it may have failed. */
  | {
    readonly type: "done";
    readonly counts: ScheduleCounts;
    readonly failures: readonly ErrorData[];
    readonly warning?: string;
  }
  /** It has failed as a whole. */
  | { readonly type: "failed"; readonly error: ErrorData }
  /** It was stopped: by the end of the window, by somebody, or by the end of the program. */
  | { readonly type: "stopped" };

/** What may be gone in a while, without anybody doing anything. */
const PASSING: ReadonlySet<string> = new Set(["NETWORK_ERROR", "RATE_LIMITED", "LOCKED"]);
/** The first pause after a failure; doubled with each further one, up to the longest. */
const FIRST_RETRY_MS = 5 * 60_000;
const LONGEST_RETRY_MS = 60 * 60_000;
/** A run without a window does not try for ever. */
const MAX_ATTEMPTS = 8;

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function withoutRun({ run: _, ...schedule }: ScheduleRecord): ScheduleRecord {
  return schedule;
}

/** Begins the run for a due time. */
export function beginRun(
  schedule: ScheduleRecord,
  options: { readonly dueMs: number; readonly endMs: number | undefined; readonly nowMs: number },
): ScheduleRecord {
  const { dueMs, endMs, nowMs } = options;
  const run: ScheduleRun = {
    dueAt: iso(dueMs),
    startedAt: iso(nowMs),
    ...(endMs === undefined ? {} : { endsAt: iso(endMs) }),
    attempts: 0,
  };
  return { ...schedule, handledUntil: iso(dueMs), run };
}

/** Somebody takes the run to work on. */
export function takeRun(schedule: ScheduleRecord, owner: ScheduleOwner): ScheduleRecord {
  const { run } = schedule;
  if (run === undefined) return schedule;
  const { retryAt: _, ...rest } = run;
  return { ...schedule, run: { ...rest, attempts: run.attempts + 1, owner } };
}

/** Nobody works on the run any more; it goes on when it can. */
export function releaseRun(
  schedule: ScheduleRecord,
  failure?: { readonly error: ErrorData; readonly retryMs: number },
): ScheduleRecord {
  const { run } = schedule;
  if (run === undefined) return schedule;
  const { owner: _, ...rest } = run;
  const pause = failure === undefined ? {} : { error: failure.error, retryAt: iso(failure.retryMs) };
  return { ...schedule, run: { ...rest, ...pause } };
}

/** Ends the run. What came due meanwhile had its turn with it. */
export function endRun(
  schedule: ScheduleRecord,
  end: {
    readonly status: ScheduleRunStatus;
    readonly nowMs: number;
    readonly counts?: ScheduleCounts | undefined;
    readonly error?: ErrorData | undefined;
    readonly warning?: string | undefined;
  },
): ScheduleRecord {
  const { run } = schedule;
  if (run === undefined) return schedule;
  const { status, nowMs, counts, warning } = end;
  const error = end.error ?? (status === "failed" ? run.error : undefined);
  const last: ScheduleResult = {
    status,
    dueAt: run.dueAt,
    startedAt: run.startedAt,
    endedAt: iso(nowMs),
    attempts: run.attempts,
    ...(counts === undefined ? {} : { counts }),
    ...(error === undefined ? {} : { error }),
    ...(warning === undefined ? {} : { warning }),
    ...(run.owner?.installation === undefined ? {} : { machine: run.owner.host }),
  };
  const handledMs = Date.parse(schedule.handledUntil);
  const endMs = run.endsAt === undefined ? nowMs : Math.min(nowMs, Date.parse(run.endsAt) - 1);
  const mergedMs = lastDueMs(schedule, { afterMs: handledMs, untilMs: endMs });
  return { ...withoutRun(schedule), handledUntil: iso(mergedMs ?? handledMs), last };
}

/** A window has passed without a run. */
export function missRun(
  schedule: ScheduleRecord,
  { dueMs, nowMs }: { readonly dueMs: number; readonly nowMs: number },
): ScheduleRecord {
  const last: ScheduleResult = { status: "missed", dueAt: iso(dueMs), endedAt: iso(nowMs), attempts: 0 };
  return { ...withoutRun(schedule), handledUntil: iso(dueMs), last };
}

/** A clock that was wrong has been set right: begins again from now on. */
export function resetSchedule(schedule: ScheduleRecord, nowMs: number): ScheduleRecord {
  return { ...withoutRun(schedule), handledUntil: iso(nowMs) };
}

/** The window of a run that nobody works on is over. */
export function closeRun(schedule: ScheduleRecord, nowMs: number): ScheduleRecord {
  const status = !schedule.enabled ? "cancelled" : schedule.run?.error === undefined ? "paused" : "failed";
  return endRun(schedule, { status, nowMs });
}

function retryMs(run: ScheduleRun, failures: readonly ErrorData[], nowMs: number): number | undefined {
  if (!failures.some(({ code }) => PASSING.has(code))) return undefined;
  if (run.endsAt === undefined && run.attempts >= MAX_ATTEMPTS) return undefined;
  const pauseMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, run.attempts - 1));
  const atMs = nowMs + pauseMs;
  return run.endsAt === undefined || atMs < Date.parse(run.endsAt) ? atMs : undefined;
}

/** What becomes of a schedule when the work on its run has ended. */
export function finishWork(schedule: ScheduleRecord, end: WorkEnd, nowMs: number): ScheduleRecord {
  const { run, enabled } = schedule;
  if (run === undefined) return schedule;
  const failures = end.type === "done" ? end.failures : end.type === "failed" ? [end.error] : [];
  const [error] = failures;
  const { counts, warning } = end.type === "done" ? end : {};
  if (end.type === "done" && error === undefined) {
    return endRun(schedule, { status: "completed", nowMs, counts, warning });
  }
  if (!enabled) return endRun(schedule, { status: "cancelled", nowMs, counts });
  // Stopped before its time, by the end of the program or a clock that was set back: it goes on.
  if (error === undefined) {
    return isWithinRun(run, nowMs) || nowMs < Date.parse(run.dueAt)
      ? releaseRun(schedule)
      : endRun(schedule, { status: "paused", nowMs });
  }
  const atMs = retryMs(run, failures, nowMs);
  return atMs === undefined
    ? endRun(schedule, { status: "failed", nowMs, counts, error, warning })
    : releaseRun(schedule, { error, retryMs: atMs });
}
