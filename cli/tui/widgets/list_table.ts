/**
 * A table with a cursor: pure.
 *
 * @module
 */
import { type Column, type ColumnLayout, layOutColumns } from "../../output/column_layout.ts";
import { fit, type Measure, pad } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import { firstVisible, type ListCursor } from "./list_cursor.ts";

/** What a table shows. */
export interface ListTable<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Rows that are chosen, of several. @default none can be */
  readonly isMarked?: (row: Row) => boolean;
}

/** How it is shown. */
export interface ListTableOptions {
  readonly frame: Pick<Frame, "columns" | "rows" | "theme" | "measure" | "unicode">;
  /** `undefined` when the cursor is elsewhere. */
  readonly cursor: ListCursor | undefined;
  /** Whether there is a line of headers. @default {true} */
  readonly hasHeader?: boolean;
}

/** Rows that fit below the header. */
export function tableRows({ rows }: Pick<Frame, "rows">, { hasHeader = true } = {}): number {
  return Math.max(1, rows - (hasHeader ? 1 : 0));
}

/**
 * The lines of a table, never more than the frame has, each exactly as wide as the frame. The row of the cursor has a
 * sign before it as well as a colour, and what is chosen has a mark.
 */
export function listTable<Row>(table: ListTable<Row>, options: ListTableOptions): string[] {
  const { frame, cursor, hasHeader = true } = options;
  const { columns, theme, measure, unicode } = frame;
  const { isMarked } = table;
  const lead = isMarked === undefined ? 2 : 6;
  const layout = layoutOf(table, { room: columns - lead, measure });
  const room = tableRows(frame, { hasHeader });
  const length = table.rows.length;
  const first = cursor === undefined ? 0 : firstVisible(cursor, { length, rows: room });
  const sign = unicode ? "›" : ">";
  const lines = table.rows.slice(first, first + room).map((row, offset) => {
    const index = first + offset;
    const mark = isMarked === undefined ? "" : isMarked(row) ? "[x] " : "[ ] ";
    if (index !== cursor?.index) return `  ${mark}${layout.line(index, theme)}`;
    const text = fit(`${sign} ${mark}${layout.line(index)}`, columns, { measure });
    return theme.selected(pad(text, columns, { measure }));
  });
  return hasHeader ? [`${" ".repeat(lead)}${layout.header(theme.dim)}`, ...lines] : lines;
}

interface Known {
  /** The columns of the table, to be told from others. */
  readonly of: readonly unknown[];
  readonly room: number;
  readonly measure: Measure;
  readonly layout: ColumnLayout;
}

/** The same rows are drawn again with each move of the cursor, and measuring thousands takes its time. */
const layouts = new WeakMap<readonly unknown[], Known>();

function layoutOf<Row>(
  table: ListTable<Row>,
  { room, measure }: { readonly room: number; readonly measure: Measure },
): ColumnLayout {
  const known = layouts.get(table.rows);
  if (known?.room === room && known.measure === measure && known.of === table.columns) {
    return known.layout;
  }
  const layout = layOutColumns(table, { room, measure });
  layouts.set(table.rows, { of: table.columns, room, measure, layout });
  return layout;
}
