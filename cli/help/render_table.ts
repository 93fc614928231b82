/**
 * Tables of a page on a terminal: columns that are filled where there is room, else one entry below the other.
 *
 * @module
 */
import type { Table } from "./markdown.ts";
import { extentOf, fillText, type TextLook } from "./render_text.ts";

const GAP = 2;
/** A column of text that is narrower cannot be read. */
const MINIMUM = 16;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** How wide each column is; `undefined` when they do not fit side by side. */
function columnWidths(table: Table, width: number, look: TextLook): readonly number[] | undefined {
  const extents = table.header.map((header, column) =>
    [header, ...table.rows.map((row) => row[column] ?? "")].map((cell) => extentOf(cell, look))
  );
  const natural = extents.map((cells) => Math.max(1, ...cells.map(({ whole }) => whole)));
  const room = width - GAP * (natural.length - 1);
  if (sum(natural) <= room) return natural;
  // Words stay whole; text gives way, the widest column first.
  const least = extents.map((cells, column) =>
    Math.min(natural[column] ?? 1, Math.max(MINIMUM, ...cells.map(({ word }) => word)))
  );
  if (sum(least) > room) return undefined;
  const widths = [...least];
  for (let free = room - sum(widths); free > 0; free--) {
    const wants = widths.map((have, column) => (natural[column] ?? 0) - have);
    const neediest = wants.indexOf(Math.max(...wants));
    widths[neediest] = (widths[neediest] ?? 0) + 1;
  }
  return widths;
}

function row(cells: readonly string[], widths: readonly number[], look: TextLook): string[] {
  const filled = widths.map((width, column) => fillText(cells[column] ?? "", width, look));
  const height = Math.max(1, ...filled.map((lines) => lines.length));
  return Array.from({ length: height }, (_, index) =>
    filled.map((lines, column) => {
      const line = lines[index] ?? { text: "", width: 0 };
      return line.text + " ".repeat((widths[column] ?? 0) - line.width);
    }).join(" ".repeat(GAP)).trimEnd());
}

/** Each row by itself, its first cell as the heading. */
function entries({ header, rows }: Table, width: number, look: TextLook): string[] {
  return rows.flatMap((cells, index) => {
    const [first = "", ...others] = cells;
    const head = fillText(first, width, look).map(({ text }) => look.theme.bold(text));
    const rest = others.flatMap((cell, column) => {
      const name = header[column + 1] ?? "";
      return cell === "" ? [] : fillText(name === "" ? cell : `${name}: ${cell}`, width - 2, look);
    });
    return [...index === 0 ? [] : [""], ...head, ...rest.map(({ text }) => `  ${text}`)];
  });
}

/** The lines of a table within a width. */
export function renderTable(table: Table, width: number, look: TextLook): readonly string[] {
  const widths = columnWidths(table, width, look);
  if (widths === undefined) return entries(table, width, look);
  const isEmpty = table.header.every((header) => header === "");
  const head = row(table.header.map((header) => header.toUpperCase()), widths, look);
  return [
    ...isEmpty ? [] : head.map((line) => look.theme.dim(line)),
    ...table.rows.flatMap((cells) => row(cells, widths, look)),
  ];
}
