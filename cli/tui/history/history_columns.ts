/**
 * The columns of the history, for each width.
 *
 * @module
 */
import { formatByteSize } from "../../../core/base/byte_size.ts";
import type { HistoryRecord } from "../../../core/state/history_record.ts";
import type { Column } from "../../output/column_layout.ts";
import { elapsedText, speedText } from "../../output/history_view.ts";
import { formatDateAge } from "../../output/humanize.ts";
import type { Style, Theme } from "../../output/theme.ts";
import type { Frame } from "../screen.ts";

/** The colour of a status; its word says the same. */
export function recordStyle({ status }: Pick<HistoryRecord, "status">, theme: Theme): Style {
  return { completed: theme.good, failed: theme.error, cancelled: theme.warning }[status];
}

const STATUS: Column<HistoryRecord> = { header: "STATUS", cell: ({ status }) => status, style: recordStyle };
const MODEL: Column<HistoryRecord> = {
  header: "MODEL",
  cell: ({ reference }) => reference,
  minimum: 18,
  cut: "middle",
  style: (_record, theme) => theme.bold,
};
const FILES: Column<HistoryRecord> = {
  header: "FILES",
  cell: ({ files }) => files.length === 0 ? "" : String(files.length),
  align: "right",
  expendable: 5,
};
const FETCHED: Column<HistoryRecord> = {
  header: "FETCHED",
  cell: ({ bytesFetched }) => bytesFetched === 0 ? "" : formatByteSize(bytesFetched),
  align: "right",
  expendable: 1,
};
const SPEED: Column<HistoryRecord> = {
  header: "SPEED",
  cell: ({ averageBytesPerSecond }) => speedText(averageBytesPerSecond),
  align: "right",
  expendable: 2,
};
const PEAK: Column<HistoryRecord> = {
  header: "PEAK",
  cell: ({ peakBytesPerSecond }) => speedText(peakBytesPerSecond),
  align: "right",
  expendable: 4,
};
const TIME: Column<HistoryRecord> = { header: "TIME", cell: elapsedText, align: "right", expendable: 3 };

type Columns = readonly Column<HistoryRecord>[];

/** What is behind the ages in the last column, for the three widths. */
const BEFORE_AGE: Readonly<Record<"narrow" | "middle" | "wide", Columns>> = {
  narrow: [STATUS, { ...MODEL, minimum: 16 }],
  middle: [STATUS, { ...MODEL, minimum: 26 }, FETCHED, SPEED],
  wide: [STATUS, { ...MODEL, minimum: 40 }, FILES, FETCHED, SPEED, PEAK, TIME],
};

const MINUTE_MS = 60_000;
const made = new Map<keyof typeof BEFORE_AGE, { readonly minute: number; readonly columns: Columns }>();

/** Ages change by the minute: until then, the columns are the same and need not be laid out anew. */
export function historyColumns({ columns, nowMs }: Pick<Frame, "columns" | "nowMs">): Columns {
  const width = columns < 60 ? "narrow" : columns < 80 ? "middle" : "wide";
  const minute = Math.floor(nowMs / MINUTE_MS);
  const known = made.get(width);
  if (known?.minute === minute) return known.columns;
  const age: Column<HistoryRecord> = {
    header: "WHEN",
    cell: ({ endedAt }) => formatDateAge(endedAt, nowMs),
    style: (_record, theme) => theme.dim,
    expendable: 0,
  };
  const all = [...BEFORE_AGE[width], age];
  made.set(width, { minute, columns: all });
  return all;
}
