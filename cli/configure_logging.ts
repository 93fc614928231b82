/**
 * Where the log goes; the only place that configures logging.
 *
 * @module
 */
import type { Output } from "./output/output.ts";

/** What is logged, and where. */
export interface LoggingOptions {
  readonly output: Output;
  readonly level: "info" | "debug";
}

/** Shows the log on standard error, without secrets. */
export async function configureLogging({ output, level }: LoggingOptions): Promise<void> {
  const { configure, getTextFormatter } = await import("@logtape/logtape");
  const format = getTextFormatter({
    timestamp: "time",
    level: "abbr",
    category: ".",
    lineEnding: "lf",
    value: "bare",
  });
  await configure({
    reset: true,
    sinks: { talk: (record) => output.log(format(record).trimEnd()) },
    loggers: [
      { category: "mm", sinks: ["talk"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: ["talk"], lowestLevel: "warning" },
    ],
  });
}
