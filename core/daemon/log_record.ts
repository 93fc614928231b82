/**
 * A record of the log as a line of JSON, without secrets, and back again.
 *
 * @module
 */
import type { LogLevel, LogRecord } from "@logtape/logtape";
import { redactText } from "../base/redact.ts";

/** A line of the log, read back. */
export interface LogLine {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly level: LogLevel;
  /** Which part of the program it is about, such as `queue`. */
  readonly area: string;
  readonly message: string;
}

/** Names of facts whose values are nobody's business. */
const SECRET_NAME = /token|authorization|password|secret|cookie|credential|signature/i;
const MAX_DEPTH = 4;

/** A value for the log: no secrets, nothing endless. */
function tidy(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return String(value);
  if (value instanceof Error) return redactText(value.message);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "…";
  if (Array.isArray(value)) return value.map((each) => tidy(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      SECRET_NAME.test(name) && each !== undefined && each !== null ? "REDACTED" : tidy(each, depth + 1),
    ]),
  );
}

/** The text of a record. */
export function messageOf({ message }: Pick<LogRecord, "message">): string {
  const parts = message.map((part, index) => {
    if (index % 2 === 0 || typeof part === "string") return String(part);
    const value = tidy(part);
    return typeof value === "string" ? value : JSON.stringify(value) ?? "";
  });
  // As a whole: a secret may be in two parts.
  return redactText(parts.join(""));
}

/** Secrets are taken out here, whoever logged them: there is no other way into a file. */
export function formatLogRecord(record: LogRecord): string {
  const [root, ...rest] = record.category;
  const area = root === "mm" ? rest.join(".") || "mm" : record.category.join(".");
  // `text` is a message that came whole.
  const { text: _, ...facts } = tidy(record.properties) as Record<string, unknown>;
  return JSON.stringify({
    ...facts,
    time: new Date(record.timestamp).toISOString(),
    level: record.level,
    area,
    message: messageOf(record),
  });
}

/** Reads a line back; `undefined` when it is none of ours, such as half of one that a full disk has left. */
export function parseLogLine(line: string): LogLine | undefined {
  try {
    const { time, level, area, message } = JSON.parse(line);
    const known = [time, level, area, message].every((each) => typeof each === "string");
    return known ? { time, level, area, message } : undefined;
  } catch {
    return undefined;
  }
}
