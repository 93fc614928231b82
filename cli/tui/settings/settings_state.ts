/**
 * What the screen of the settings knows: pure.
 *
 * @module
 */
import type { ConfigFiles, SettingPath } from "../../../core/config/mod.ts";
import {
  type CursorMove,
  FIRST_ROW,
  type ListCursor,
  moveCursor,
  placeCursor,
} from "../widgets/list_cursor.ts";
import { matchesSetting, type Setting, type SettingsFacts } from "./setting_row.ts";

/** The state of the screen. */
export interface SettingsState {
  /** All, by group. */
  readonly settings: readonly Setting[];
  /** Those that are shown; the same array until one of them changes. */
  readonly rows: readonly Setting[];
  readonly cursor: ListCursor;
  readonly files: ConfigFiles | undefined;
  readonly filter: string;
  /** Letters go into the filter. */
  readonly isFiltering: boolean;
}

/** What happens on the screen. */
export type SettingsAction =
  | { readonly type: "read"; readonly facts: SettingsFacts }
  | { readonly type: "moved"; readonly move: CursorMove; readonly rows: number }
  | { readonly type: "placed"; readonly index: number; readonly rows: number }
  | { readonly type: "chosen"; readonly path: SettingPath }
  | { readonly type: "filtered"; readonly filter: string }
  | { readonly type: "filtering"; readonly isFiltering: boolean };

/** Before anything is known. */
export const NO_SETTINGS: SettingsState = {
  settings: [],
  rows: [],
  cursor: FIRST_ROW,
  files: undefined,
  filter: "",
  isFiltering: false,
};

/** The setting that the cursor is on. */
export function selectedSetting(
  { rows, cursor }: Pick<SettingsState, "rows" | "cursor">,
): Setting | undefined {
  return rows[cursor.index];
}

/** What is shown, anew; the cursor stays on its setting. */
function derive(state: SettingsState): SettingsState {
  const path = selectedSetting(state)?.path;
  const { settings, filter } = state;
  const rows = filter.trim() === ""
    ? settings
    : settings.filter((each) => matchesSetting(each, filter.trim()));
  const at = rows.findIndex((each) => each.path === path);
  return place({ ...state, rows }, at < 0 ? 0 : at, rows.length);
}

function place(state: SettingsState, index: number, rows: number): SettingsState {
  return { ...state, cursor: placeCursor(state.cursor, index, { length: state.rows.length, rows }) };
}

/** They are read again and again: what they say counts. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function read(state: SettingsState, { settings, files }: SettingsFacts): SettingsState {
  const known = isSame(files, state.files) ? state : { ...state, files };
  return isSame(settings, state.settings) ? known : derive({ ...known, settings });
}

/** The state after something has happened. */
export function reduceSettings(state: SettingsState, action: SettingsAction): SettingsState {
  switch (action.type) {
    case "read":
      return read(state, action.facts);
    case "moved": {
      const room = { length: state.rows.length, rows: action.rows };
      return { ...state, cursor: moveCursor(state.cursor, action.move, room) };
    }
    case "placed":
      return place(state, action.index, action.rows);
    case "chosen": {
      const at = state.rows.findIndex(({ path }) => path === action.path);
      return at < 0 ? state : place(state, at, state.rows.length);
    }
    case "filtered":
      return action.filter === state.filter ? state : derive({ ...state, filter: action.filter });
    case "filtering":
      return { ...state, isFiltering: action.isFiltering };
  }
}
