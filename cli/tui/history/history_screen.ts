/**
 * The history: what was downloaded, and how it went.
 *
 * @module
 */
import type { ScreenDefinition } from "../screen.ts";
import { startHistory } from "./history_controller.ts";
import { describeHistory } from "./history_describe.ts";
import { HISTORY_KEYS, type HistoryCommand } from "./history_keys.ts";
import { EMPTY_HISTORY, type HistoryAction, type HistoryState, reduceHistory } from "./history_state.ts";
import { HistoryView } from "./history_view.tsx";

/** The screen of the history. */
export const HISTORY_SCREEN: ScreenDefinition<HistoryState, HistoryAction, HistoryCommand> = {
  name: "history",
  title: "History",
  initial: EMPTY_HISTORY,
  reduce: reduceHistory,
  keys: HISTORY_KEYS,
  isTyping: ({ isTyping }) => isTyping,
  start: startHistory,
  View: HistoryView,
  describe: describeHistory,
};
