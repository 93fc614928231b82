/**
 * The settings: what counts, who has set it, and how it is changed.
 *
 * @module
 */
import type { ScreenDefinition } from "../screen.ts";
import { startSettings } from "./settings_controller.ts";
import { describeSettings } from "./settings_describe.ts";
import { SETTINGS_KEYS, type SettingsCommand } from "./settings_keys.ts";
import { NO_SETTINGS, reduceSettings, type SettingsAction, type SettingsState } from "./settings_state.ts";
import { SettingsView } from "./settings_view.tsx";

/** The screen of the settings. */
export const SETTINGS_SCREEN: ScreenDefinition<SettingsState, SettingsAction, SettingsCommand> = {
  name: "settings",
  title: "Settings",
  initial: NO_SETTINGS,
  reduce: reduceSettings,
  keys: SETTINGS_KEYS,
  isTyping: ({ isFiltering }) => isFiltering,
  start: startSettings,
  View: SettingsView,
  describe: describeSettings,
};
