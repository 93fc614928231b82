/**
 * What is said at the foot of the screen: pure.
 *
 * @module
 */
import { fit, type Measure, printable } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import { wrapText } from "../widgets/wrap_text.ts";
import type { Message } from "./shell.ts";

/** A message may take so much of the screen, and no more. */
const MAX_LINES = 4;
/** An error may take so much of the lowest screen: what is wrong, and what to do, which may want two lines. */
const LEAST_OF_ERROR = 3;
/** Screens lower than this have no room for advice in notes. */
const SHORT_ROWS = 16;

/** How many lines a message may take. */
function roomFor({ kind, hints }: Message, rows: number): number {
  // Where there is little room, a note is worth no more than its first words.
  if (kind === "note" && rows < SHORT_ROWS) return 1;
  const least = kind === "error" && hints.length > 0 ? LEAST_OF_ERROR : 1;
  return Math.min(MAX_LINES, Math.max(least, Math.floor(rows / 4)));
}

/** The lines of a message, few enough to leave the screen in sight; its first piece of advice stays whole. */
export function messageLines(
  message: Message,
  { columns, rows, theme, measure }: Pick<Frame, "columns" | "rows" | "theme" | "measure">,
): string[] {
  const { kind, text, hints } = message;
  const width = columns - 1;
  const style = kind === "error" ? theme.error : theme.accent;
  const room = roomFor(message, rows);
  /** The lines of a text, of which so many fit. */
  const wrap = (what: string, most: number): string[] => {
    const lines = wrapText(printable(what), width, measure);
    const last = lines[most - 1];
    return last === undefined || lines.length === most
      ? lines
      : [...lines.slice(0, most - 1), cutShort(last, width, measure)];
  };
  const [advice = [], ...others] = room === 1 ? [] : hints.map((hint) => wrap(`hint: ${hint}`, room - 1));
  const said = wrap(kind === "error" ? `error: ${text}` : text, room - advice.length);
  const rest = others.flat().slice(0, room - said.length - advice.length);
  return [...said.map(style), ...[...advice, ...rest].map(theme.dim)];
}

/** The line, and a sign that there is more, even where the line itself would fit. */
function cutShort(line: string, width: number, measure: Measure): string {
  return fit(measure(line) < width ? `${line}…` : `${line} …`, width, { measure });
}
