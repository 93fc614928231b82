/**
 * Schedules on a screen and in documents.
 *
 * @module
 */
import { formatByteRate, formatByteSize } from "../../core/base/byte_size.ts";
import { formatLocalTime } from "../../core/base/local_time.ts";
import type {
  ScheduleChange,
  ScheduleInfo,
  ScheduleResult,
  ScheduleTiming,
} from "../../core/operations/model_manager.ts";
import { describeErrorData } from "./error_view.ts";
import { plural } from "./humanize.ts";
import type { Column } from "./table.ts";
import type { Style, Theme } from "./theme.ts";

const DAYS = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"];

/** `daily 23:00 – 07:00`, `Fridays 23:00`, `0 23 * * *`. */
export function timingText({ type, time = "", day = 0, cron = "", until, timeZone }: ScheduleTiming): string {
  const when = type === "cron" ? cron : `${type === "weekly" ? DAYS[day] : "daily"} ${time}`;
  const window = until === undefined ? "" : ` until ${until}`;
  return `${when}${window}${timeZone === undefined ? "" : ` ${timeZone}`}`;
}

/** What it fetches. */
export function workText({ references, manifest }: Pick<ScheduleInfo, "references" | "manifest">): string {
  const [first, ...others] = references;
  if (first === undefined) return manifest ?? "the manifest";
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** The limits that it has of its own; empty when it has none. */
export function limitText({ limitBytesPerSecond: limit, maxConcurrent }: ScheduleInfo): string {
  const rate = limit === undefined ? "" : limit === null ? "no limit" : formatByteRate(limit);
  return [rate, maxConcurrent === undefined ? "" : `${maxConcurrent} at once`].filter((text) => text !== "")
    .join(", ");
}

/** On which machine it is worked on, where machines share the store. */
function atWork({ owner }: NonNullable<ScheduleInfo["run"]>): string {
  return owner?.installation === undefined ? "at work" : `at work on ${owner.host}`;
}

/** When it runs next, or what it does just now. */
export function nextText(schedule: ScheduleInfo): string {
  const { enabled, run, nextRunAt, timeZone } = schedule;
  if (!enabled) return "off";
  if (run?.owner !== undefined) return atWork(run);
  if (run?.retryAt !== undefined) return `again ${formatLocalTime(Date.parse(run.retryAt), { timeZone })}`;
  if (run !== undefined) return "goes on with the daemon";
  return nextRunAt === undefined ? "never" : formatLocalTime(Date.parse(nextRunAt), { timeZone });
}

/** How a run ended, and what came of it. */
export function resultText({ machine, ...result }: ScheduleResult): string {
  return machine === undefined ? howItEnded(result) : `${howItEnded(result)}, by ${machine}`;
}

function howItEnded({ status, counts, error, warning }: ScheduleResult): string {
  if (error !== undefined) return `${status}: ${error.message}`;
  if (warning !== undefined) return `${status}, but: ${warning}`;
  if (counts === undefined || status !== "completed") return status;
  const { downloaded, bytesFetched } = counts;
  return downloaded === 0
    ? `${status}, all was there`
    : `${status}, ${plural(downloaded, "download")}, ${formatByteSize(bytesFetched)}`;
}

/** What a new schedule does. */
export function createdText(schedule: ScheduleInfo): string {
  return `Created ${schedule.name}: ${timingText(schedule)}, fetches ${workText(schedule)}`;
}

/** When it runs for the first time; `undefined` when it never does. */
export function firstRunText({ nextRunAt, timeZone }: ScheduleInfo): string | undefined {
  if (nextRunAt === undefined) return undefined;
  return `Runs first ${formatLocalTime(Date.parse(nextRunAt), { timeZone })}, when the daemon runs`;
}

/** What can be done to a schedule by its name. */
export type ScheduleChangeKind = "remove" | "enable" | "disable";

const CHANGES: Readonly<Record<ScheduleChangeKind, readonly [changed: string, same: string]>> = {
  remove: ["Removed", "gone already"],
  enable: ["Switched on", "on already"],
  disable: ["Switched off", "off already"],
};

/** What became of a schedule. */
export function changeText(kind: ScheduleChangeKind, { name, changed }: ScheduleChange): string {
  const [done, same] = CHANGES[kind];
  return changed ? `${done} ${name}` : `The schedule ${name} is ${same}`;
}

/** Whether a schedule is on after another one, or itself, was made the only one. */
export function activeText({ name, changed, schedule }: ScheduleChange): string {
  return `${name} is ${schedule?.enabled === true ? "on" : "off"}${changed ? " now" : ", as before"}`;
}

/** Colours of the words for how a run ended. */
export const RESULT_STYLES: Readonly<Record<ScheduleResult["status"], (theme: Theme) => Style | undefined>> =
  {
    completed: (theme) => theme.good,
    failed: (theme) => theme.error,
    paused: (theme) => theme.warning,
    missed: (theme) => theme.warning,
    cancelled: (theme) => theme.dim,
  };

/** The table of `mm schedule list`; times are those of each schedule's own zone. */
export const SCHEDULE_COLUMNS: readonly Column<ScheduleInfo>[] = [
  { header: "NAME", cell: ({ name }) => name },
  { header: "WHEN", cell: timingText, minimum: 18 },
  { header: "FETCHES", cell: workText, minimum: 12, cut: "middle", expendable: 2 },
  { header: "LIMITS", cell: limitText, expendable: 4 },
  {
    header: "NEXT RUN",
    cell: nextText,
    style: ({ enabled, run }, theme) => !enabled ? theme.dim : run === undefined ? undefined : theme.accent,
  },
  {
    header: "LAST RUN",
    cell: ({ last, timeZone }) =>
      last === undefined ? "" : formatLocalTime(Date.parse(last.startedAt ?? last.dueAt), { timeZone }),
    expendable: 3,
  },
  {
    header: "RESULT",
    cell: ({ last }) => last === undefined ? "" : resultText(last),
    style: ({ last }, theme) => last === undefined ? undefined : RESULT_STYLES[last.status](theme),
    minimum: 10,
    expendable: 1,
  },
];

/** A schedule in a document: `status` is `off`, `waiting`, `running` or `resting`, in the middle of a run. */
export function scheduleDocument(schedule: ScheduleInfo): object {
  const { fromSettings, handledUntil: _, run, last, limitBytesPerSecond, nextRunAt, ...rest } = schedule;
  const running = run === undefined ? undefined : withoutOwner(run);
  const { enabled } = rest;
  return {
    ...rest,
    ...(limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond }),
    fromSettings: fromSettings === true,
    status: run?.owner !== undefined
      ? "running"
      : run !== undefined
      ? "resting"
      : enabled
      ? "waiting"
      : "off",
    nextRunAt: nextRunAt ?? null,
    run: running ?? null,
    last: last === undefined ? null : withError(last),
  };
}

/** Of who works on it, only the machine, where machines share the store. */
function withoutOwner({ owner, ...run }: NonNullable<ScheduleInfo["run"]>): object {
  return withError({ ...run, ...(owner?.installation === undefined ? {} : { machine: owner.host }) });
}

function withError<T extends { readonly error?: ScheduleResult["error"] }>({ error, ...rest }: T): object {
  return { ...rest, ...(error === undefined ? {} : { error: describeErrorData(error) }) };
}

/** `mm schedule list`. */
export function schedulesDocument(schedules: readonly ScheduleInfo[]): object {
  return { schedules: schedules.map(scheduleDocument) };
}

/** Every command that changes schedules. */
export function scheduleChangesDocument(changes: readonly ScheduleChange[]): object {
  return {
    results: changes.map(({ name, changed, schedule }) => ({
      name,
      changed,
      schedule: schedule === undefined ? null : scheduleDocument(schedule),
    })),
  };
}
