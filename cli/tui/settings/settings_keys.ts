/**
 * The keys of the screen of the settings.
 *
 * @module
 */
import type { KeyBinding } from "../key_map.ts";
import { selectedSetting, type SettingsState } from "./settings_state.ts";
import { isUsual } from "./setting_row.ts";

/** What the keys do. */
export type SettingsCommand =
  | "up"
  | "down"
  | "pageup"
  | "pagedown"
  | "home"
  | "end"
  | "change"
  | "unset"
  | "resetAll"
  | "editFile"
  | "refresh"
  | "filter"
  | "filterDone"
  | "filterBackspace"
  | "filterErase"
  | "filterClear";

type Binding = KeyBinding<SettingsState, SettingsCommand>;

const isFiltering = (state: SettingsState): boolean => state.isFiltering;
const hasOne = (state: SettingsState): boolean => !state.isFiltering && selectedSetting(state) !== undefined;

/** Come first: while letters go into the filter, the other keys end it. */
const FILTER: readonly Binding[] = [
  {
    keys: ["enter"],
    command: "filterDone",
    label: "done",
    help: "Keep the filter, and go back to the list",
    when: isFiltering,
  },
  {
    keys: ["ctrl+u"],
    command: "filterErase",
    label: "erase all",
    help: "Erase the whole filter, and go on typing",
    when: isFiltering,
    inFooter: false,
  },
  {
    keys: ["escape", "ctrl+u"],
    command: "filterClear",
    label: "show all",
    help: "Take the filter away",
    when: (state) => state.isFiltering || state.filter !== "",
  },
  {
    keys: ["backspace", "ctrl+h"],
    command: "filterBackspace",
    label: "erase",
    help: "Erase the last character of the filter",
    when: isFiltering,
    inFooter: false,
  },
];

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

const MOVES: readonly Binding[] = [
  { keys: ["up", "k"], command: "up", label: "up", help: "One setting up", inFooter: false },
  { keys: ["down", "j"], command: "down", label: "down", help: "One setting down", inFooter: false },
  { keys: ["pageup"], command: "pageup", label: "page up", help: "One page up", inFooter: false },
  { keys: ["pagedown"], command: "pagedown", label: "page down", help: "One page down", inFooter: false },
  { keys: ["home"], command: "home", label: "first", help: "To the first setting", inFooter: false },
  { keys: ["end"], command: "end", label: "last", help: "To the last setting", inFooter: false },
];

/** All keys of the screen. */
export const SETTINGS_KEYS: readonly Binding[] = [...FILTER, ...ACTS, ...MOVES];
