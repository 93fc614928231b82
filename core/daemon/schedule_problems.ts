/**
 * What is wrong with schedules, as `mm status` says it: what their latest runs have failed with or warned of; pure.
 *
 * @module
 */
import type { ScheduleInfo } from "../operations/model_manager.ts";
import type { DaemonProblem } from "./daemon_status.ts";

/** The problems of schedules that are on, until a run goes well. */
export function scheduleProblems(schedules: readonly ScheduleInfo[]): DaemonProblem[] {
  return schedules.flatMap(({ name, enabled, run, last }) => {
    const part = `schedule ${name}`;
    if (!enabled) return [];
    if (run?.error !== undefined) {
      return [{ part, message: run.error.message, at: run.startedAt }];
    }
    const message = last?.status === "failed" ? last.error?.message : last?.warning;
    return last === undefined || message === undefined ? [] : [{ part, message, at: last.endedAt }];
  });
}
