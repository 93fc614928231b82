/**
 * Aligned tables without borders, fitted to the terminal.
 *
 * @module
 */
import { type Column, layOutColumns } from "./column_layout.ts";
import { measureFor, printable } from "./text_width.ts";
import type { Theme } from "./theme.ts";

export type { Column };

/** How a table is shown. */
export interface TableOptions {
  /** Columns of the terminal; `Infinity` for a file or a pipe, where nothing is shortened. */
  readonly width: number;
  readonly theme: Theme;
  /** @default {""} */
  readonly indent?: string;
}

/** A table, and what had to be left out. */
export interface RenderedTable {
  readonly lines: readonly string[];
  /** Headers of columns that found no room. */
  readonly hidden: readonly string[];
}

/** The lines of a table: headers, then one line a row. */
export async function renderTable<Row>(
  table: { readonly columns: readonly Column<Row>[]; readonly rows: readonly Row[] },
  options: TableOptions,
): Promise<RenderedTable> {
  const { columns, rows } = table;
  const measure = await measureFor(function* () {
    for (const row of rows) for (const column of columns) yield printable(column.cell(row));
  }());
  const { theme, indent = "" } = options;
  const layout = layOutColumns(table, { room: options.width - indent.length, measure });
  const lines = rows.map((_row, index) => layout.line(index, theme));
  return { lines: [layout.header(theme.dim), ...lines].map((line) => indent + line), hidden: layout.hidden };
}
