/**
 * The daemon's log on a screen.
 *
 * @module
 */
import type { LogLine } from "../../core/daemon/mod.ts";
import { printable } from "./text_width.ts";
import type { Style, Theme } from "./theme.ts";

const STYLES: Readonly<Record<string, (theme: Theme) => Style>> = {
  trace: (theme) => theme.dim,
  debug: (theme) => theme.dim,
  warning: (theme) => theme.warning,
  error: (theme) => theme.error,
  fatal: (theme) => theme.error,
};

/** The local time of a line, to the second. */
function localTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const pad = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** `2026-11-21 17:10:49 info     queue     Job 1abc is downloading`. */
export function formatLogLine({ time, level, area, message }: LogLine, theme: Theme): string {
  const style = STYLES[level]?.(theme) ?? ((text: string) => text);
  const head = `${theme.dim(localTime(time))} ${style(level.padEnd(8))} ${area.padEnd(9)}`;
  // What follows in a message of several lines stands below it, so that each line that begins with a time is a record.
  return `${head} ${printable(message.replaceAll("\n", " | "))}`;
}
