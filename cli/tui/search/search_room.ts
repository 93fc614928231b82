/**
 * How the lines of the search are shared out: pure.
 *
 * @module
 */

/** The lines of a search, from the top to the bottom. */
export interface SearchRoom {
  /** How much is shown of each model. */
  readonly layout: "wide" | "medium" | "narrow";
  /** Whether there is a line that says of what the results are. */
  readonly hasHeading: boolean;
  /** Lines for the model that the cursor is on. */
  readonly factRows: 1 | 2;
  /** Lines of the table, its headers among them. */
  readonly tableRows: number;
}

/** Lines below which the table needs all of them. */
const ROOMY = 14;

/** Shares out the lines; `taken` are those of a message above the table. */
export function searchRoom(
  { columns, rows }: { readonly columns: number; readonly rows: number },
  taken = 0,
): SearchRoom {
  const layout = columns >= 80 ? "wide" : columns >= 60 ? "medium" : "narrow";
  const hasHeading = rows >= ROOMY;
  const factRows = hasHeading ? 2 : 1;
  // Words, filters and heading above, facts and the count below.
  const tableRows = Math.max(2, rows - 2 - (hasHeading ? 1 : 0) - taken - factRows - 1);
  return { layout, hasHeading, factRows, tableRows };
}

/** The models that are seen at once on a terminal, of which title and keys are not part of the search. */
export function visibleModels(
  { columns, rows }: { readonly columns: number; readonly rows: number },
): number {
  return searchRoom({ columns, rows: rows - 2 }).tableRows - 1;
}
