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
/** Days of the chart, unless others are wanted. */
const CHART_DAYS = 30;
/** The chart fits the narrowest terminals that are in use, and does not grow with wider ones. */
const CHART_COLUMNS = 80;

/** How long an attempt took; empty when that is not known. */
export function elapsedText({ startedAt, endedAt }: Pick<HistoryRecord, "startedAt" | "endedAt">): string {
  const ms = Date.parse(endedAt) - Date.parse(startedAt);
  return Number.isNaN(ms) ? "" : formatDuration(ms);
}

/** A speed; `otherwise` where nothing was moved. */
export function speedText(bytesPerSecond: number, otherwise = ""): string {
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
      cell: ({ averageBytesPerSecond }) => speedText(averageBytesPerSecond),
      align: "right",
      expendable: 2,
    },
    { header: "TIME", cell: elapsedText, align: "right", expendable: 3 },
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
    cell: ({ averageBytesPerSecond }) => speedText(averageBytesPerSecond),
    align: "right",
    expendable: 1,
  },
];

/** A fact by its name; further values stand below the first. */
export type HistoryFact = readonly [name: string, ...values: readonly string[]];

/** Names and values under each other. */
function facts(rows: readonly HistoryFact[], theme: Theme): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.flatMap(([name, ...values]) =>
    values.map((value, index) =>
      `${theme.dim((index === 0 ? name : "").padEnd(width))}  ${printable(value)}`.trimEnd()
    )
  );
}

/** `87.5 %`; a dash where there is nothing. */
export function successText(
  { total, successRate }: Pick<HistoryCounts, "total" | "successRate">,
): string {
  return total === 0 ? "-" : `${(successRate * 100).toFixed(1)} %`;
}

/** The sums of `mm history stats`. */
export function countLines(counts: HistoryCounts, theme: Theme): string[] {
  return facts(countFacts(counts), theme);
}

/** The sums by name. */
export function countFacts(counts: HistoryCounts): readonly HistoryFact[] {
  return [
    ["Downloads", String(counts.total)],
    ["Completed", String(counts.completed)],
    ["Failed", String(counts.failed)],
    ["Cancelled", String(counts.cancelled)],
    ["Success rate", successText(counts)],
    ["Fetched", formatByteSize(counts.bytesFetched)],
    ["Kept by resuming", formatByteSize(counts.bytesResumed)],
    ["Average speed", speedText(counts.averageBytesPerSecond, "-")],
    ["Peak speed", speedText(counts.peakBytesPerSecond, "-")],
    ["Retries", String(counts.retries)],
  ];
}

/** Where and when the days are shown. */
export interface DayChartOptions {
  /** The last day of the chart is the one of this time. */
  readonly endMs: number;
  /** Columns of the terminal. */
  readonly width: number;
  readonly unicode: boolean;
  readonly theme: Theme;
  /** How many days. @default {30} */
  readonly days?: number;
  /** Lines of the bars. @default {5} */
  readonly height?: number;
}

/** The bytes of the last days; nothing when there were none. */
export function dayChart(
  perDay: readonly Pick<HistoryDay, "date" | "bytesFetched">[],
  options: DayChartOptions,
): string[] {
  const { endMs, width, unicode, theme, days = CHART_DAYS, height } = options;
  const bytesOf = new Map(perDay.map(({ date, bytesFetched }) => [date, bytesFetched]));
  const dates = Array.from(
    { length: days },
    (_, index) => new Date(endMs - (days - 1 - index) * DAY_MS).toISOString().slice(0, 10),
  );
  const values = dates.map((date) => bytesOf.get(date) ?? 0);
  if (values.every((value) => value === 0)) return [];
  const lines = barChart(values, {
    width: Math.min(width, CHART_COLUMNS),
    unicode,
    format: formatByteSize,
    labels: [shortDate(dates[0] ?? ""), shortDate(dates.at(-1) ?? "")],
    ...(height === undefined ? {} : { height }),
  });
  return [theme.dim(`Fetched each day, the last ${days} (UTC)`), ...lines];
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
  return facts(recordFacts(record), theme);
}

/** One record by its facts. */
export function recordFacts(record: HistoryRecord): readonly HistoryFact[] {
  const { averageBytesPerSecond, peakBytesPerSecond, error } = record;
  const rates = averageBytesPerSecond > 0
    ? `${formatByteRate(averageBytesPerSecond)} on average, ${formatByteRate(peakBytesPerSecond)} at most`
    : "-";
  return [
    ["Download", record.reference],
    ["Status", record.status],
    ...(error === undefined ? [] : [["Error", `${error.code}: ${error.message}`] as const]),
    ["Repository", record.repo],
    ["Revision", record.revision ?? "-"],
    ["Commit", record.commit ?? "-"],
    ["Started", moment(record.startedAt)],
    ["Ended", `${moment(record.endedAt)}, after ${elapsedText(record)}`],
    ["Fetched", formatByteSize(record.bytesFetched)],
    ["Kept by resuming", formatByteSize(record.bytesResumed)],
    ...(record.bytesReused === undefined
      ? []
      : [["Taken from this machine", formatByteSize(record.bytesReused)] as const]),
    ["Speed", rates],
    ["Retries", String(record.retries)],
    ["Files", ...(record.files.length === 0 ? ["-"] : record.files)],
    ["ID", record.id],
  ];
}

function moment(date: string): string {
  return `${date.slice(0, 19).replace("T", " ")} UTC`;
}
