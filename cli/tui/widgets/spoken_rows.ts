/**
 * Which rows of a long list are read out.
 *
 * @module
 */
import type { ListCursor } from "./list_cursor.ts";

/** So many rows at once: more are listened to by nobody. */
const SPOKEN = 20;

/** Rows that are read out. */
export interface SpokenRows<Row> {
  readonly rows: readonly Row[];
  /** The number of the first, from 0 on. */
  readonly first: number;
  /** Which they are; empty when they are all. */
  readonly note: readonly string[];
}

/** The rows around the cursor. */
export function spokenRows<Row>(rows: readonly Row[], { index }: ListCursor): SpokenRows<Row> {
  const first = Math.max(0, Math.min(index - Math.floor(SPOKEN / 2), rows.length - SPOKEN));
  const spoken = rows.slice(first, first + SPOKEN);
  const note = spoken.length === rows.length
    ? []
    : [`Rows ${first + 1} to ${first + spoken.length} of ${rows.length}`];
  return { rows: spoken, first, note };
}
