/**
 * What is said at the foot of the screen: pure.
 *
 * @module
 */
import { printable } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import type { Message } from "./shell.ts";

/** A message may take so much of the screen, and no more. */
const MAX_LINES = 4;
/** Screens lower than this have no room for advice in notes. */
const SHORT_ROWS = 16;

/** The lines of a message, few enough to leave the screen in sight. */
export function messageLines(
  { kind, text, hints }: Message,
  { columns, rows, theme, measure }: Pick<Frame, "columns" | "rows" | "theme" | "measure">,
): string[] {
  const style = kind === "error" ? theme.error : theme.accent;
  const said = wrapText(printable(kind === "error" ? `error: ${text}` : text), columns - 1, measure);
  // Where there is little room, a note is worth no more than its first words.
  const isShort = kind === "note" && rows < SHORT_ROWS;
  const advice = (isShort ? [] : hints).flatMap((hint) =>
    wrapText(printable(`hint: ${hint}`), columns - 1, measure)
  );
  const room = isShort ? 1 : Math.min(MAX_LINES, Math.max(1, Math.floor(rows / 4)));
  return [...said.map(style), ...advice.map(theme.dim)].slice(0, room);
}
