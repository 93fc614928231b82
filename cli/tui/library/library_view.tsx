/**
 * What the library's screen looks like.
 *
 * @module
 */
/** @jsxImportSource react */
/** @jsxImportSourceTypes @types/react */
import type { ReactNode } from "react";
import { formatByteSize } from "../../../core/base/byte_size.ts";
import type { Column } from "../../output/column_layout.ts";
import { formatDateAge, formatNumber, formatPercent } from "../../output/humanize.ts";
import { fit, printable } from "../../output/text_width.ts";
import type { Style, Theme } from "../../output/theme.ts";
import type { Frame, ViewProps } from "../screen.ts";
import { Lines } from "../widgets/lines.tsx";
import { listTable } from "../widgets/list_table.ts";
import { progressBar } from "../widgets/progress_bar.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import { libraryHeader } from "./library_header.ts";
import { rowNotes } from "./library_notes.ts";
import type { LibraryRow } from "./library_rows.ts";
import { type LibraryState, selectedRow } from "./library_state.ts";

function toneStyle({ tone }: LibraryRow, theme: Theme): Style | undefined {
  return { good: theme.good, warning: theme.warning, busy: theme.accent, quiet: theme.dim }[tone];
}

const NAME: Column<LibraryRow> = {
  header: "MODEL",
  cell: ({ repo }) => repo,
  minimum: 18,
  cut: "middle",
  style: (_row, theme) => theme.bold,
};
/** Whose it is has to give way; the line below the list says it. */
const SHORT_NAME: Column<LibraryRow> = {
  ...NAME,
  cell: ({ reference }) => reference.replace(/^[^/:]*\//, ""),
  minimum: 10,
};
const QUANT: Column<LibraryRow> = { header: "QUANT", cell: ({ label }) => label, minimum: 8, cut: "middle" };
const SIZE: Column<LibraryRow> = {
  header: "SIZE",
  cell: ({ sizeBytes }) => sizeBytes === 0 ? "" : formatByteSize(sizeBytes),
  align: "right",
};
const TYPE: Column<LibraryRow> = { header: "TYPE", cell: ({ type }) => type, expendable: 2 };
const STATE: Column<LibraryRow> = { header: "STATE", cell: ({ badge }) => badge, style: toneStyle };

const NARROW: readonly Column<LibraryRow>[] = [SHORT_NAME, SIZE, STATE];
const MIDDLE: readonly Column<LibraryRow>[] = [NAME, QUANT, SIZE, STATE];
const MINUTE_MS = 60_000;
let wide: { readonly minute: number; readonly columns: readonly Column<LibraryRow>[] } | undefined;

/** Ages change by the minute: until then, the columns are the same and need not be laid out anew. */
function wideColumns(nowMs: number): readonly Column<LibraryRow>[] {
  const minute = Math.floor(nowMs / MINUTE_MS);
  if (wide?.minute !== minute) {
    const age: Column<LibraryRow> = {
      header: "DOWNLOADED",
      cell: ({ date }) => formatDateAge(date, nowMs),
      style: (_row, theme) => theme.dim,
      expendable: 1,
    };
    wide = { minute, columns: [NAME, QUANT, SIZE, TYPE, age, STATE] };
  }
  return wide.columns;
}

function columnsFor({ columns, nowMs }: Frame): readonly Column<LibraryRow>[] {
  return columns < 60 ? NARROW : columns < 80 ? MIDDLE : wideColumns(nowMs);
}

/** What to do when there is nothing to show. */
export function emptyText({ isLoaded, hasFailed, filter, total }: LibraryState): string {
  if (!isLoaded) {
    return hasFailed ? "The library could not be read. Press R to try again." : "Reading the library…";
  }
  return total > 0
    ? `No model has "${printable(filter)}" in its name. Press Esc to show all ${formatNumber(total)}.`
    : "Nothing here yet. Press S to search the Hub.";
}

function verifyLine({ verifying }: LibraryState, frame: Frame): string | undefined {
  if (verifying === undefined) return undefined;
  const { columns, measure, theme } = frame;
  const { reference, receivedBytes, totalBytes } = verifying;
  const width = columns < 60 ? 8 : 20;
  const bar = progressBar({ part: receivedBytes, whole: Math.max(1, totalBytes), width }, frame);
  const figures = totalBytes === 0
    ? ""
    : ` ${formatPercent(receivedBytes, totalBytes)} of ${formatByteSize(totalBytes)}`;
  const text = fit(printable(`Verifying ${reference}`), Math.max(9, columns - width - figures.length - 1), {
    measure,
    cut: "middle",
  });
  return fit(text, columns, { measure }) === text && columns >= measure(text) + width + figures.length + 1
    ? `${theme.accent(text)} ${bar}${figures}`
    : fit(`${text}${figures}`, columns, { measure });
}

/** The last line: the filter while it is typed, what runs, and what is shown of the list. */
function footLine(state: LibraryState, frame: Frame): string {
  const { columns, theme, measure, unicode } = frame;
  if (state.isFiltering) {
    const text = fit(`Filter: ${printable(state.filter)}`, columns - 1, { measure });
    return text + theme.selected(unicode ? " " : "_");
  }
  const verifying = verifyLine(state, frame);
  if (verifying !== undefined) return verifying;
  const { rows, total, filter, sort, isChecking } = state;
  const parts = [
    ...(isChecking ? ["checking for updates…"] : []),
    ...(filter === ""
      ? []
      : [`filter "${printable(filter)}": ${formatNumber(rows.length)} of ${formatNumber(total)}`]),
    ...(rows.length > 1 ? [`ordered by ${sort}`] : []),
  ];
  return theme.dim(fit(parts.join(", "), columns, { measure }));
}

/** The lines of the screen. */
export function libraryLines(state: LibraryState, frame: Frame): string[] {
  const { columns, rows, measure, theme } = frame;
  const header = libraryHeader(state, frame);
  const foot = footLine(state, frame);
  const row = selectedRow(state);
  const notes = row === undefined || rows < 18 ? [] : rowNotes(row, { columns, measure, theme });
  const room = rows - header.length - notes.length - 1;
  const list = state.rows.length === 0
    ? ["", ...wrapText(emptyText(state), columns, measure)].slice(0, room)
    : listTable({ columns: columnsFor(frame), rows: state.rows }, {
      frame: { ...frame, rows: room },
      cursor: state.cursor,
    });
  const blank = Array.from({ length: Math.max(0, room - list.length) }, () => "");
  return [...header, ...list, ...blank, ...notes, foot];
}

/** The library. */
export function LibraryView({ state, frame }: ViewProps<LibraryState>): ReactNode {
  return <Lines lines={libraryLines(state, frame)} rows={frame.rows} />;
}
