/**
 * Text that is longer than its room.
 *
 * @module
 */
import { formatPercent } from "../../output/humanize.ts";
import { fit } from "../../output/text_width.ts";
import type { Frame } from "../screen.ts";
import type { CursorMove } from "./list_cursor.ts";

/** How a text was shown last. */
export interface ShownText {
  /** Lines of the whole text. */
  readonly length: number;
  /** Lines of it that were seen. */
  readonly rows: number;
}

/** Only who has laid a text out knows how long it is, and only until it is laid out anew. */
const lastShown = new WeakMap<object, ShownText>();

/** Notes how a text is shown, for {@link scrollTop}: done by who draws it in a way of its own. */
export function noteShown(of: object, shown: ShownText): void {
  lastShown.set(of, shown);
}

/** Which part of a text is shown. */
export interface ScrollOptions {
  /** What the text is made of: {@link scrollTop} asks by it. */
  readonly of: object;
  /** The first line that is wanted. */
  readonly top: number;
  readonly frame: Pick<Frame, "columns" | "rows" | "theme" | "measure" | "unicode">;
}

/** The lines that are seen, as many as the frame has; a text that is longer says so in the last one. */
export function scrolledLines(
  lines: readonly string[],
  { of, top, frame }: ScrollOptions,
): readonly string[] {
  const { columns, theme, measure, unicode } = frame;
  const room = Math.max(1, frame.rows);
  // A single line for both would say nothing of the text.
  const hasFoot = lines.length > room && room > 1;
  const rows = hasFoot ? room - 1 : room;
  noteShown(of, { length: lines.length, rows });
  const first = Math.max(0, Math.min(top, lines.length - rows));
  const seen = lines.slice(first, first + rows);
  if (!hasFoot) return seen;
  const isEnd = first + rows >= lines.length;
  const text = isEnd
    ? "the end"
    : `${formatPercent(first + rows, lines.length)}, more below: ${unicode ? "↓" : "Down"} or PgDn`;
  return [...seen, theme.dim(fit(text, columns, { measure }))];
}

/** The first line to see after a key; at an end it stays. */
export function scrollTop(of: object, top: number, move: CursorMove): number {
  const { length, rows } = lastShown.get(of) ?? { length: 0, rows: 1 };
  const last = Math.max(0, length - rows);
  const page = Math.max(1, rows - 1);
  const from = Math.min(top, last);
  const to: Readonly<Record<CursorMove, number>> = {
    up: from - 1,
    down: from + 1,
    pageup: from - page,
    pagedown: from + page,
    home: 0,
    end: last,
  };
  return Math.max(0, Math.min(to[move], last));
}
