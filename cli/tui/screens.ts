/**
 * The screens of the terminal UI.
 *
 * @module
 */
import { DETAILS_SCREEN } from "./details/details_screen.ts";
import { DOWNLOADS_SCREEN } from "./downloads/downloads_screen.ts";
import { HISTORY_SCREEN } from "./history/history_screen.ts";
import { LIBRARY_SCREEN } from "./library/library_screen.ts";
import { LOGS_SCREEN } from "./logs/logs_screen.ts";
import { SCHEDULES_SCREEN } from "./schedules/schedules_screen.ts";
import { SEARCH_SCREEN } from "./search/search_screen.ts";
import { SETTINGS_SCREEN } from "./settings/settings_screen.ts";
import type { AnyScreen } from "./tui.ts";

export { createHelpScreen } from "./help/help_screen.ts";

/** Every screen but the help, which is made of the others' keys. */
export const SCREENS: readonly AnyScreen[] = [
  LIBRARY_SCREEN,
  SEARCH_SCREEN,
  DOWNLOADS_SCREEN,
  HISTORY_SCREEN,
  SCHEDULES_SCREEN,
  SETTINGS_SCREEN,
  LOGS_SCREEN,
  DETAILS_SCREEN,
];
