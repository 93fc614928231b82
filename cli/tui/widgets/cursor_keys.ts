/**
 * The keys that move a cursor, for the key maps of screens with a list.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { CURSOR_MOVES, type CursorMove } from "./list_cursor.ts";

const KEYS: Readonly<Record<CursorMove, readonly [keys: readonly string[], label: string]>> = {
  up: [["up", "k"], "up"],
  down: [["down", "j"], "down"],
  pageup: [["pageup"], "page up"],
  pagedown: [["pagedown"], "page down"],
  home: [["home"], "first"],
  end: [["end"], "last"],
};

/** What the cursor moves over, and when. */
export interface CursorKeysOptions<State> {
  /** A row, in a word, such as `model`. */
  readonly row: string;
  /** What is to be said of a move besides. */
  readonly help?: Partial<Readonly<Record<CursorMove, string>>>;
  /** @default always */
  readonly when?: (state: State) => boolean;
}

/** The bindings that move the cursor, all of them out of the footer. */
export function cursorKeys<State>(
  { row, help, when }: CursorKeysOptions<State>,
): readonly KeyBinding<State, CursorMove>[] {
  const usual: Readonly<Record<CursorMove, string>> = {
    up: `One ${row} up`,
    down: `One ${row} down`,
    pageup: "One page up",
    pagedown: "One page down",
    home: `To the first ${row}`,
    end: `To the last ${row}`,
  };
  return CURSOR_MOVES.map((command) => {
    const [keys, label] = KEYS[command];
    const shown = { label, help: help?.[command] ?? usual[command], inFooter: false };
    return { keys, command, ...shown, ...(when === undefined ? {} : { when }) };
  });
}
