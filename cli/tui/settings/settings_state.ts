/**
 * What the screen of the settings knows: pure.
 *
 * @module
 */
import type { ConfigFiles, SettingPath } from "../../../core/config/mod.ts";
import { saysTheSame } from "../same_facts.ts";
import type { FilterAction, FilterState } from "../widgets/filter_keys.ts";
import {
  type CursorAction,
  cursorAfter,
  cursorOn,
  cursorOnMatch,
  FIRST_ROW,
  type ListCursor,
} from "../widgets/list_cursor.ts";
import { matchesSetting, type Setting, type SettingsFacts } from "./setting_row.ts";

/** The state of the screen. */
export interface SettingsState extends FilterState {
  /** All, by group. */
  readonly settings: readonly Setting[];
  /** Those that are shown; the same array until one of them changes. */
  readonly rows: readonly Setting[];
  readonly cursor: ListCursor;
  readonly files: ConfigFiles | undefined;
}

/** What happens on the screen. */
export type SettingsAction =
  | { readonly type: "read"; readonly facts: SettingsFacts }
  | CursorAction
  | { readonly type: "chosen"; readonly path: SettingPath }
  | FilterAction;

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
  return { ...state, rows, cursor: cursorOn(state.cursor, Math.max(0, at), rows.length) };
}

function read(state: SettingsState, { settings, files }: SettingsFacts): SettingsState {
  const known = saysTheSame(files, state.files) ? state : { ...state, files };
  return saysTheSame(settings, state.settings) ? known : derive({ ...known, settings });
}

/** The state after something has happened. */
export function reduceSettings(state: SettingsState, action: SettingsAction): SettingsState {
  switch (action.type) {
    case "read":
      return read(state, action.facts);
    case "moved":
    case "placed":
      return { ...state, cursor: cursorAfter(state.cursor, action, state.rows.length) };
    case "chosen":
      return {
        ...state,
        cursor: cursorOnMatch(state.cursor, state.rows, ({ path }) => path === action.path),
      };
    case "filtered":
      return action.filter === state.filter ? state : derive({ ...state, filter: action.filter });
    case "filtering":
      return { ...state, isFiltering: action.isFiltering };
  }
}
