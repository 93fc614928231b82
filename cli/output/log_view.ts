/**
 * The daemon's log on a screen.
 *
 * @module
 */
import type { LogLine } from "../../core/daemon/mod.ts";
import { printable } from "./text_width.ts";
import type { Style, Theme } from "./theme.ts";

/** How severe a line can be, as people name it, the least first. */
export const LOG_LEVELS = ["trace", "debug", "info", "warning", "error", "critical"] as const;
/** One of {@link LOG_LEVELS}. */
export type LogLevelName = typeof LOG_LEVELS[number];
/** As they are in the file. */
const SEVERITIES: readonly string[] = ["trace", "debug", "info", "warning", "error", "fatal"];

/** Whether a line is at least so severe. */
export function isAtLeast({ level }: Pick<LogLine, "level">, lowest: LogLevelName): boolean {
  return SEVERITIES.indexOf(level) >= LOG_LEVELS.indexOf(lowest);
}

const STYLES: Readonly<Record<string, (theme: Theme) => Style>> = {
  trace: (theme) => theme.dim,
  debug: (theme) => theme.dim,
  warning: (theme) => theme.warning,
  error: (theme) => theme.error,
  fatal: (theme) => theme.error,
};

/** The colour of a level; its word says the same. */
export function levelStyle(level: string, theme: Theme): Style {
  return STYLES[level]?.(theme) ?? ((text) => text);
}

/** A message in one line, safe to show. */
export function messageText(message: string): string {
  return printable(message.replaceAll("\n", " | "));
}

/** The local time of a line, to the second: `2026-11-21 17:10:49`. */
export function localTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const pad = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** `2026-11-21 17:10:49 info     queue     Job 1abc is downloading`. */
export function formatLogLine({ time, level, area, message }: LogLine, theme: Theme): string {
  const style = levelStyle(level, theme);
  const head = `${theme.dim(localTime(time))} ${style(level.padEnd(8))} ${area.padEnd(9)}`;
  // What follows in a message of several lines stands below it, so that each line that begins with a time is a record.
  return `${head} ${messageText(message)}`;
}
