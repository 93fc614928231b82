/**
 * Durations and ages as people write and read them.
 *
 * @module
 */
import { ModelManagerError } from "./errors.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * Milliseconds from `30d`, `90s`, `1h30m` or a plain number of seconds.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when the text is no duration.
 */
export function parseDuration(text: string): number {
  const trimmed = text.trim().toLowerCase();
  let total = NaN;
  if (/^\d+(\.\d+)?$/.test(trimmed)) total = Number(trimmed) * 1000;
  else if (/^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/.test(trimmed)) {
    total = 0;
    for (const [, amount, , unit] of trimmed.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d|w)/g)) {
      total += Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
    }
  }
  if (Number.isSafeInteger(Math.round(total))) return Math.round(total);
  throw new ModelManagerError(
    "USAGE_ERROR",
    `Cannot read "${text}" as a duration: wanted a number with a unit`,
    {
      hints: ["Write it like 30d, 12h, 90s or 1h30m"],
    },
  );
}

/** `2:05` or `1:02:05`, for clocks on bars. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const pad = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}

/** `3 days ago`, `just now`; a time in the future reads `just now`. */
export function formatAge(ms: number): string {
  const units: readonly (readonly [string, number])[] = [
    ["year", 365 * 86_400_000],
    ["month", 30 * 86_400_000],
    ["week", 604_800_000],
    ["day", 86_400_000],
    ["hour", 3_600_000],
    ["minute", 60_000],
  ];
  for (const [name, length] of units) {
    const count = Math.floor(ms / length);
    if (count >= 1) return `${count} ${name}${count === 1 ? "" : "s"} ago`;
  }
  return "just now";
}
