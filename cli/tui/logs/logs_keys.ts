/**
 * The keys of the screen of the daemon's log.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { cursorKeys } from "../widgets/cursor_keys.ts";
import { type FilterFieldCommand, filterFieldKeys } from "../widgets/filter_field_keys.ts";
import type { CursorMove } from "../widgets/list_cursor.ts";
import { type LogsState, selectedEntry } from "./logs_state.ts";

/** What the keys of the log do. */
export type LogsCommand =
  | CursorMove
  | FilterFieldCommand
  | "follow"
  | "level"
  | "refresh"
  | "toList"
  | "whole"
  | "wrap";

type Binding = KeyBinding<LogsState, LogsCommand>;

const inList = (state: LogsState): boolean => !state.isTyping && !state.isWhole;

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

/** All of them. */
export const LOGS_KEYS: readonly Binding[] = [
  ...ACTS,
  ...cursorKeys<LogsState>({
    row: "line",
    when: (state) => !state.isTyping,
    help: {
      up: "One line up; what comes is followed no more",
      home: "To the oldest line that is kept here",
      end: "To the newest line, and follow what comes",
    },
  }),
  ...filterFieldKeys<LogsState>({
    done: "Keep the text, and go back to the lines",
    all: ["all lines", "Show lines with any text again"],
    isSet: (state) => inList(state) && state.field.text !== "",
    twin: "mm logs --tail all",
  }),
];
