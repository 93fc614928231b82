/**
 * The keys of the history's screen.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { cursorKeys } from "../widgets/cursor_keys.ts";
import { type FilterFieldCommand, filterFieldKeys } from "../widgets/filter_field_keys.ts";
import type { CursorMove } from "../widgets/list_cursor.ts";
import { type HistoryState, selectedRecord } from "./history_state.ts";

/** What the keys of the history do. */
export type HistoryCommand =
  | CursorMove
  | FilterFieldCommand
  | "clear"
  | "model"
  | "period"
  | "refresh"
  | "retry"
  | "show"
  | "statistics"
  | "status"
  | "toList";

type Binding = KeyBinding<HistoryState, HistoryCommand>;

const inList = (state: HistoryState): boolean => !state.isTyping && state.look === "list";
const hasRecord = (state: HistoryState): boolean =>
  !state.isTyping && state.look !== "statistics" && selectedRecord(state) !== undefined;
const canRetry = (state: HistoryState): boolean =>
  hasRecord(state) && selectedRecord(state)?.status !== "completed";
const isWide = (state: HistoryState): boolean => !state.isTyping && state.look !== "record";

const ACTS: readonly Binding[] = [
  {
    keys: ["enter"],
    command: "show",
    label: "details",
    help: "Show the download whole: its files, its times, what went wrong",
    twin: "mm history show ID",
    when: (state) => inList(state) && hasRecord(state),
  },
  {
    keys: ["escape", "backspace"],
    command: "toList",
    label: "list",
    help: "Go back to the list",
    when: (state) => !state.isTyping && state.look !== "list",
  },
  {
    keys: ["x"],
    command: "retry",
    label: "try again",
    help: "Queue a download again that failed or was cancelled; what it has fetched is kept",
    twin: "mm queue add REF",
    when: canRetry,
  },
  {
    keys: ["s"],
    command: "statistics",
    label: "statistics",
    help: "Show the sums: success rate, bytes by day and by model, speed; again shows the list",
    twin: "mm history stats",
    when: (state) => !state.isTyping,
  },
  {
    keys: ["f"],
    command: "status",
    label: "status",
    help: "Look at all, completed, failed or cancelled downloads",
    twin: "mm history list --status failed",
    when: isWide,
  },
  {
    keys: ["w"],
    command: "period",
    label: "when",
    help: "Look at all times, the last day, 7 days or 30 days",
    twin: "mm history list --since 7d",
    when: isWide,
  },
  {
    keys: ["/"],
    command: "filter",
    label: "filter",
    help: "Look at models with a text in their names",
    twin: "mm history list --repo REPO",
    when: isWide,
  },
  {
    keys: ["m"],
    command: "model",
    label: "model",
    help: "Show the model on the Hub, and its quants",
    twin: "mm show REF",
    when: hasRecord,
  },
  {
    keys: ["c", "delete"],
    command: "clear",
    label: "clear",
    help: "Delete the records that are shown, after a question; models stay",
    twin: "mm history clear",
    when: isWide,
  },
  {
    keys: ["r"],
    command: "refresh",
    label: "refresh",
    help: "Read the history again",
    twin: "mm history list",
    when: (state) => !state.isTyping,
  },
];

/** All of them. */
export const HISTORY_KEYS: readonly Binding[] = [
  ...ACTS,
  ...cursorKeys<HistoryState>({
    row: "row",
    when: (state) => !state.isTyping,
    help: {
      down: "One row down; near the end, older downloads are read",
      end: "To the last row that was read",
    },
  }),
  ...filterFieldKeys<HistoryState>({
    done: "Keep the name, and go back to the list",
    all: ["all models", "Look at all models again"],
    isSet: (state) => inList(state) && state.choice.repo !== "",
    twin: "mm history list --repo REPO",
  }),
];
