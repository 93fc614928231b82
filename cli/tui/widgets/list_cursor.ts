/**
 * A cursor in a list that is longer than the screen: pure.
 *
 * @module
 */

/** Where the cursor is. */
export interface ListCursor {
  /** The row it is on, from 0 on; 0 in an empty list. */
  readonly index: number;
  /** The first row that is seen, when the list is longer than its room. */
  readonly top: number;
}

/** On the first row. */
export const FIRST_ROW: ListCursor = { index: 0, top: 0 };

/** How a cursor moves. */
export const CURSOR_MOVES = ["up", "down", "pageup", "pagedown", "home", "end"] as const;

/** One of the ways. */
export type CursorMove = typeof CURSOR_MOVES[number];

/** Whether a command is to move the cursor. */
export function isCursorMove(command: string): command is CursorMove {
  return (CURSOR_MOVES as readonly string[]).includes(command);
}

/** What happens to the cursor of a list; `rows`: how many are seen at once. */
export type CursorAction =
  | { readonly type: "moved"; readonly move: CursorMove; readonly rows: number }
  | { readonly type: "placed"; readonly index: number; readonly rows: number };

/** The list that a cursor is in. */
export interface ListRoom {
  /** Rows of the list. */
  readonly length: number;
  /** Rows that are seen at once, at least 1. */
  readonly rows: number;
}

/** The cursor on a row, or on the nearest one that there is. */
export function placeCursor({ top }: ListCursor, index: number, { length, rows }: ListRoom): ListCursor {
  const room = Math.max(1, rows);
  const placed = Math.max(0, Math.min(index, length - 1));
  const lowestTop = Math.max(0, length - room);
  const follows = placed < top ? placed : placed >= top + room ? placed - room + 1 : top;
  return { index: placed, top: Math.min(follows, lowestTop) };
}

/** The cursor after a key; at an end it stays. */
export function moveCursor(cursor: ListCursor, move: CursorMove, room: ListRoom): ListCursor {
  const page = Math.max(1, room.rows - 1);
  const to: Readonly<Record<CursorMove, number>> = {
    up: cursor.index - 1,
    down: cursor.index + 1,
    pageup: cursor.index - page,
    pagedown: cursor.index + page,
    home: 0,
    end: room.length - 1,
  };
  return placeCursor(cursor, to[move], room);
}

/** The cursor after what has happened to it. */
export function cursorAfter(cursor: ListCursor, action: CursorAction, length: number): ListCursor {
  const room = { length, rows: action.rows };
  return action.type === "moved"
    ? moveCursor(cursor, action.move, room)
    : placeCursor(cursor, action.index, room);
}

/**
 * The cursor on a row of a list that has changed, or on the nearest one that there is. How many rows are seen is known
 * to the view, which lets the cursor be seen anyway.
 */
export function cursorOn({ top }: ListCursor, wanted: number, length: number): ListCursor {
  const index = Math.max(0, Math.min(wanted, length - 1));
  return { index, top: Math.min(top, index) };
}

/** The cursor on the row that is meant; where there is none, it stays. */
export function cursorOnMatch<Row>(
  cursor: ListCursor,
  rows: readonly Row[],
  isMeant: (row: Row) => boolean,
): ListCursor {
  const at = rows.findIndex(isMeant);
  return at < 0 ? cursor : cursorOn(cursor, at, rows.length);
}

/** The first row to show so that the cursor is seen, whatever room there is just now. */
export function firstVisible(cursor: ListCursor, room: ListRoom): number {
  return placeCursor(cursor, cursor.index, room).top;
}
