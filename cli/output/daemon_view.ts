/**
 * The daemon on a screen and in documents.
 *
 * @module
 */
import { formatByteRate, formatByteSize } from "../../core/base/byte_size.ts";
import { formatLocalTime } from "../../core/base/local_time.ts";
import { formatDuration } from "../../core/base/duration.ts";
import type {
  DaemonNote,
  DaemonProblem,
  DaemonStatus,
  NextSchedule,
  ScheduleDownload,
} from "../../core/daemon/mod.ts";
import type { JobRecord, LibrarySpace } from "../../core/operations/model_manager.ts";
import { formatDateAge, formatPercent, plural } from "./humanize.ts";
import type { Output } from "./output.ts";
import { jobDocument } from "./queue_view.ts";
import type { Column } from "./table.ts";
import type { Theme } from "./theme.ts";

/** Everything that `mm status` knows. */
export interface StatusFacts {
  /** `undefined` when it does not run, or does not answer. */
  readonly status: DaemonStatus | undefined;
  /** It is there, but does not answer. */
  readonly silent?: { readonly pid: number; readonly startedAt: string } | undefined;
  /** All that are not finished, in the order of their turns. */
  readonly jobs: readonly JobRecord[];
  readonly failedJobs?: number;
  /** From when on the first of them is tried again; ISO 8601, UTC. */
  readonly retryAt?: string | undefined;
  /** When no daemon is there to say it. */
  readonly nextSchedule?: NextSchedule | null | undefined;
  /** How the latest daemon ended, when none runs. */
  readonly last?: DaemonNote | undefined;
  readonly logPath?: string;
  /** `undefined` when the disk does not let us look. */
  readonly space?: LibrarySpace | undefined;
}

/** `mm status`, `mm start`. Not running is an answer like any other. */
export function statusDocument(facts: StatusFacts): object {
  const { status, silent, jobs, failedJobs, retryAt, last, logPath, space } = facts;
  const { pid, startedAt, nextSchedule, ...others } = status ??
    { ...silent, nextSchedule: facts.nextSchedule };
  return {
    running: status !== undefined || silent !== undefined,
    pid,
    startedAt,
    answers: status !== undefined,
    jobs: jobs.map(jobDocument),
    failedJobs,
    retryAt,
    nextSchedule,
    logPath,
    last,
    space,
    ...others,
  };
}

/** Says what does not work just now. */
export function sayProblems(problems: readonly DaemonProblem[], output: Output): void {
  for (const { part, message } of problems) output.warn(`${part}: ${message}`);
  if (problems.length > 0) output.suggest("See more: mm logs");
}

function row(name: string, text: string, theme: Theme): string {
  return `${theme.dim(name.padEnd(10))} ${text}`;
}

function queueLine({ jobs, failedJobs = 0, retryAt }: StatusFacts): string {
  const count = (status: JobRecord["status"]): number => jobs.filter((job) => job.status === status).length;
  const parts = [
    [count("downloading"), "downloading"],
    [count("pending"), "waiting"],
    [count("paused"), "paused"],
    [failedJobs, "failed"],
  ] as const;
  const text = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`).join(", ");
  if (retryAt === undefined) return text === "" ? "empty" : text;
  return `${text} (tried again from ${formatLocalTime(Date.parse(retryAt))} on)`;
}

function scheduleLine(status: DaemonStatus, nowMs: number): string {
  const running = status.runningSchedules.map(({ name, limitRate }) => {
    if (limitRate === undefined) return `${name} is at work`;
    const limit = limitRate === null ? "no rate limit" : `at most ${formatByteRate(limitRate)}`;
    return `${name} is at work (${limit})`;
  });
  const { nextSchedule: next } = status;
  if (next === null) return [...running, "none is due"].join(", ");
  const inMs = Math.max(0, Date.parse(next.at) - nowMs);
  return [...running, `next ${next.name} in ${formatDuration(inMs)}`].join(", ");
}

/** Something that a schedule fetches, in a table of all. */
export interface ScheduleDownloadRow extends ScheduleDownload {
  /** Of the schedule. */
  readonly schedule: string;
}

/** What the schedules that are at work still fetch: first what is on its way. */
export function scheduleDownloads(status: DaemonStatus | undefined): ScheduleDownloadRow[] {
  const rows = (status?.runningSchedules ?? []).flatMap(({ name, downloads }) =>
    // A daemon of an older version does not say.
    ((downloads ?? []) as readonly ScheduleDownload[]).map((each) => ({ ...each, schedule: name }))
  );
  const isOpen = ({ status }: ScheduleDownload): boolean => status === "downloading" || status === "waiting";
  const rank = ({ status }: ScheduleDownload): number => status === "downloading" ? 0 : 1;
  return rows.filter(isOpen).sort((a, b) => rank(a) - rank(b));
}

/** The table of what schedules fetch. */
export const SCHEDULE_DOWNLOAD_COLUMNS: readonly Column<ScheduleDownloadRow>[] = [
  { header: "SCHEDULE", cell: ({ schedule }) => schedule },
  { header: "MODEL", cell: ({ reference }) => reference, minimum: 24, cut: "middle" },
  {
    header: "STATUS",
    cell: ({ status }) => status,
    style: ({ status }, theme) => status === "downloading" ? theme.accent : undefined,
  },
  {
    header: "PROGRESS",
    cell: ({ bytesReceived, bytesTotal }) =>
      bytesTotal === 0 ? "" : `${formatPercent(bytesReceived, bytesTotal)} of ${formatByteSize(bytesTotal)}`,
    align: "right",
  },
  {
    header: "RATE",
    cell: ({ bytesPerSecond }) => bytesPerSecond === null ? "" : formatByteRate(bytesPerSecond),
    align: "right",
    expendable: 1,
  },
];

/** `2.9 GB used of the 100 GB it may take, 1.2 GB shared, 45.0 GB free`. */
function spaceLine({ usedBytes, sharedBytes, quotaBytes, freeBytes }: LibrarySpace, theme: Theme): string {
  const used = `${formatByteSize(usedBytes)} used`;
  const quota = quotaBytes === undefined ? used : `${used} of the ${formatByteSize(quotaBytes)} it may take`;
  const shown = quotaBytes !== undefined && usedBytes > quotaBytes
    ? theme.warning(`${quota}: too much`)
    : quota;
  const shared = sharedBytes === 0 ? [] : [`${formatByteSize(sharedBytes)} shared`];
  const free = freeBytes === undefined ? [] : [`${formatByteSize(freeBytes)} free`];
  return [shown, ...shared, ...free].join(", ");
}

/** The lines above the table of jobs. */
export function statusLines(
  facts: StatusFacts,
  { nowMs, theme }: { readonly nowMs: number; readonly theme: Theme },
) {
  const { status, silent, logPath, space } = facts;
  const disk = space === undefined ? [] : [row("Space", spaceLine(space, theme), theme)];
  const queue = row("Queue", queueLine(facts), theme);
  if (status === undefined) {
    const state = silent === undefined ? "not running" : theme.warning(
      `process ${silent.pid} does not answer (begun ${formatDateAge(silent.startedAt, nowMs)})`,
    );
    return [row("Daemon", state, theme), ...disk, queue];
  }
  const { pid, uptimeMs, memoryBytes, modelsDir, maxConcurrent, limitRate } = status;
  const limit = limitRate === null ? "no rate limit" : `at most ${formatByteRate(limitRate)}`;
  return [
    row("Daemon", `${theme.good("running")} as process ${pid} for ${formatDuration(uptimeMs)}`, theme),
    row("Memory", formatByteSize(memoryBytes), theme),
    row("Library", modelsDir, theme),
    ...disk,
    row("Limits", `${plural(maxConcurrent, "job")} at once, ${limit}`, theme),
    queue,
    row("Schedules", scheduleLine(status, nowMs), theme),
    ...(logPath === undefined ? [] : [row("Log", logPath, theme)]),
  ];
}
