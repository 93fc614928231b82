/**
 * When schedules are due: pure. Times of day are those of a time zone: a day on which the clocks change has each of
 * them once. One that is left out comes when the clocks have gone forward, one that comes twice counts the first time.
 *
 * @module
 */
import { Cron } from "croner";
import { localTime, systemTimeZone } from "../base/local_time.ts";
import type { ScheduleTiming } from "../state/schedule_record.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DAY_MINUTES = 24 * 60;
/** Clocks go forward or back by so much at most. */
const MAX_SHIFT_MS = 2 * HOUR_MS;

/** How far back a due time is looked for, the nearest first: schedules that are due often are due lately. */
const LOOKBACKS_MS = [HOUR_MS, DAY_MS, 8 * DAY_MS, 35 * DAY_MS, 370 * DAY_MS, 3_000 * DAY_MS];

/** Patterns cost time to read, and there are few. */
const crons = new Map<string, Cron>();
const MAX_CRONS = 200;

function cronOf(pattern: string, timeZone: string): Cron {
  const key = `${timeZone} ${pattern}`;
  let cron = crons.get(key);
  if (cron === undefined) {
    if (crons.size >= MAX_CRONS) crons.clear();
    cron = new Cron(pattern, { timezone: timeZone, paused: true, mode: "5-part" });
    crons.set(key, cron);
  }
  return cron;
}

function patternOfTime(time: string, day: number | "*" = "*"): string {
  const [hours = "0", minutes = "0"] = time.split(":");
  return `${Number(minutes)} ${Number(hours)} * * ${day}`;
}

/** The pattern by which a schedule is due: five fields, or a word such as `@daily`. */
export function patternOf({ type, time = "00:00", day = 0, cron = "" }: ScheduleTiming): string {
  if (type === "cron") return cron;
  return patternOfTime(time, type === "weekly" ? day : "*");
}

/** The zone whose clock counts. */
export function zoneOf({ timeZone }: Pick<ScheduleTiming, "timeZone">): string {
  return timeZone ?? systemTimeZone();
}

function nextOf(pattern: string, afterMs: number, timeZone: string): number | undefined {
  return cronOf(pattern, timeZone).nextRun(new Date(afterMs))?.getTime();
}

/**
 * The first time after `afterMs` at which it is due, in milliseconds since 1970; `undefined` when it never is.
 *
 * @throws {Error} Whatever croner has to say against the pattern.
 */
export function nextDueMs(timing: ScheduleTiming, afterMs: number): number | undefined {
  return nextOf(patternOf(timing), afterMs, zoneOf(timing));
}

/** The last time after `afterMs`, and not after `untilMs`, at which it was due. */
export function lastDueMs(
  timing: ScheduleTiming,
  range: { readonly afterMs: number; readonly untilMs: number },
): number | undefined {
  const { afterMs, untilMs } = range;
  for (const lookbackMs of LOOKBACKS_MS) {
    const fromMs = Math.max(afterMs, untilMs - lookbackMs);
    let found: number | undefined;
    for (let due = nextDueMs(timing, fromMs); due !== undefined && due <= untilMs;) {
      found = due;
      due = nextDueMs(timing, due);
    }
    if (found !== undefined) return found;
    if (fromMs === afterMs) return undefined;
  }
  return undefined;
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

/**
 * When the window of the run ends that is due at `dueMs`: it is at work from then on, and before that. `undefined` for
 * a schedule without a window. When the clocks go forward over all of a window, it ends as it begins.
 */
export function windowEndMs(timing: ScheduleTiming, dueMs: number): number | undefined {
  const { until, time } = timing;
  if (until === undefined) return undefined;
  const timeZone = zoneOf(timing);
  const { hour, minute } = localTime(dueMs, { timeZone });
  const beginMinutes = timing.type === "cron" || time === undefined ? hour * 60 + minute : minutesOf(time);
  const lengthMs = ((minutesOf(until) - beginMinutes + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES) * MINUTE_MS;
  const endMs = nextOf(patternOfTime(until), dueMs, timeZone) ?? dueMs + lengthMs;
  // The end was left out together with the beginning: the next one is that of another night.
  return endMs - dueMs > lengthMs + MAX_SHIFT_MS ? dueMs : endMs;
}
