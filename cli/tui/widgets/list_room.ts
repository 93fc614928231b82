/**
 * How many rows of a list are seen, as far as a controller can know.
 *
 * @module
 */
import type { TuiContext } from "../context.ts";

const USUAL_ROWS = 24;
/** The title bar, the line of keys, and the line that the terminal's own cursor rests on. */
const SHELL_LINES = 3;

/**
 * Rows of a list on this terminal, for a step of a page; the view lets the cursor be seen whatever room there is.
 *
 * @param otherLines Lines of the screen that are no rows of the list.
 */
export function listRoom(
  { session }: { readonly session: Pick<TuiContext["session"], "terminal"> },
  otherLines: number,
): number {
  const rows = session.terminal?.size()?.rows ?? USUAL_ROWS;
  return Math.max(3, rows - SHELL_LINES - otherLines);
}
