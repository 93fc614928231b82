/**
 * Which columns of a table find room, and how wide they are: pure.
 *
 * @module
 */
import { fit, type Measure, pad, printable } from "./text_width.ts";
import type { Style, Theme } from "./theme.ts";

/** A column of a table. */
export interface Column<Row> {
  readonly header: string;
  /** The plain text of a cell. */
  readonly cell: (row: Row) => string;
  /** Colour for a cell that has been aligned and fitted. */
  readonly style?: (row: Row, theme: Theme) => Style | undefined;
  /** Numbers stand on the right. @default {"left"} */
  readonly align?: "left" | "right";
  /** May be shortened to this width, and gives way first. Others keep their width. */
  readonly minimum?: number;
  /** What is shortened. @default {"end"} */
  readonly cut?: "end" | "middle";
  /** Left out when there is no room, the highest number first; without it, the column always stays. */
  readonly expendable?: number;
}

const GAP = "  ";
/** Columns that every column keeps. */
const LEAST_WIDTH = 4;

/** A column with its texts and its width. */
interface Sized<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly natural: number;
  width: number;
}

/** A table that has been fitted into its room. */
export interface ColumnLayout {
  /** Headers of columns that found no room. */
  readonly hidden: readonly string[];
  /** The line of headers. */
  header(style: Style): string;
  /**
   * The line of a row.
   *
   * @param theme Without one, nothing is coloured.
   */
  line(rowIndex: number, theme?: Theme): string;
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, widths.length - 1);
}

function leastWidth<Row>({ column, natural }: Sized<Row>): number {
  return column.minimum === undefined ? natural : Math.min(natural, column.minimum);
}

/** Drops expendable columns until the least widths fit. */
function chooseColumns<Row>(all: readonly Sized<Row>[], room: number): Sized<Row>[] {
  let kept = [...all];
  while (totalWidth(kept.map(leastWidth)) > room) {
    const expendable = kept.filter(({ column }) => column.expendable !== undefined);
    if (expendable.length === 0) break;
    const first = expendable.reduce((a, b) =>
      (b.column.expendable ?? 0) > (a.column.expendable ?? 0) ? b : a
    );
    kept = kept.filter((sized) => sized !== first);
  }
  return kept;
}

/** Takes the missing room from the widest of the columns that may shrink. */
function shrink<Row>(columns: Sized<Row>[], room: number): void {
  let excess = totalWidth(columns.map(({ width }) => width)) - room;
  while (excess > 0) {
    const elastic = columns.filter((sized) => sized.width > leastWidth(sized));
    // A terminal of few columns: lines that it breaks are no table any more.
    const above = columns.filter(({ width }) => width > LEAST_WIDTH);
    const texts = above.filter(({ column }) => column.minimum !== undefined);
    const shrinkable = [elastic, texts, above].find((candidates) => candidates.length > 0);
    if (shrinkable === undefined) return;
    const widest = shrinkable.reduce((a, b) => b.width > a.width ? b : a);
    widest.width--;
    excess--;
  }
}

function renderLine<Row>(
  columns: readonly Sized<Row>[],
  texts: readonly string[],
  options: { readonly measure: Measure; readonly styleOf: (index: number) => Style | undefined },
): string {
  const { measure, styleOf } = options;
  const cells = columns.map(({ column, width }, index) => {
    const fitted = fit(texts[index] ?? "", width, { measure, cut: column.cut ?? "end" });
    const last = index === columns.length - 1 && column.align !== "right";
    const aligned = last ? fitted : pad(fitted, width, { measure, align: column.align ?? "left" });
    const style = styleOf(index);
    // Only the text is coloured, not the padding around it.
    return style === undefined ? aligned : aligned.replace(fitted, () => style(fitted));
  });
  return cells.join(GAP).trimEnd();
}

/** Columns in which every cell is empty say nothing and are not shown. */
function size<Row>(columns: readonly Column<Row>[], rows: readonly Row[], measure: Measure): Sized<Row>[] {
  return columns.map((column) => {
    const cells = rows.map((row) => printable(column.cell(row)));
    const natural = Math.max(measure(column.header), ...cells.map(measure));
    return { column, cells, natural, width: natural };
  }).filter(({ cells, column }) => column.expendable === undefined || cells.some((cell) => cell !== ""));
}

/** Fits columns and rows into a room of so many columns of the terminal. */
export function layOutColumns<Row>(
  table: { readonly columns: readonly Column<Row>[]; readonly rows: readonly Row[] },
  { room, measure }: { readonly room: number; readonly measure: Measure },
): ColumnLayout {
  const { columns, rows } = table;
  const sized = size(columns, rows, measure);
  const kept = chooseColumns(sized, room);
  shrink(kept, room);
  return {
    hidden: sized.filter((column) => !kept.includes(column)).map(({ column }) => column.header),
    header: (style) =>
      renderLine(kept, kept.map(({ column }) => column.header), { measure, styleOf: () => style }),
    line: (rowIndex, theme) => {
      const row = rows[rowIndex];
      return renderLine(kept, kept.map(({ cells }) => cells[rowIndex] ?? ""), {
        measure,
        styleOf: (index) =>
          row === undefined || theme === undefined ? undefined : kept[index]?.column.style?.(row, theme),
      });
    },
  };
}
