/**
 * Where the log goes; the only place that configures logging.
 *
 * @module
 */
import type { LogLevel, LogRecord, Sink } from "@logtape/logtape";
import type { Output } from "./output/output.ts";
import type { DaemonRoom } from "./wiring.ts";

/** What is logged, and where. */
export interface LoggingOptions {
  readonly output: Output;
  readonly level: "info" | "debug";
}

/** Lines for a person, on standard error, without secrets. */
async function talkTo(output: Output): Promise<Sink> {
  const { getTextFormatter } = await import("@logtape/logtape");
  const format = getTextFormatter({
    timestamp: "time",
    level: "abbr",
    category: ".",
    lineEnding: "lf",
    value: "bare",
  });
  return (record) => output.log(format(record).trimEnd());
}

/** Shows the log on standard error, without secrets. */
export async function configureLogging({ output, level }: LoggingOptions): Promise<void> {
  const { configure } = await import("@logtape/logtape");
  await configure({
    reset: true,
    sinks: { talk: await talkTo(output) },
    loggers: [
      { category: "mm", sinks: ["talk"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: ["talk"], lowestLevel: "warning" },
    ],
  });
}

/** The log of the daemon. */
export interface DaemonLogging {
  /** Lets through what is at least so severe, from now on. */
  setLevel(level: LogLevel): void;
}

/** How the daemon logs. */
export interface DaemonLoggingOptions {
  readonly room: DaemonRoom;
  /** Absolute: the file of JSON lines. */
  readonly logPath: string;
  readonly level: LogLevel;
  readonly output: Output;
  /** Whether somebody looks on, or a service manager keeps what is said. */
  readonly talks: boolean;
}

const SEVERITIES: readonly LogLevel[] = ["trace", "debug", "info", "warning", "error", "fatal"];

/** JSON lines into rotating files, and, in the foreground, lines for a person as well. */
export async function configureDaemonLogging(options: DaemonLoggingOptions): Promise<DaemonLogging> {
  const { room, logPath, output, talks } = options;
  const { configure } = await import("@logtape/logtape");
  let lowest = SEVERITIES.indexOf(options.level);
  const isLoud = ({ level }: LogRecord): boolean => SEVERITIES.indexOf(level) >= lowest;
  const file = new room.RotatingFile(logPath);
  const talk = talks ? await talkTo(output) : undefined;
  let isWritten = true;
  await configure({
    reset: true,
    sinks: {
      file: (record) => {
        if (!isLoud(record)) return;
        const written = file.append(room.formatLogRecord(record));
        if (!written && isWritten && talks) output.warn(`The log "${logPath}" cannot be written`);
        isWritten = written;
      },
      talk: (record) => {
        if (isLoud(record)) talk?.(record);
      },
    },
    loggers: [
      { category: "mm", sinks: ["file", "talk"], lowestLevel: "trace" },
      { category: ["logtape", "meta"], sinks: ["talk"], lowestLevel: "warning" },
    ],
  });
  return {
    setLevel: (level) => {
      lowest = SEVERITIES.indexOf(level);
    },
  };
}
