import { deepStrictEqual } from "node:assert/strict";
import { scheduleProblems } from "../../../core/daemon/schedule_problems.ts";
import type { ScheduleInfo } from "../../../core/operations/model_manager.ts";

const AT = "2025-01-01T00:00:00.000Z";
const ERROR = { code: "NETWORK_ERROR" as const, message: "No route", hints: [], causes: [] };

function schedule(fields: Partial<ScheduleInfo>): ScheduleInfo {
  return {
    name: "s",
    enabled: true,
    type: "daily",
    time: "03:00",
    references: [],
    createdAt: AT,
    handledUntil: AT,
    ...fields,
  };
}

Deno.test("scheduleProblems() tells of what failed or warned last, until a run goes well or nobody wants it", () => {
  const last = { dueAt: AT, endedAt: AT, attempts: 1 };
  const problem = (message: string) => [{ part: "schedule s", message, at: AT }];
  const of = (fields: Partial<ScheduleInfo>) => scheduleProblems([schedule(fields)]);
  deepStrictEqual(of({}), []);
  deepStrictEqual(of({ last: { ...last, status: "completed" } }), []);
  deepStrictEqual(of({ last: { ...last, status: "paused" } }), []);
  deepStrictEqual(of({ last: { ...last, status: "failed", error: ERROR } }), problem("No route"));
  deepStrictEqual(of({ last: { ...last, status: "completed", warning: "Broken" } }), problem("Broken"));
  const run = { dueAt: AT, startedAt: AT, attempts: 2, error: ERROR };
  deepStrictEqual(of({ run, last: { ...last, status: "completed" } }), problem("No route"));
  deepStrictEqual(of({ enabled: false, last: { ...last, status: "failed", error: ERROR } }), []);
});
