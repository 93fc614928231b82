/**
 * The questions when a schedule runs.
 *
 * @module
 */
import type { PathContext } from "../../../core/config/mod.ts";
import type { TimingRequest } from "../../../core/operations/model_manager.ts";
import type { Configuration } from "../../wiring.ts";
import type { Shell } from "../shell/shell.ts";
import { isEmpty, type ScheduleRules, timingProblem } from "./schedule_checks.ts";

/** What the questions need. */
export interface ScheduleQuestions {
  readonly shell: Shell;
  readonly rules: ScheduleRules;
  readonly configuration: Pick<Configuration, "expandPath">;
  /** What `~` and relative paths stand for. */
  readonly paths: PathContext;
  /** Names of Hubs that references may have. */
  readonly hosts: readonly string[];
  /** Names that there are already. */
  readonly taken: readonly string[];
  readonly nowMs: number;
}

/** What was answered; `undefined` when the question was left. */
export type Answer<Value> = Promise<Value | undefined>;

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

async function askKind({ shell }: ScheduleQuestions): Answer<string> {
  return await shell.confirm({
    title: "How often?",
    lines: [],
    choices: [
      { id: "daily", label: "Daily", key: "d", detail: "Each day at the same time" },
      { id: "weekly", label: "Weekly", key: "w", detail: "On one day of the week" },
      { id: "cron", label: "Cron", key: "c", detail: "By a pattern such as 30 23 * * 1-5" },
    ],
    initial: "daily",
  });
}

async function askDay({ shell }: ScheduleQuestions): Answer<string> {
  return await shell.confirm({
    title: "On which day?",
    lines: [],
    choices: DAYS.map((label, index) => ({ id: label.toLowerCase(), label, key: String(index + 1) })),
    initial: "fri",
  });
}

/** Asks for a text. @returns it without spaces around it */
export async function askText(
  { shell }: ScheduleQuestions,
  question: Parameters<Shell["ask"]>[0],
): Answer<string> {
  const answer = await shell.ask(question);
  return answer?.trim();
}

async function askCron(questions: ScheduleQuestions): Answer<TimingRequest> {
  const cron = await askText(questions, {
    title: "Which pattern?",
    lines: ["Minute, hour, day, month and weekday, such as 30 23 * * 1-5 for 23:30 from Monday to Friday."],
    check: (text) => timingProblem({ type: "cron", cron: text }, questions),
  });
  return cron === undefined ? undefined : { type: "cron", cron };
}

async function askTime(timing: TimingRequest, questions: ScheduleQuestions): Answer<TimingRequest> {
  const time = await askText(questions, {
    title: "At what time?",
    lines: ["A time of day by the machine's clock, such as 23:00."],
    initial: "23:00",
    check: (text) => timingProblem({ ...timing, time: text }, questions),
  });
  return time === undefined ? undefined : { ...timing, time };
}

async function askBegin(questions: ScheduleQuestions): Answer<TimingRequest> {
  const type = await askKind(questions);
  if (type === undefined) return undefined;
  if (type === "cron") return await askCron(questions);
  if (type === "daily") return await askTime({ type }, questions);
  const day = await askDay(questions);
  return day === undefined ? undefined : await askTime({ type, day }, questions);
}

/** Asks for the times, and whether a run has an end. */
export async function askTiming(questions: ScheduleQuestions): Answer<TimingRequest> {
  const begin = await askBegin(questions);
  if (begin === undefined) return undefined;
  const until = await askText(questions, {
    title: "Until when?",
    lines: [
      "A time of day to pause at, such as 07:00; the next run goes on. Empty: it ends when all is done.",
    ],
    check: (text) => isEmpty(text) ? undefined : timingProblem({ ...begin, until: text }, questions),
  });
  if (until === undefined) return undefined;
  return until === "" ? begin : { ...begin, until };
}
