/**
 * What people write down as the times of a schedule, checked as a whole.
 *
 * @module
 */
import { Cron } from "croner";
import { ModelManagerError } from "../base/errors.ts";
import { meantHints } from "../base/near_names.ts";
import { parseTimeZone } from "../base/local_time.ts";
import { SCHEDULE_KINDS, type ScheduleKind, type ScheduleTiming } from "../state/schedule_record.ts";
import { nextDueMs } from "./schedule_times.ts";

/** The times of a schedule, as typed. */
export interface TimingRequest {
  /** `daily`, `weekly` or `cron`. @default what the other fields make of it, else `daily` */
  readonly type?: string;
  /** Time of day, `HH:MM`. */
  readonly time?: string;
  /** `mon` to `sun`, or 0 to 7: 0 and 7 are Sunday. */
  readonly day?: string;
  /** Five fields, or a word such as `@daily`. */
  readonly cron?: string;
  /** Time of day at which the work pauses until the next run. */
  readonly until?: string;
  /** IANA name. @default the machine's own */
  readonly timeZone?: string;
}

/** The days by their numbers. */
export const DAY_NAMES = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
] as const;

function refuse(message: string, ...hints: readonly string[]): never {
  throw new ModelManagerError("USAGE_ERROR", message, { hints });
}

const SEE_HELP = "See how it is used: mm schedule create --help";

/**
 * A time of day as `HH:MM`.
 *
 * @param option How the person calls it, such as `--time`.
 * @throws {ModelManagerError} `USAGE_ERROR` saying what is allowed.
 */
export function parseTimeOfDay(text: string, option: string): string {
  const [, hours = "", minutes = ""] = /^(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? [];
  if (hours !== "" && Number(hours) <= 23 && Number(minutes) <= 59) {
    return `${hours.padStart(2, "0")}:${minutes}`;
  }
  return refuse(
    `The option ${option} is "${text}": wanted a time of day from 00:00 to 23:59`,
    `Write it like ${option} 23:00`,
  );
}

/**
 * The number of a day, 0 for Sunday to 6 for Saturday.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` saying what is allowed.
 */
export function parseDay(text: string): number {
  const word = text.trim().toLowerCase();
  if (/^[0-7]$/.test(word)) return Number(word) % 7;
  const named = word.length < 2 ? -1 : DAY_NAMES.findIndex((name) => name.toLowerCase().startsWith(word));
  if (named >= 0) return named;
  return refuse(
    `The option --day is "${text}": wanted mon, tue, wed, thu, fri, sat or sun, or 0 to 7 (0 and 7 are Sunday, 1 is Monday)`,
    "Write it like --day fri, or --day 5",
  );
}

/** In our own words: the library counts days and months from 0. */
function whyNoPattern(error: unknown): string {
  const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, "") : String(error);
  const [, field] = /^Invalid value for (\w+)/.exec(reason) ?? [];
  if (field !== undefined) return `its ${field === "dayOfWeek" ? "weekday" : field} is out of range`;
  return `${reason.charAt(0).toLowerCase()}${reason.slice(1).replace(/\.$/, "")}`;
}

/**
 * A pattern of cron, its fields with one space between them.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when it is none, or when it is never due.
 */
export function parseCron(
  text: string,
  options: { readonly nowMs: number; readonly timeZone?: string },
): string {
  const pattern = text.trim().split(/\s+/).join(" ");
  // What the library takes for a single date is no schedule.
  if (pattern.split(" ").length !== 5 && !/^@\w+$/.test(pattern)) {
    return refuse(
      `Cannot read the pattern "${text}": wanted five fields, for minute, hour, day of the month, month and day of the week`,
      'Write it like --cron "30 23 * * 1-5"',
    );
  }
  try {
    new Cron(pattern, { paused: true, mode: "5-part" });
  } catch (error) {
    return refuse(
      `Cannot read the pattern "${text}": ${whyNoPattern(error)}`,
      'Write it like --cron "30 23 * * 1-5": minute 0-59, hour 0-23, day 1-31, month 1-12, weekday 0-7',
    );
  }
  const { nowMs, timeZone } = options;
  const timing = { type: "cron", cron: pattern, ...(timeZone === undefined ? {} : { timeZone }) } as const;
  if (nextDueMs(timing, nowMs) === undefined) {
    return refuse(
      `The pattern "${text}" is never due: no day is like that`,
      'Write it like --cron "0 23 28 * *" for the 28th of each month, or "0 23 L * *" for its last day',
    );
  }
  return pattern;
}

function readKind({ type, cron, day }: TimingRequest): ScheduleKind {
  if (type === undefined) return cron !== undefined ? "cron" : day !== undefined ? "weekly" : "daily";
  const kind = SCHEDULE_KINDS.find((each) => each === type.trim().toLowerCase());
  if (kind !== undefined) return kind;
  const meant = meantHints(type, SCHEDULE_KINDS);
  return refuse(
    `There is no type of schedule "${type}": wanted ${SCHEDULE_KINDS.join(", ")}`,
    ...meant,
    SEE_HELP,
  );
}

/** Options that mean nothing for a type are mistakes: somebody wants something else than he would get. */
const FITTING: Readonly<Record<ScheduleKind, readonly ("time" | "day" | "cron")[]>> = {
  daily: ["time"],
  weekly: ["time", "day"],
  cron: ["cron"],
};

const EXAMPLES: Readonly<Record<ScheduleKind, string>> = {
  daily: "mm schedule create --type daily --time 23:00 --name nightly",
  weekly: "mm schedule create --type weekly --day fri --time 23:00 --name weekend",
  cron: 'mm schedule create --type cron --cron "0 23 * * 1-5" --name workdays',
};

function checkFitting(kind: ScheduleKind, request: TimingRequest): void {
  for (const field of ["time", "day", "cron"] as const) {
    const fits = FITTING[kind].includes(field);
    if (fits === (request[field] !== undefined)) continue;
    refuse(
      fits
        ? `A ${kind} schedule wants the option --${field}`
        : `The option --${field} means nothing for a ${kind} schedule`,
      `Write it like: ${EXAMPLES[kind]}`,
    );
  }
}

/**
 * Checks the times of a schedule.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` naming the option that is wrong, and what is allowed.
 */
export function readTiming(request: TimingRequest, options: { readonly nowMs: number }): ScheduleTiming {
  const kind = readKind(request);
  checkFitting(kind, request);
  const timeZone = request.timeZone === undefined ? undefined : parseTimeZone(request.timeZone);
  const zone = timeZone === undefined ? {} : { timeZone };
  const time = request.time === undefined ? undefined : parseTimeOfDay(request.time, "--time");
  const until = request.until === undefined ? undefined : parseTimeOfDay(request.until, "--until");
  if (until !== undefined && until === time) {
    refuse(
      `The window from ${time} to ${until} is empty`,
      "Leave --until out to let each run end when all is done",
    );
  }
  return {
    type: kind,
    ...(time === undefined ? {} : { time }),
    ...(request.day === undefined ? {} : { day: parseDay(request.day) }),
    ...(request.cron === undefined
      ? {}
      : { cron: parseCron(request.cron, { nowMs: options.nowMs, ...zone }) }),
    ...(until === undefined ? {} : { until }),
    ...zone,
  };
}
