/**
 * The keys of the screen of the daemon's log.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import type { CursorMove } from "../widgets/list_cursor.ts";
import { type TextEditCommand, textFieldKeys } from "../widgets/text_field_keys.ts";
import { type LogsState, selectedEntry } from "./logs_state.ts";

/** What the keys of the log do. */
export type LogsCommand =
  | CursorMove
  | TextEditCommand
  | "filter"
  | "filterClear"
  | "filterDone"
  | "follow"
  | "level"
  | "refresh"
  | "toList"
  | "whole"
  | "wrap";

type Binding = KeyBinding<LogsState, LogsCommand>;

const isTyping = (state: LogsState): boolean => state.isTyping;
const inList = (state: LogsState): boolean => !state.isTyping && !state.isWhole;

/** While letters go into the filter, other keys end it. */
const TYPING: readonly Binding[] = [
  {
    keys: ["enter", "down"],
    command: "filterDone",
    label: "done",
    help: "Keep the text, and go back to the lines",
    when: isTyping,
  },
  {
    keys: ["escape"],
    command: "filterClear",
    label: "all lines",
    help: "Show lines with any text again",
    when: (state) => state.isTyping || (inList(state) && state.field.text !== ""),
  },
  ...textFieldKeys<LogsState>({ when: isTyping, twin: "mm logs --tail all" }),
];

const ACTS: readonly Binding[] = [
  {
    keys: ["enter"],
    command: "whole",
    label: "whole line",
    help: "Show one line whole, with all its facts",
    twin: "mm logs --json",
    when: (state) => inList(state) && selectedEntry(state) !== undefined,
  },
  {
    keys: ["escape", "enter", "backspace"],
    command: "toList",
    label: "all lines",
    help: "Go back to the lines",
    when: (state) => !state.isTyping && state.isWhole,
  },
  {
    keys: ["f"],
    command: "follow",
    label: "follow",
    help: "Stay on the newest line, or stop there and read",
    twin: "mm logs --follow",
    when: inList,
  },
  {
    keys: ["l"],
    command: "level",
    label: "level",
    help: "Show only lines that are at least so severe",
    twin: "mm logs --level warning",
    when: inList,
  },
  {
    keys: ["/"],
    command: "filter",
    label: "filter",
    help: "Show only lines with a text in them",
    twin: "mm logs --tail all",
    when: inList,
  },
  {
    keys: ["w"],
    command: "wrap",
    label: "wrap",
    help: "Let long lines go on below, or cut them",
    twin: "mm logs",
    when: inList,
  },
  {
    keys: ["r"],
    command: "refresh",
    label: "refresh",
    help: "Read the log again",
    twin: "mm logs",
    when: inList,
  },
];

const MOVES: readonly (readonly [keys: readonly string[], move: CursorMove, help: string])[] = [
  [["up", "k"], "up", "One line up; what comes is followed no more"],
  [["down", "j"], "down", "One line down"],
  [["pageup"], "pageup", "One page up"],
  [["pagedown"], "pagedown", "One page down"],
  [["home"], "home", "To the oldest line that is kept here"],
  [["end"], "end", "To the newest line, and follow what comes"],
];

/** All of them. */
export const LOGS_KEYS: readonly Binding[] = [
  ...ACTS,
  ...MOVES.map(([keys, move, help]): Binding => ({
    keys,
    command: move,
    label: move,
    help,
    when: (state) => !state.isTyping,
    inFooter: false,
  })),
  ...TYPING,
];
