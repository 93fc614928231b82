/**
 * What the daemon says.
 *
 * @module
 */
import type { ScreenDefinition } from "../screen.ts";
import { startLogs } from "./logs_controller.ts";
import { describeLogs } from "./logs_describe.ts";
import { LOGS_KEYS, type LogsCommand } from "./logs_keys.ts";
import { EMPTY_LOGS, type LogsAction, type LogsState, reduceLogs } from "./logs_state.ts";
import { LogsView } from "./logs_view.tsx";

/** The screen of the daemon's log. */
export const LOGS_SCREEN: ScreenDefinition<LogsState, LogsAction, LogsCommand> = {
  name: "logs",
  title: "Logs",
  initial: EMPTY_LOGS,
  reduce: reduceLogs,
  keys: LOGS_KEYS,
  isTyping: ({ isTyping }) => isTyping,
  start: startLogs,
  View: LogsView,
  describe: describeLogs,
};
