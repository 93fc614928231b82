/**
 * Clocks on walls: the time of day in a time zone.
 *
 * @module
 */
import { ModelManagerError } from "./errors.ts";

/** Whose time of day counts. */
export interface ZoneOptions {
  /** An IANA name such as `Europe/Berlin`. @default the machine's own */
  readonly timeZone?: string | undefined;
}

/** What a clock on the wall shows. */
export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      weekday: "short",
      hour: "numeric",
      minute: "numeric",
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** The machine's own time zone. */
export function systemTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** What the clock shows at a time. */
export function localTime(timeMs: number, { timeZone }: ZoneOptions = {}): LocalTime {
  if (timeZone === undefined) {
    const date = new Date(timeMs);
    return {
      year: date.getFullYear(),
      month: date.getMonth() + 1,
      day: date.getDate(),
      weekday: date.getDay(),
      hour: date.getHours(),
      minute: date.getMinutes(),
    };
  }
  const parts = new Map(formatOf(timeZone).formatToParts(timeMs).map(({ type, value }) => [type, value]));
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  return {
    year: number("year"),
    month: number("month"),
    day: number("day"),
    weekday: WEEKDAYS.indexOf(parts.get("weekday") ?? ""),
    hour: number("hour"),
    minute: number("minute"),
  };
}

/** `Mon 2025-03-31 23:00`, as the clock in that zone shows it. */
export function formatLocalTime(timeMs: number, options: ZoneOptions = {}): string {
  const { year, month, day, weekday, hour, minute } = localTime(timeMs, options);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${WEEKDAYS[weekday]} ${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`;
}

/**
 * A time zone by its IANA name, as the machine knows it.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when there is none of that name.
 */
export function parseTimeZone(name: string): string {
  const trimmed = name.trim();
  try {
    // Offsets such as +02:00 are taken by some runtimes, but know no daylight-saving time.
    if (/^[A-Za-z]/.test(trimmed)) {
      return new Intl.DateTimeFormat("en-US", { timeZone: trimmed }).resolvedOptions().timeZone;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new ModelManagerError("USAGE_ERROR", `There is no time zone "${name}": wanted an IANA name`, {
    hints: ["Write it like Europe/Berlin, America/New_York or UTC"],
  });
}
