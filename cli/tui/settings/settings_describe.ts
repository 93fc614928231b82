/**
 * The screen of the settings in words.
 *
 * @module
 */
import { humanValue, originText } from "../../output/setting_view.ts";
import { printable } from "../../output/text_width.ts";
import type { ViewProps } from "../screen.ts";
import { isUsual, overrideText, type Setting } from "./setting_row.ts";
import { selectedSetting, type SettingsState } from "./settings_state.ts";
import { emptyWords, fileLines } from "./settings_view.tsx";

function describeSetting(setting: Setting): string {
  const { path, origin, usual } = setting;
  const who = isUsual(setting) ? "the default" : `set by the ${originText(origin)}, default ${usual}`;
  return printable(`${path}: ${humanValue(setting)}, ${who}`);
}

/** One fact a line. */
export function describeSettings({ state }: ViewProps<SettingsState>): readonly string[] {
  const { rows, settings, filter, cursor } = state;
  const selected = selectedSetting(state);
  const head = [
    ...fileLines(state),
    ...(filter === "" ? [] : [`Filter "${printable(filter)}": ${rows.length} of ${settings.length}`]),
  ];
  if (selected === undefined) return [...head, emptyWords(state)];
  const override = overrideText(selected);
  return [
    ...head,
    ...rows.map((setting, index) => `${index + 1}. ${describeSetting(setting)}`),
    `Selected: ${cursor.index + 1}. ${selected.path}`,
    `Meaning: ${selected.description}`,
    `Wanted: ${selected.wanted}`,
    ...(override === undefined ? [] : [printable(override)]),
  ];
}
