/**
 * The keys of the screen of the settings.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { cursorKeys } from "../widgets/cursor_keys.ts";
import { FILTER_KEYS, type FilterCommand } from "../widgets/filter_keys.ts";
import type { CursorMove } from "../widgets/list_cursor.ts";
import { selectedSetting, type SettingsState } from "./settings_state.ts";
import { isUsual } from "./setting_row.ts";

/** What the keys do. */
export type SettingsCommand =
  | CursorMove
  | FilterCommand
  | "change"
  | "unset"
  | "resetAll"
  | "editFile"
  | "refresh";

type Binding = KeyBinding<SettingsState, SettingsCommand>;

const hasOne = (state: SettingsState): boolean => !state.isFiltering && selectedSetting(state) !== undefined;

const ACTS: readonly Binding[] = [
  {
    keys: ["enter"],
    command: "change",
    label: "change",
    help: "Change the setting in your file",
    twin: "mm config set KEY VALUE",
    when: hasOne,
  },
  {
    keys: ["u", "delete"],
    command: "unset",
    label: "default",
    help: "Take the setting out of your file, after a question",
    twin: "mm config unset KEY",
    when: (state) => {
      const setting = selectedSetting(state);
      return hasOne(state) && setting !== undefined && !isUsual(setting);
    },
  },
  {
    keys: ["/"],
    command: "filter",
    label: "filter",
    help: "Show only settings with a text in their names or meanings",
    twin: "mm config show",
  },
  {
    keys: ["e"],
    command: "editFile",
    label: "edit file",
    help: "Say how the whole file is edited",
    twin: "mm config edit",
    inFooter: false,
  },
  {
    keys: ["x"],
    command: "resetAll",
    label: "reset all",
    help: "Take all settings out of your file, after a question; a backup is kept",
    twin: "mm config reset",
    inFooter: false,
  },
  {
    keys: ["r"],
    command: "refresh",
    label: "refresh",
    help: "Read the files and variables again",
    twin: "mm config show --origin",
    inFooter: false,
  },
];

/** All keys of the screen. */
export const SETTINGS_KEYS: readonly Binding[] = [...FILTER_KEYS, ...ACTS, ...cursorKeys({ row: "setting" })];
