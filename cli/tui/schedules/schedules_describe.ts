/**
 * The screen of the schedules in words.
 *
 * @module
 */
import type { ScheduleInfo } from "../../../core/operations/model_manager.ts";
import { resultText, timingText, workText } from "../../output/schedule_view.ts";
import { printable } from "../../output/text_width.ts";
import type { ViewProps } from "../screen.ts";
import { nextFact, scheduleFacts } from "./schedule_facts.ts";
import { type SchedulesState, selectedSchedule } from "./schedules_state.ts";
import { daemonWords, emptyWords } from "./schedules_words.ts";

function describeRow(schedule: ScheduleInfo, nowMs: number): string {
  const { name, enabled, last } = schedule;
  const isWaiting = enabled && schedule.run === undefined;
  const next = isWaiting ? `on, next run ${nextFact(schedule, nowMs)}` : nextFact(schedule, nowMs);
  return printable([
    name,
    next,
    timingText(schedule),
    `fetches ${workText(schedule)}`,
    ...(last === undefined ? [] : [`last run ${resultText(last)}`]),
  ].join(", "));
}

/** One fact a line. */
export function describeSchedules({ state, frame }: ViewProps<SchedulesState>): readonly string[] {
  const { schedules, isOpen, cursor } = state;
  const selected = selectedSchedule(state);
  const daemon = daemonWords(state);
  if (selected === undefined) return [daemon, emptyWords(state)];
  if (isOpen) {
    return [
      printable(selected.name),
      ...scheduleFacts(selected, frame.nowMs).map(([name, text]) => printable(`${name}: ${text}`)),
    ];
  }
  return [
    daemon,
    ...schedules.map((schedule, index) => `${index + 1}. ${describeRow(schedule, frame.nowMs)}`),
    `Selected: ${cursor.index + 1}`,
  ];
}
