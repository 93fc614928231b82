/**
 * What is to be done about one schedule at one moment: pure.
 *
 * - A run stands for one time at which the schedule was due, and no two runs for the same.
 * - What came due while nobody looked, in sleep or downtime, is made up for once, not once for each missed run; with a
 *   window, only while the window lasts.
 * - Work is done between the due time and the end of the window, by the clock on the wall, whatever is done to it: a
 *   clock that is set back over a due time does not bring it again, one that is set out of the window stops the work.
 *
 * @module
 */
import type { ScheduleRecord, ScheduleRun } from "../state/schedule_record.ts";
import { lastDueMs, nextDueMs, windowEndMs } from "./schedule_times.ts";

/**
 * A clock that was wrong by more than this has marked times as handled that are yet to come; by less, it is the same
 * night.
 */
export const MAX_SET_BACK_MS = 26 * 3_600_000;

/** What to do. Times are in milliseconds since 1970. */
export type ScheduleAction =
  /** Nothing before `wakeMs`; `undefined` for never. */
  | { readonly type: "wait"; readonly wakeMs: number | undefined }
  /** Begin the run for a due time. */
  | { readonly type: "begin"; readonly dueMs: number; readonly endMs: number | undefined }
  /** Set the run to work that has begun. */
  | { readonly type: "work"; readonly run: ScheduleRun }
  /** End the run: its window is over. */
  | { readonly type: "end"; readonly run: ScheduleRun }
  /** Note that the window of a due time has passed without a run. */
  | { readonly type: "miss"; readonly dueMs: number }
  /** Forget what a clock has marked that was wrong. */
  | { readonly type: "reset" };

/** What is known besides the record. */
export interface ScheduleFacts {
  readonly nowMs: number;
  /** Somebody is at work on its run: this process, or another one that is alive. */
  readonly working: boolean;
}

/** Whether a run may be worked on at a time. */
export function isWithinRun(run: Pick<ScheduleRun, "dueAt" | "endsAt">, nowMs: number): boolean {
  return nowMs >= Date.parse(run.dueAt) && (run.endsAt === undefined || nowMs < Date.parse(run.endsAt));
}

function decideRun(run: ScheduleRun, { nowMs, working }: ScheduleFacts): ScheduleAction {
  const dueMs = Date.parse(run.dueAt);
  const endMs = run.endsAt === undefined ? undefined : Date.parse(run.endsAt);
  if (endMs !== undefined && nowMs >= endMs) {
    // Who is at work stops first, and notes the end itself.
    return working ? { type: "wait", wakeMs: undefined } : { type: "end", run };
  }
  if (nowMs < dueMs) {
    if (dueMs - nowMs > MAX_SET_BACK_MS && !working) return { type: "reset" };
    return { type: "wait", wakeMs: dueMs };
  }
  if (working) return { type: "wait", wakeMs: endMs };
  const retryMs = run.retryAt === undefined ? nowMs : Date.parse(run.retryAt);
  // A clock that was set back must not make the pause longer than it was meant to be.
  if (retryMs > nowMs && retryMs - nowMs <= MAX_SET_BACK_MS) {
    return { type: "wait", wakeMs: Math.min(retryMs, endMs ?? Infinity) };
  }
  return { type: "work", run };
}

/** Decides for one moment. */
export function decideSchedule(schedule: ScheduleRecord, facts: ScheduleFacts): ScheduleAction {
  const { nowMs, working } = facts;
  const { run, enabled } = schedule;
  if (!enabled) {
    return run === undefined || working ? { type: "wait", wakeMs: undefined } : { type: "end", run };
  }
  if (run !== undefined) return decideRun(run, facts);
  const handledMs = Date.parse(schedule.handledUntil);
  if (handledMs - nowMs > MAX_SET_BACK_MS) return { type: "reset" };
  const dueMs = lastDueMs(schedule, { afterMs: handledMs, untilMs: nowMs });
  if (dueMs === undefined) return { type: "wait", wakeMs: nextDueMs(schedule, Math.max(handledMs, nowMs)) };
  const endMs = windowEndMs(schedule, dueMs);
  if (endMs !== undefined && nowMs >= endMs) return { type: "miss", dueMs };
  return { type: "begin", dueMs, endMs };
}

/** When it runs next, in milliseconds since 1970; `undefined` when it is off or never does. */
export function nextRunMs(schedule: ScheduleRecord, nowMs: number): number | undefined {
  if (!schedule.enabled) return undefined;
  const handledMs = Date.parse(schedule.handledUntil);
  const fromMs = handledMs - nowMs > MAX_SET_BACK_MS ? nowMs : Math.max(handledMs, nowMs);
  return nextDueMs(schedule, fromMs);
}
