/**
 * The screens of the terminal UI.
 *
 * @module
 */
import { createElement } from "react";
import { DETAILS_SCREEN } from "./details/details_screen.ts";
import { DOWNLOADS_SCREEN } from "./downloads/downloads_screen.ts";
import { LIBRARY_SCREEN } from "./library/library_screen.ts";
import type { ScreenDefinition, ScreenName } from "./screen.ts";
import { SEARCH_SCREEN } from "./search/search_screen.ts";
import type { AnyScreen, TuiParts } from "./tui.ts";
import { Lines } from "./widgets/lines.tsx";

function blank(name: ScreenName, title: string): ScreenDefinition<null, unknown, never> {
  return {
    name,
    title,
    initial: null,
    reduce: (state) => state,
    keys: [],
    start: () => ({ perform() {} }),
    View: ({ frame }) => createElement(Lines, { lines: [`${title}: ${frame.columns}x${frame.rows}`] }),
    describe: () => [title],
  };
}

/** Every screen but the help. */
export const SCREENS: readonly AnyScreen[] = [
  LIBRARY_SCREEN,
  SEARCH_SCREEN,
  DOWNLOADS_SCREEN,
  blank("history", "History"),
  blank("schedules", "Schedules"),
  blank("settings", "Settings"),
  blank("logs", "Logs"),
  DETAILS_SCREEN,
];

/** The help, which is made of the others' keys. */
export const makeHelp: TuiParts["help"] = () => blank("help", "Help");
