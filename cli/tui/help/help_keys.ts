/**
 * The keys of the help.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import type { CursorMove } from "../widgets/list_cursor.ts";
import type { HelpState } from "./help_state.ts";

/** The keys of the help: it can be read, and that is all. */
export const HELP_KEYS: readonly KeyBinding<HelpState, CursorMove>[] = [
  { keys: ["up", "k"], command: "up", label: "up", help: "One line up" },
  { keys: ["down", "j"], command: "down", label: "down", help: "One line down" },
  { keys: ["pagedown", "space"], command: "pagedown", label: "further", help: "One page down" },
  { keys: ["pageup"], command: "pageup", label: "back", help: "One page up", inFooter: false },
  { keys: ["home"], command: "home", label: "first", help: "To the first line", inFooter: false },
  { keys: ["end"], command: "end", label: "last", help: "To the last line", inFooter: false },
];
