/**
 * What the screen of the daemon's log does.
 *
 * @module
 */
import type { ScreenController, ScreenPorts } from "../screen.ts";
import { filterFieldActions } from "../widgets/filter_field_keys.ts";
import { type CursorMove, isCursorMove } from "../widgets/list_cursor.ts";
import { listRoom } from "../widgets/list_room.ts";
import { scrollTop } from "../widgets/scroll_text.ts";
import { followLog } from "./log_tail.ts";
import type { LogsCommand } from "./logs_keys.ts";
import { type LogsAction, type LogsState, selectedEntry } from "./logs_state.ts";

/** Lines of the screen that are no lines of the log. */
const OTHER_LINES = 3;

/** Starts the controller of the screen of the log. */
export function startLogs(
  { store, context }: ScreenPorts<LogsState, LogsAction>,
): ScreenController<LogsCommand> {
  const { shell, signal } = context;
  let shown: AbortController | undefined;

  const follow = (): void => {
    shown?.abort();
    const current = shown = new AbortController();
    const listener = {
      onOpen: (path: string): void => store.dispatch({ type: "opened", path }),
      onRead: (
        entries: Extract<LogsAction, { type: "read" }>["entries"],
        options: { isFirst: boolean },
      ): void => store.dispatch({ type: "read", entries, ...options }),
    };
    followLog(context, listener, AbortSignal.any([signal, current.signal])).catch((error: unknown) => {
      if (!current.signal.aborted) shell.fail(error);
    });
  };
  const rows = (): number => listRoom(context, OTHER_LINES);
  const move = (by: CursorMove): void => {
    const { isWhole, top } = store.get();
    const entry = selectedEntry(store.get());
    if (!isWhole) return store.dispatch({ type: "moved", move: by, rows: rows() });
    if (entry !== undefined) store.dispatch({ type: "scrolled", top: scrollTop(entry, top, by) });
  };

  return {
    enter: follow,
    leave() {
      shown?.abort();
      store.dispatch({ type: "typing", isTyping: false });
    },
    perform(command) {
      if (isCursorMove(command)) return move(command);
      const filtering = filterFieldActions(command);
      if (filtering !== undefined) return filtering.forEach(store.dispatch);
      switch (command) {
        case "follow":
          return store.dispatch({ type: "following", isFollowing: !store.get().isFollowing });
        case "level":
          return store.dispatch({ type: "level" });
        case "wrap":
          return store.dispatch({ type: "wrapped" });
        case "whole":
        case "toList":
          return store.dispatch({ type: "whole", isWhole: command === "whole" });
        case "refresh":
          return follow();
      }
    },
    type: (text) => store.dispatch({ type: "edited", edit: { type: "insert", text } }),
    select: (index) => store.dispatch({ type: "placed", index, rows: rows() }),
  };
}
