/**
 * A schedule in facts: pure. The words are those of `mm schedule list`.
 *
 * @module
 */
import { formatLocalTime } from "../../../core/base/local_time.ts";
import type { ScheduleInfo } from "../../../core/operations/model_manager.ts";
import { formatDateAge, formatDateUntil } from "../../output/humanize.ts";
import { limitText, nextText, resultText, timingText } from "../../output/schedule_view.ts";

/** One fact: what it is of, and what it says. */
export type Fact = readonly [name: string, text: string];

const MAX_HINTS = 2;

/** `on`, `off`, `at work`: the state in a word or two. */
export function standingText({ enabled, run }: ScheduleInfo): string {
  if (!enabled) return "off";
  if (run?.owner !== undefined) return "at work";
  return run === undefined ? "on" : "in between";
}

/** When it runs next, as a date and as a time from now. */
export function nextFact(schedule: ScheduleInfo, nowMs: number): string {
  const text = nextText(schedule);
  const { enabled, run, nextRunAt } = schedule;
  const at = run === undefined ? nextRunAt : run.owner === undefined ? run.retryAt : undefined;
  return !enabled || at === undefined ? text : `${text}, ${formatDateUntil(at, nowMs)}`;
}

/** The same for where there is little room: `in 3 hours`, `off`, `at work`. */
export function nextShort(schedule: ScheduleInfo, nowMs: number): string {
  const { enabled, run, nextRunAt } = schedule;
  if (!enabled) return "off";
  if (run !== undefined) {
    if (run.owner !== undefined) return "at work";
    return run.retryAt === undefined ? "with daemon" : `again ${formatDateUntil(run.retryAt, nowMs)}`;
  }
  return nextRunAt === undefined ? "never" : formatDateUntil(nextRunAt, nowMs);
}

function lastFact({ last, timeZone }: ScheduleInfo, nowMs: number): string {
  if (last === undefined) return "none yet";
  const at = last.startedAt ?? last.dueAt;
  return `${formatLocalTime(Date.parse(at), { timeZone })}, ${formatDateAge(at, nowMs)}`;
}

function limitFact(schedule: ScheduleInfo): string {
  return limitText(schedule) || "as the settings say";
}

function fetchesFact({ references, manifest }: ScheduleInfo): string {
  if (references.length > 0) return references.join(", ");
  return manifest === undefined ? "all that the manifest wants" : `all that ${manifest} wants`;
}

function windowFact({ until }: ScheduleInfo): string {
  return until === undefined ? "none: it ends when all is done" : `until ${until}; the next run goes on`;
}

/** What can be done about what went wrong. */
function hintFacts({ last, run }: ScheduleInfo): readonly Fact[] {
  const hints = run?.error?.hints ?? last?.error?.hints ?? [];
  return hints.slice(0, MAX_HINTS).map((hint) => ["Hint", hint]);
}

/** All that is known of it; what matters most comes first. */
export function scheduleFacts(schedule: ScheduleInfo, nowMs: number): readonly Fact[] {
  const { last, run, fromSettings } = schedule;
  return [
    ["State", `${standingText(schedule)}${fromSettings === true ? ", from the settings" : ""}`],
    ["When", timingText(schedule)],
    ["Window", windowFact(schedule)],
    ["Next run", nextFact(schedule, nowMs)],
    ["Last run", lastFact(schedule, nowMs)],
    ...(last === undefined ? [] : [["Result", resultText(last)]] satisfies Fact[]),
    ...(run?.error === undefined ? [] : [["Failed", run.error.message]] satisfies Fact[]),
    ...hintFacts(schedule),
    ["Limit", limitFact(schedule)],
    ["Fetches", fetchesFact(schedule)],
  ];
}
