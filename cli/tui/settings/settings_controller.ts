/**
 * What the screen of the settings does.
 *
 * @module
 */
import { latestOnly, oneAtATime } from "../asking.ts";
import type { ScreenController, ScreenPorts } from "../screen.ts";
import { whileShown } from "../while_shown.ts";
import { filterActions, isFilterCommand } from "../widgets/filter_keys.ts";
import { isCursorMove } from "../widgets/list_cursor.ts";
import { listRoom } from "../widgets/list_room.ts";
import type { SettingsCommand } from "./settings_keys.ts";
import { selectedSetting, type SettingsAction, type SettingsState } from "./settings_state.ts";
import { changeSetting, loadFacts, resetSettings, unsetSetting } from "./setting_work.ts";

/** Somebody else may change the files meanwhile. */
const LOOK_EVERY_MS = 2_000;
/** Lines of the screen that are no rows of the list. */
const OTHER_LINES = 16;

/** Starts the controller. */
export function startSettings(
  { store, context }: ScreenPorts<SettingsState, SettingsAction>,
): ScreenController<SettingsCommand> {
  const read = latestOnly(() => loadFacts(context), (facts) => store.dispatch({ type: "read", facts }));
  const around = whileShown(context, {
    everyMs: LOOK_EVERY_MS,
    // A file that is being edited is often wrong for a while: what was shown before stays.
    look: () => read().catch(() => {}),
  });
  const change = async (command: "change" | "unset" | "resetAll"): Promise<void> => {
    const setting = selectedSetting(store.get());
    if (command === "resetAll") await resetSettings(context);
    else if (setting !== undefined) {
      await (command === "change" ? changeSetting(context, setting) : unsetSetting(context, setting));
    }
    await read();
  };
  const once = oneAtATime();
  const rows = (): number => listRoom(context, OTHER_LINES);

  return {
    async enter() {
      around.begin();
      await read();
    },
    leave() {
      around.end();
      store.dispatch({ type: "filtering", isFiltering: false });
    },
    async perform(command) {
      if (isCursorMove(command)) return store.dispatch({ type: "moved", move: command, rows: rows() });
      if (isFilterCommand(command)) {
        return filterActions(command, store.get().filter).forEach(store.dispatch);
      }
      switch (command) {
        case "refresh":
          return await read();
        case "editFile":
          return context.shell.say("The whole file is edited outside of this window", [
            "Leave with Q, then edit it: mm config edit",
          ]);
        default:
          await once(() => change(command));
      }
    },
    type: (text) => store.dispatch({ type: "filtered", filter: store.get().filter + text }),
    select: (index) => store.dispatch({ type: "placed", index, rows: rows() }),
  };
}
