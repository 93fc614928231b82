/**
 * A schedule that is to be made, in words and as a command line: pure.
 *
 * @module
 */
import { formatByteRate } from "../../../core/base/byte_size.ts";
import type {
  ScheduleRequest,
  ScheduleTiming,
  TimingRequest,
} from "../../../core/operations/model_manager.ts";
import { formatCommandLine } from "../../command_line.ts";
import { timingText, workText } from "../../output/schedule_view.ts";
import { printable } from "../../output/text_width.ts";

/** What was answered. */
export type ScheduleAnswers = Omit<ScheduleRequest, "name">;

const NIGHT = { from: "18:00", to: "06:00" } as const;

/** A name that is free. */
export function suggestName({ type, time = "" }: TimingRequest, taken: readonly string[]): string {
  const isNight = time >= NIGHT.from || time < NIGHT.to;
  const name = type === "daily" ? (isNight ? "nightly" : "daily") : type ?? "schedule";
  if (!taken.includes(name)) return name;
  let number = 2;
  while (taken.includes(`${name}-${number}`)) number++;
  return `${name}-${number}`;
}

/** The same as a command line. */
export function scheduleCommand(request: ScheduleRequest): string {
  const { name, type, time, day, cron, until, references = [], manifest, limitBytesPerSecond: limit } =
    request;
  const option = (key: string, value: string | undefined): string[] =>
    value === undefined ? [] : [key, value];
  return formatCommandLine([
    "schedule",
    "create",
    ...option("--type", type),
    ...option("--day", day),
    ...option("--time", time),
    ...option("--cron", cron),
    ...option("--until", until),
    ...(limit === undefined ? [] : ["--limit-rate", limit === null ? "off" : String(limit)]),
    ...option("--manifest", manifest),
    "--name",
    name,
    ...references,
  ]);
}

/** What it would do, a line each. */
export function requestLines(request: ScheduleRequest, timing: ScheduleTiming): readonly string[] {
  const { references = [], manifest, limitBytesPerSecond: limit } = request;
  const work = workText({ references, ...(manifest === undefined ? {} : { manifest }) });
  const rate = limit === undefined ? "as the settings say" : limit === null ? "none" : formatByteRate(limit);
  return [
    `When: ${timingText(timing)}`,
    `Fetches: ${work}`,
    `Limit: ${rate}`,
    `As a command: ${scheduleCommand(request)}`,
  ].map(printable);
}
