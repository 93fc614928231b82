/**
 * The library: what is here, and what is on its way.
 *
 * @module
 */
import type { ScreenDefinition } from "../screen.ts";
import { LibraryController } from "./library_controller.ts";
import { describeLibrary } from "./library_describe.ts";
import { LIBRARY_KEYS, type LibraryCommand } from "./library_keys.ts";
import { EMPTY_LIBRARY, type LibraryAction, type LibraryState, reduceLibrary } from "./library_state.ts";
import { LibraryView } from "./library_view.tsx";

/** The screen of the library. */
export const LIBRARY_SCREEN: ScreenDefinition<LibraryState, LibraryAction, LibraryCommand> = {
  name: "library",
  title: "Library",
  initial: EMPTY_LIBRARY,
  reduce: reduceLibrary,
  keys: LIBRARY_KEYS,
  isTyping: ({ isFiltering }) => isFiltering,
  start: (ports) => new LibraryController(ports),
  View: LibraryView,
  describe: describeLibrary,
};
