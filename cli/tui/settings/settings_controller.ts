/**
 * What the screen of the settings does.
 *
 * @module
 */
import type { ScreenController, ScreenPorts } from "../screen.ts";
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
  const { shell, clock, signal } = context;
  let shown: AbortController | undefined;
  let lastRead = 0;
  let isAtWork = false;

  const read = async (): Promise<void> => {
    const request = ++lastRead;
    const facts = await loadFacts(context);
    if (request === lastRead) store.dispatch({ type: "read", facts });
  };
  const lookAround = async (lookSignal: AbortSignal): Promise<void> => {
    for (;;) {
      try {
        await clock.sleep(LOOK_EVERY_MS, { signal: lookSignal });
      } catch {
        return;
      }
      // A file that is being edited is often wrong for a while: what was shown before stays.
      await read().catch(() => {});
    }
  };
  const change = async (command: "change" | "unset" | "resetAll"): Promise<void> => {
    const setting = selectedSetting(store.get());
    if (command === "resetAll") await resetSettings(context);
    else if (setting !== undefined) {
      await (command === "change" ? changeSetting(context, setting) : unsetSetting(context, setting));
    }
    await read();
  };
  const once = async (work: () => Promise<void>): Promise<void> => {
    if (isAtWork) return;
    isAtWork = true;
    try {
      await work();
    } finally {
      isAtWork = false;
    }
  };
  const rows = (): number => listRoom(context, OTHER_LINES);
  const filter = (text: string): void => store.dispatch({ type: "filtered", filter: text });
  const isFiltering = (value: boolean): void => store.dispatch({ type: "filtering", isFiltering: value });

  return {
    async enter() {
      if (shown === undefined) {
        shown = new AbortController();
        lookAround(AbortSignal.any([signal, shown.signal])).catch(shell.fail);
      }
      await read();
    },
    leave() {
      shown?.abort();
      shown = undefined;
      isFiltering(false);
    },
    async perform(command) {
      switch (command) {
        case "up":
        case "down":
        case "pageup":
        case "pagedown":
        case "home":
        case "end":
          return store.dispatch({ type: "moved", move: command, rows: rows() });
        case "refresh":
          return await read();
        case "filter":
          return isFiltering(true);
        case "filterDone":
          return isFiltering(false);
        case "filterBackspace":
          return filter(withoutLast(store.get().filter));
        case "filterErase":
          return filter("");
        case "filterClear":
          filter("");
          return isFiltering(false);
        case "editFile":
          return shell.say("The whole file is edited outside of this window", [
            "Leave with Q, then edit it: mm config edit",
          ]);
        default:
          await once(() => change(command));
      }
    },
    type: (text) => filter(store.get().filter + text),
    select: (index) => store.dispatch({ type: "placed", index, rows: rows() }),
  };
}

function withoutLast(text: string): string {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment).slice(0, -1).join("");
}
