/**
 * Rate limits by the time of day: the timetable that users of rclone know, such as `08:00,2M 12:00,10M 23:00,off` or
 * `Mon-08:00,512k Fri-18:00,off`. Pure.
 *
 * An entry counts from its time until the next one; before the first one of a week, the last one counts. Times are
 * local times of day, so that a change of the clocks moves nothing.
 *
 * @module
 */
import { parseByteSize } from "./byte_size.ts";
import { isModelManagerError, ModelManagerError } from "./errors.ts";
import { localTime, type ZoneOptions } from "./local_time.ts";

/** From when on which limit counts. */
export interface RateStep {
  /** Minutes since Sunday, 00:00. */
  readonly minuteOfWeek: number;
  /** Bytes a second; `undefined` for no limit. */
  readonly bytesPerSecond: number | undefined;
}

/** The steps of a week, in the order of their times. */
export type RateTimetable = readonly RateStep[];

/** A limit as it is set: bytes a second, the text of a timetable, or `null` for none. */
export type RateSetting = number | string | null;

const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const MINUTE_MS = 60_000;
const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;

/** Whether a text is meant as a timetable: a single rate has no comma and no time. */
export function isTimetableText(text: string): boolean {
  return /[,:;]/.test(text);
}

function refuse(entry: string, what: string): never {
  throw new ModelManagerError("USAGE_ERROR", `Cannot read "${entry}" in the timetable of rates: ${what}`, {
    hints: ['Write it like "08:00,2M 12:00,10M 23:00,off" or "Mon-08:00,512k Fri-18:00,off"'],
  });
}

/** Minutes since the beginning of Sunday for a named day, `undefined` for every day. */
function readDay(name: string | undefined, entry: string): number | undefined {
  if (name === undefined) return undefined;
  const word = name.toLowerCase();
  const index = DAYS.findIndex((day) => day === word || day.slice(0, 3) === word);
  return index >= 0
    ? index * DAY_MINUTES
    : refuse(entry, `there is no day "${name}", wanted Sun, Mon, Tue, Wed, Thu, Fri or Sat`);
}

function readRate(text: string, entry: string): number | undefined {
  if (/^(?:off|none|unlimited|0)$/i.test(text)) return undefined;
  // Elsewhere such a number counts kilobytes: nobody is to get a thousandth of what he wrote.
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    return refuse(entry, `"${text}" has no unit, wanted one such as ${text}k`);
  }
  try {
    const rate = parseByteSize(text);
    if (rate >= 1) return rate;
  } catch (error) {
    if (!isModelManagerError(error)) throw error;
  }
  return refuse(entry, `"${text}" is no rate, wanted bytes a second such as 2M, or off`);
}

/**
 * Reads a timetable. Entries are separated by spaces or semicolons.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` naming the entry that is wrong.
 */
export function parseRateTimetable(text: string): RateTimetable {
  const steps = new Map<number, number | undefined>();
  const everyDay = new Map<number, number | undefined>();
  for (const entry of text.split(/[\s;]+/).filter((part) => part !== "")) {
    const [, day, time = "", rate = ""] = /^(?:([^-,]+)-)?([^,]*),([^,]*)$/.exec(entry) ??
      refuse(entry, "wanted a time and a rate with a comma between them");
    const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(time) ?? [];
    if (hours === undefined || Number(hours) > 23 || Number(minutes) > 59) {
      refuse(entry, `"${time}" is no time of day, wanted 00:00 to 23:59`);
    }
    const minute = Number(hours) * 60 + Number(minutes);
    const dayMinute = readDay(day, entry);
    const place = dayMinute === undefined ? everyDay : steps;
    const key = minute + (dayMinute ?? 0);
    if (place.has(key)) refuse(entry, "there is another entry for this time");
    place.set(key, readRate(rate, entry));
  }
  for (const [minute, rate] of everyDay) {
    for (let start = 0; start < WEEK_MINUTES; start += DAY_MINUTES) {
      // What is said of one day wins over what is said of all.
      if (!steps.has(start + minute)) steps.set(start + minute, rate);
    }
  }
  if (steps.size === 0) refuse(text, "it has no entry");
  return [...steps].map(([minuteOfWeek, bytesPerSecond]) => ({ minuteOfWeek, bytesPerSecond }))
    .sort((a, b) => a.minuteOfWeek - b.minuteOfWeek);
}

function minuteOfWeekAt(timeMs: number, options: ZoneOptions): number {
  const { weekday, hour, minute } = localTime(timeMs, options);
  return weekday * DAY_MINUTES + hour * 60 + minute;
}

/** The limit at a time, in bytes a second; `undefined` for none. */
export function timetableLimitAt(
  timetable: RateTimetable,
  timeMs: number,
  options: ZoneOptions = {},
): number | undefined {
  const now = minuteOfWeekAt(timeMs, options);
  const step = timetable.findLast(({ minuteOfWeek }) => minuteOfWeek <= now) ?? timetable.at(-1);
  return step?.bytesPerSecond;
}

/** When the limit changes next, in milliseconds since 1970; `undefined` when it never does. */
export function nextTimetableChange(
  timetable: RateTimetable,
  timeMs: number,
  options: ZoneOptions = {},
): number | undefined {
  const limit = timetableLimitAt(timetable, timeMs, options);
  const now = minuteOfWeekAt(timeMs, options);
  const minuteMs = Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
  const waits = timetable.filter(({ bytesPerSecond }) => bytesPerSecond !== limit)
    .map(({ minuteOfWeek }) => (minuteOfWeek - now + WEEK_MINUTES) % WEEK_MINUTES || WEEK_MINUTES);
  if (waits.length === 0) return undefined;
  const wanted = Math.min(...waits) + now;
  const guess = minuteMs + Math.min(...waits) * MINUTE_MS;
  // The clocks may have changed in between: by how much, the time of day at the guess tells.
  let off = (wanted - minuteOfWeekAt(guess, options)) % WEEK_MINUTES;
  if (off > WEEK_MINUTES / 2) off -= WEEK_MINUTES;
  if (off < -WEEK_MINUTES / 2) off += WEEK_MINUTES;
  const moved = guess + off * MINUTE_MS;
  return moved > timeMs && timetableLimitAt(timetable, moved, options) !== limit ? moved : guess;
}

/** The timetable that was read last: a limit is looked up every second. */
let last: { readonly text: string; readonly timetable: RateTimetable } | undefined;

function timetableOf(text: string): RateTimetable {
  if (last?.text !== text) last = { text, timetable: parseRateTimetable(text) };
  return last.timetable;
}

/**
 * What a setting means at a time, in bytes a second; `undefined` for no limit.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when its text is no timetable.
 */
export function rateLimitAt(
  setting: RateSetting | undefined,
  timeMs: number,
  options: ZoneOptions = {},
): number | undefined {
  if (typeof setting === "string") return timetableLimitAt(timetableOf(setting), timeMs, options);
  return setting ?? undefined;
}

/**
 * When what a setting means changes next, in milliseconds since 1970; `undefined` when it stays.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when its text is no timetable.
 */
export function nextRateChangeMs(
  setting: RateSetting | undefined,
  timeMs: number,
  options: ZoneOptions = {},
): number | undefined {
  return typeof setting === "string" ? nextTimetableChange(timetableOf(setting), timeMs, options) : undefined;
}
