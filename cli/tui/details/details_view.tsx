/**
 * What the details of a model look like.
 *
 * @module
 */
/** @jsxImportSource react */
/** @jsxImportSourceTypes @types/react */
import type { ReactNode } from "react";
import { formatByteSize } from "../../../core/base/byte_size.ts";
import type { Column } from "../../output/column_layout.ts";
import { formatNumber } from "../../output/humanize.ts";
import { fit, printable } from "../../output/text_width.ts";
import type { Style, Theme } from "../../output/theme.ts";
import type { Frame, ViewProps } from "../screen.ts";
import { Lines } from "../widgets/lines.tsx";
import { listTable } from "../widgets/list_table.ts";
import { noteShown } from "../widgets/scroll_text.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import { detailsHeader } from "./details_header.ts";
import { type DetailsState, hasMmproj } from "./details_state.ts";
import { readmeLines } from "./readme_lines.ts";
import type { UnitRow } from "./unit_rows.ts";

/** Lines of the page below the table, its title included, where there is room. */
const MIN_PAGE_LINES = 6;

function fitWord(fits: boolean | undefined): string {
  return fits === undefined ? "" : fits ? "fits" : "too big";
}

function fitStyle(fits: boolean | undefined, theme: Theme): Style {
  return fits === false ? theme.warning : theme.good;
}

function localStyle({ tone }: UnitRow, theme: Theme): Style {
  return { good: theme.good, warning: theme.warning, busy: theme.accent }[tone];
}

const QUANT: Column<UnitRow> = {
  header: "QUANT",
  cell: ({ label, isDefault }) => `${label}${isDefault ? " (default)" : ""}`,
  minimum: 12,
  cut: "middle",
  style: (_row, theme) => theme.bold,
};
const BITS: Column<UnitRow> = {
  header: "BITS",
  cell: ({ bitsPerWeight }) => bitsPerWeight === undefined ? "" : bitsPerWeight.toFixed(1),
  align: "right",
  expendable: 3,
};
const FILES: Column<UnitRow> = {
  header: "FILES",
  cell: ({ files }) => String(files),
  align: "right",
  expendable: 4,
};
const SIZE: Column<UnitRow> = {
  header: "SIZE",
  cell: ({ sizeBytes }) => formatByteSize(sizeBytes),
  align: "right",
};
const RAM: Column<UnitRow> = {
  header: "RAM",
  cell: ({ fits }) => fitWord(fits),
  style: ({ fits }, theme) => fitStyle(fits, theme),
  expendable: 2,
};
const GPU: Column<UnitRow> = {
  header: "GPU",
  cell: ({ fitsGpu }) => fitWord(fitsGpu),
  style: ({ fitsGpu }, theme) => fitStyle(fitsGpu, theme),
  expendable: 2,
};
const LOCAL: Column<UnitRow> = {
  header: "HERE",
  cell: ({ local }) => local,
  style: localStyle,
  minimum: 8,
  expendable: 1,
};
/** One column for what two say where there is more room. */
const STATE: Column<UnitRow> = {
  header: "STATE",
  cell: ({ local, fits }) => local !== "" ? local : fits === false ? "too big" : "",
  style: (row, theme) => localStyle(row, theme),
  minimum: 8,
  expendable: 1,
};

const WIDE: readonly Column<UnitRow>[] = [QUANT, BITS, FILES, SIZE, RAM, GPU, LOCAL];
const MIDDLE: readonly Column<UnitRow>[] = [QUANT, BITS, SIZE, RAM, GPU, LOCAL];
const NARROW: readonly Column<UnitRow>[] = [
  { ...QUANT, cell: ({ label }) => label, minimum: 8 },
  SIZE,
  STATE,
];

function columnsFor(columns: number): readonly Column<UnitRow>[] {
  return columns >= 80 ? WIDE : columns >= 60 ? MIDDLE : NARROW;
}

/** What to say while there is no model to show. */
export function emptyText({ reference, isLoading }: DetailsState): string {
  if (reference === undefined) return "No model was chosen. Press 2 to search the Hub.";
  const name = printable(reference);
  return isLoading ? `Asking the Hub about ${name}…` : `Nothing is known of ${name}. Press R to ask again.`;
}

/** What runs, what is marked, and what comes along. */
export function footText(state: DetailsState): string {
  const { model, rows, marked, isLoading, isPlanning, withMmproj, page } = state;
  const chosen = rows.filter(({ id }) => marked.has(id));
  const bytes = chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return [
    ...(isPlanning ? ["looking what there is to fetch…"] : []),
    ...(isLoading ? ["asking the Hub…"] : []),
    ...(chosen.length === 0 ? [] : [`${chosen.length} marked, ${formatByteSize(bytes)}`]),
    ...(model !== undefined && model.gated !== false ? ["gated: press G"] : []),
    ...(withMmproj ? ["with the projector (mmproj)"] : hasMmproj(state) ? ["mmproj: press M"] : []),
    ...(page.kind === "here" ? ["README: press I"] : page.kind === "none" ? ["no README"] : []),
    ...(rows[0]?.selector === undefined && rows.length > 0 ? ["single files: mm pull REF -i PATTERN"] : []),
  ].join(", ");
}

function tableLines(state: DetailsState, frame: Frame): string[] {
  const { rows, marked, cursor } = state;
  return listTable({
    columns: columnsFor(frame.columns),
    rows,
    ...(rows.length > 1 ? { isMarked: ({ id }: UnitRow) => marked.has(id) } : {}),
  }, { frame, cursor });
}

/** The beginning of the page, below its title. */
function excerpt({ page }: DetailsState, frame: Frame): string[] {
  const { columns, rows, theme, unicode } = frame;
  if (page.kind !== "here") return [];
  const title = `${unicode ? "──" : "--"} README `;
  const rule = title + (unicode ? "─" : "-").repeat(Math.max(0, columns - title.length));
  const lines = readmeLines(page.blocks, frame);
  return ["", theme.border(rule), ...lines.slice(0, Math.max(0, rows - 2))];
}

function blank(count: number): string[] {
  return Array.from({ length: Math.max(0, count) }, () => "");
}

/** The page alone. */
function pageLines(state: DetailsState, frame: Frame): string[] {
  const { columns, rows, theme, measure } = frame;
  const { page, reference = "" } = state;
  const all = page.kind === "here" ? readmeLines(page.blocks, frame) : [];
  const room = Math.max(1, rows - 3);
  if (page.kind === "here") noteShown(page.blocks, { length: all.length, rows: room });
  const first = Math.max(0, Math.min(state.scroll, all.length - room));
  const shown = all.slice(first, first + room);
  const place = `lines ${formatNumber(first + 1)} to ${formatNumber(first + shown.length)} of ${
    formatNumber(all.length)
  }`;
  return [
    theme.bold(fit(printable(`README of ${reference}`), columns, { measure, cut: "middle" })),
    "",
    ...shown,
    ...blank(room - shown.length),
    theme.dim(fit(place, columns, { measure })),
  ];
}

/** The lines of the screen. */
export function detailsLines(state: DetailsState, frame: Frame): string[] {
  const { columns, rows, theme, measure } = frame;
  const { model } = state;
  if (model === undefined) return wrapText(emptyText(state), columns, measure).slice(0, rows);
  if (state.isReading) return pageLines(state, frame);
  const header = detailsHeader(model, frame);
  const foot = theme.dim(fit(footText(state), columns, { measure }));
  const room = rows - header.length - 1;
  const wanted = state.rows.length + 1;
  const hasPage = state.page.kind === "here" && columns >= 60 && room >= MIN_PAGE_LINES * 2;
  const tableRoom = Math.min(wanted, hasPage ? room - MIN_PAGE_LINES : room);
  const table = tableLines(state, { ...frame, rows: tableRoom });
  const below = hasPage ? excerpt(state, { ...frame, rows: room - table.length }) : [];
  return [...header, ...table, ...below, ...blank(room - table.length - below.length), foot];
}

/** The details. */
export function DetailsView({ state, frame }: ViewProps<DetailsState>): ReactNode {
  return <Lines lines={detailsLines(state, frame)} rows={frame.rows} />;
}
