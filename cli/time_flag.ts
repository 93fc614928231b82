/**
 * Readers for options that name a time: an age such as `30d`, or a date. Dates without a zone are UTC, as all dates
 * of the program are.
 *
 * @module
 */
import type { Clock } from "../core/base/clock.ts";
import { parseDuration } from "../core/base/duration.ts";
import { ModelManagerError } from "../core/base/errors.ts";

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d\d-\d\d$/;
const MOMENT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?$/i;

/** Reads the time from which on something counts, in milliseconds since 1970; a day counts from its beginning. */
export function sinceReader(option: string, clock: Clock): (text: string) => number {
  return (text) => readTime(text, { option, clock }).beginMs;
}

/** Reads the time before which something counts, in milliseconds since 1970; what is named counts as well. */
export function untilReader(option: string, clock: Clock): (text: string) => number {
  return (text) => readTime(text, { option, clock }).endMs;
}

function readTime(
  text: string,
  { option, clock }: { readonly option: string; readonly clock: Clock },
): { readonly beginMs: number; readonly endMs: number } {
  const trimmed = text.trim();
  const ms = DAY.test(trimmed) ? dayMs(trimmed) : momentMs(trimmed) ?? ageMs(trimmed, clock);
  if (ms === undefined) {
    throw new ModelManagerError("USAGE_ERROR", `The option ${option} is "${text}": wanted an age or a date`, {
      hints: [`Write it like ${option} 30d, ${option} 2025-01-31 or ${option} 2025-01-31T14:30 (UTC)`],
    });
  }
  return { beginMs: ms, endMs: ms + (DAY.test(trimmed) ? DAY_MS : 1) };
}

/** `undefined` for a day that is in no calendar, such as the 30th of February. */
function dayMs(day: string): number | undefined {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day) ? ms : undefined;
}

function momentMs(text: string): number | undefined {
  const [, day, time, zone = "Z"] = MOMENT.exec(text) ?? [];
  if (day === undefined || time === undefined || dayMs(day) === undefined) return undefined;
  const ms = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Only with a unit: a bare number could as well be a year. */
function ageMs(text: string, clock: Clock): number | undefined {
  if (!/^\d.*[a-z]$/i.test(text)) return undefined;
  try {
    return clock.now() - parseDuration(text);
  } catch {
    return undefined;
  }
}
