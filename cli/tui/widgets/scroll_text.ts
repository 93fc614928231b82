/**
 * Text that is longer than its room.
 *
 * @module
 */
import type { CursorMove } from "./list_cursor.ts";

/** How a text was shown last. */
interface Shown {
  /** Lines of the whole text. */
  readonly length: number;
  /** Lines that were seen. */
  readonly rows: number;
}

/** Only who has laid a text out knows how long it is, and only until it is laid out anew. */
const lastShown = new WeakMap<object, Shown>();

/** The lines that are seen from `top` on; never the last one alone when there is room for more. */
export function seenLines(
  lines: readonly string[],
  { of, top, rows }: {
    /** What the text is made of: {@link scrollTop} asks by it. */
    readonly of: object;
    readonly top: number;
    readonly rows: number;
  },
): readonly string[] {
  const room = Math.max(1, rows);
  lastShown.set(of, { length: lines.length, rows: room });
  const first = Math.max(0, Math.min(top, lines.length - room));
  return lines.slice(first, first + room);
}

/** Whether there is more of a text than was seen last, below `top` or above it. */
export function isLongerThanSeen(of: object): boolean {
  const shown = lastShown.get(of);
  return shown !== undefined && shown.length > shown.rows;
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
