/**
 * The history as people read it.
 *
 * @module
 */
import { formatByteRate, formatByteSize } from "../../core/base/byte_size.ts";
import { formatDuration } from "../../core/base/duration.ts";
import type {
  HistoryCounts,
  HistoryDay,
  HistoryRecord,
  HistoryRepo,
  HistoryStatistics,
} from "../../core/state/history_record.ts";
import { barChart } from "./bar_chart.ts";
import { formatDateAge } from "./humanize.ts";
import type { Column } from "./table.ts";
import { printable } from "./text_width.ts";
import type { Theme } from "./theme.ts";

const DAY_MS = 86_400_000;
/** Days of the chart. */
const CHART_DAYS = 30;
/** The chart fits the narrowest terminals that are in use, and does not grow with wider ones. */
const CHART_COLUMNS = 80;

function elapsed({ startedAt, endedAt }: HistoryRecord): string {
  const ms = Date.parse(endedAt) - Date.parse(startedAt);
  return Number.isNaN(ms) ? "" : formatDuration(ms);
}

function speed(bytesPerSecond: number, otherwise = ""): string {
  return bytesPerSecond > 0 ? formatByteRate(bytesPerSecond) : otherwise;
}

/** `mm history list`. */
export function recordColumns(nowMs: number): readonly Column<HistoryRecord>[] {
  return [
    { header: "WHEN", cell: ({ endedAt }) => formatDateAge(endedAt, nowMs) },
    { header: "MODEL", cell: ({ reference }) => reference, minimum: 30, cut: "middle" },
    {
      header: "STATUS",
      cell: ({ status }) => status,
      style: ({ status }, theme) => status === "completed" ? theme.good : theme.warning,
    },
    {
      header: "FETCHED",
      cell: ({ bytesFetched }) => formatByteSize(bytesFetched),
      align: "right",
      expendable: 1,
    },
    {
      header: "SPEED",
      cell: ({ averageBytesPerSecond }) => speed(averageBytesPerSecond),
      align: "right",
      expendable: 2,
    },
    { header: "TIME", cell: elapsed, align: "right", expendable: 3 },
    { header: "ERROR", cell: ({ error }) => error?.message ?? "", minimum: 12, expendable: 4 },
  ];
}

/** The repositories of `mm history stats`. */
export const REPO_COLUMNS: readonly Column<HistoryRepo>[] = [
  { header: "MODEL", cell: ({ repo }) => repo, minimum: 24, cut: "middle" },
  { header: "DOWNLOADS", cell: ({ total }) => String(total), align: "right" },
  { header: "FAILED", cell: ({ failed }) => String(failed), align: "right", expendable: 2 },
  { header: "CANCELLED", cell: ({ cancelled }) => String(cancelled), align: "right", expendable: 3 },
  { header: "FETCHED", cell: ({ bytesFetched }) => formatByteSize(bytesFetched), align: "right" },
  {
    header: "SPEED",
    cell: ({ averageBytesPerSecond }) => speed(averageBytesPerSecond),
    align: "right",
    expendable: 1,
  },
];

/** Names and values under each other; further lines of a value stand below the first. */
function facts(
  rows: readonly (readonly [name: string, ...values: readonly string[]])[],
  theme: Theme,
): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.flatMap(([name, ...values]) =>
    values.map((value, index) =>
      `${theme.dim((index === 0 ? name : "").padEnd(width))}  ${printable(value)}`.trimEnd()
    )
  );
}

/** The sums of `mm history stats`. */
export function countLines(counts: HistoryCounts, theme: Theme): string[] {
  return facts([
    ["Downloads", String(counts.total)],
    ["Completed", String(counts.completed)],
    ["Failed", String(counts.failed)],
    ["Cancelled", String(counts.cancelled)],
    ["Success rate", counts.total === 0 ? "–" : `${(counts.successRate * 100).toFixed(1)} %`],
    ["Fetched", formatByteSize(counts.bytesFetched)],
    ["Kept by resuming", formatByteSize(counts.bytesResumed)],
    ["Average speed", speed(counts.averageBytesPerSecond, "–")],
    ["Peak speed", speed(counts.peakBytesPerSecond, "–")],
    ["Retries", String(counts.retries)],
  ], theme);
}

/** Where and when the days are shown. */
export interface DayChartOptions {
  /** The last day of the chart is the one of this time. */
  readonly endMs: number;
  /** Columns of the terminal. */
  readonly width: number;
  readonly unicode: boolean;
  readonly theme: Theme;
}

/** The bytes of the last 30 days; nothing when there were none. */
export function dayChart(days: readonly HistoryDay[], options: DayChartOptions): string[] {
  const { endMs, width, unicode, theme } = options;
  const bytesOf = new Map(days.map(({ date, bytesFetched }) => [date, bytesFetched]));
  const dates = Array.from(
    { length: CHART_DAYS },
    (_, index) => new Date(endMs - (CHART_DAYS - 1 - index) * DAY_MS).toISOString().slice(0, 10),
  );
  const values = dates.map((date) => bytesOf.get(date) ?? 0);
  if (values.every((value) => value === 0)) return [];
  const lines = barChart(values, {
    width: Math.min(width, CHART_COLUMNS),
    unicode,
    format: formatByteSize,
    labels: [shortDate(dates[0] ?? ""), shortDate(dates.at(-1) ?? "")],
  });
  return [theme.dim(`Fetched each day, the last ${CHART_DAYS} (UTC)`), ...lines];
}

function shortDate(date: string): string {
  return new Intl.DateTimeFormat("en", { month: "short", day: "numeric", timeZone: "UTC" }).format(
    new Date(date),
  );
}

/** The sums by name, for scripts: everything that is one number. */
export function statisticsPairs(statistics: HistoryStatistics): string[] {
  return Object.entries(statistics).flatMap(([name, value]) =>
    typeof value === "number" ? [`${name}=${value}`] : []
  );
}

/** `mm history show`. */
export function recordLines(record: HistoryRecord, theme: Theme): string[] {
  const { averageBytesPerSecond, peakBytesPerSecond, error } = record;
  const rates = averageBytesPerSecond > 0
    ? `${formatByteRate(averageBytesPerSecond)} on average, ${formatByteRate(peakBytesPerSecond)} at most`
    : "–";
  return facts([
    ["Download", record.reference],
    ["Status", record.status],
    ...(error === undefined ? [] : [["Error", `${error.code}: ${error.message}`] as const]),
    ["Repository", record.repo],
    ["Revision", record.revision ?? "–"],
    ["Commit", record.commit ?? "–"],
    ["Started", moment(record.startedAt)],
    ["Ended", `${moment(record.endedAt)}, after ${elapsed(record)}`],
    ["Fetched", formatByteSize(record.bytesFetched)],
    ["Kept by resuming", formatByteSize(record.bytesResumed)],
    ["Speed", rates],
    ["Retries", String(record.retries)],
    ["Files", ...(record.files.length === 0 ? ["–"] : record.files)],
    ["Id", record.id],
  ], theme);
}

function moment(date: string): string {
  return `${date.slice(0, 19).replace("T", " ")} UTC`;
}
