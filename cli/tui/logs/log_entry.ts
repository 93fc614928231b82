/**
 * A line of the daemon's log: pure.
 *
 * @module
 */
import type { LogLine } from "../../../core/daemon/mod.ts";
import { isAtLeast, localTime, type LogLevelName } from "../../output/log_view.ts";
import type { FactLine } from "../widgets/fact_lines.ts";

/** A line of the log. */
export interface LogEntry extends LogLine {
  /** As it is in the file: JSON with the facts of the line. */
  readonly raw: string;
}

/** Which lines are wanted. */
export interface LogChoice {
  /** At least so severe. */
  readonly level: LogLevelName;
  /** In the message or the name of the part, in either case; empty for all. */
  readonly text: string;
}

/** Whether a line is wanted. */
export function isWanted(entry: LogEntry, { level, text }: LogChoice): boolean {
  if (!isAtLeast(entry, level)) return false;
  const wanted = text.trim().toLowerCase();
  return wanted === "" || `${entry.area} ${entry.message}`.toLowerCase().includes(wanted);
}

const KNOWN = ["time", "level", "area", "message"];

/** Everything that a line tells, by name. */
export function entryFacts({ time, level, area, message, raw }: LogEntry): readonly FactLine[] {
  return [
    ["Time", localTime(time)],
    ["Level", level],
    ["Part", area],
    ["Message", ...message.split("\n")],
    ...furtherFacts(raw),
  ];
}

function furtherFacts(raw: string): FactLine[] {
  try {
    return Object.entries(JSON.parse(raw) as Readonly<Record<string, unknown>>)
      .filter(([name]) => !KNOWN.includes(name))
      .map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
  } catch {
    return [];
  }
}
