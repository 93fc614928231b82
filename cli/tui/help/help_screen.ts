/**
 * The help: which key does what, made of the key maps.
 *
 * @module
 */
import type { ScreenDefinition } from "../screen.ts";
import { SCREEN_NAMES, type ScreenName } from "../screen_names.ts";
import type { CursorMove } from "../widgets/list_cursor.ts";
import { scrollTop } from "../widgets/scroll_text.ts";
import { describeHelp } from "./help_describe.ts";
import { HELP_KEYS } from "./help_keys.ts";
import { helpSections, type KnownKey } from "./help_sections.ts";
import { type HelpAction, type HelpState, NO_HELP, reduceHelp } from "./help_state.ts";
import { HelpView } from "./help_view.tsx";

/**
 * The screen of the help. It is opened with the name of the screen that one comes from.
 *
 * @param keysOf Asked when the help is opened: by then all screens are there.
 */
export function createHelpScreen(
  keysOf: (name: ScreenName) => readonly KnownKey[],
): ScreenDefinition<HelpState, HelpAction, CursorMove> {
  return {
    name: "help",
    title: "Help",
    initial: NO_HELP,
    reduce: reduceHelp,
    keys: HELP_KEYS,
    start: ({ store }) => ({
      enter(argument) {
        const from = SCREEN_NAMES.find((name) => name === argument);
        // Asked for from itself, or come back to: it stays as it is.
        const stays = argument === undefined || from === "help";
        if (stays && store.get().sections.length > 0) return;
        const sections = helpSections(keysOf, from === "help" ? undefined : from);
        store.dispatch({ type: "opened", sections });
      },
      perform(command) {
        const { sections, top } = store.get();
        store.dispatch({ type: "scrolled", top: scrollTop(sections, top, command) });
      },
    }),
    View: HelpView,
    describe: describeHelp,
  };
}
