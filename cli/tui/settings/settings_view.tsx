/**
 * What the screen of the settings looks like.
 *
 * @module
 */
/** @jsxImportSource react */
/** @jsxImportSourceTypes @types/react */
import type { ReactNode } from "react";
import { humanValue } from "../../output/setting_view.ts";
import { fit, pad, printable } from "../../output/text_width.ts";
import type { Frame, ViewProps } from "../screen.ts";
import { Lines } from "../widgets/lines.tsx";
import { wrapText } from "../widgets/wrap_text.ts";
import { isUsual, originLong, overrideText, type Setting } from "./setting_row.ts";
import { settingLines } from "./settings_list.ts";
import { selectedSetting, type SettingsState } from "./settings_state.ts";

/** What to do when there is nothing to show. */
export function emptyWords({ settings, filter }: SettingsState): string {
  if (settings.length === 0) return "Reading the settings…";
  return `No setting has "${
    printable(filter)
  }" in its name or meaning. Press Esc to show all ${settings.length}.`;
}

/** The files that settings are read from, a line each. */
export function fileLines({ files }: SettingsState): readonly string[] {
  if (files === undefined) return [];
  const { userFile, userFileExists, projectFile } = files;
  return [
    `Your file: ${printable(userFile)}${userFileExists ? "" : " (not there yet)"}`,
    ...(projectFile === undefined ? [] : [`Project file: ${printable(projectFile)}`]),
  ];
}

/** What is known of the setting under the cursor. */
function factLines(setting: Setting, frame: Frame): string[] {
  const { columns, measure, theme } = frame;
  const facts = [
    ["Meaning", setting.description],
    ["Value", `${humanValue(setting)}${isUsual(setting) ? ", the default" : ` (default: ${setting.usual})`}`],
    ["Set by", originLong(setting)],
    ["Wanted", setting.wanted],
  ] as const;
  const width = 9;
  return facts.flatMap(([name, text]) =>
    wrapText(printable(text), columns - width, measure).slice(0, 2).map((line, index) =>
      theme.dim(pad(index === 0 ? name : "", width, { measure })) + line
    )
  );
}

/** So many lines, whatever there is to say: the list above stays where it is. */
function sized(lines: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, index) => lines[index] ?? "");
}

/** Without room for all of it: what it means, or why it cannot be changed. */
function shortLine(setting: Setting, { columns, measure, theme }: Frame): string {
  return theme.dim(fit(printable(overrideText(setting) ?? setting.description), columns, { measure }));
}

function pane(state: SettingsState, frame: Frame): string[] {
  const { columns, rows, measure, theme, unicode } = frame;
  const setting = selectedSetting(state);
  const facts = setting === undefined
    ? []
    : rows < 16
    ? [shortLine(setting, frame)]
    : sized(factLines(setting, frame), rows >= 20 ? 7 : 6);
  const files = rows < 16
    ? []
    : fileLines(state).map((line) => theme.dim(fit(line, columns, { measure, cut: "middle" })));
  const rule = rows < 16 ? [] : [theme.border((unicode ? "─" : "-").repeat(columns))];
  return [...rule, ...facts, ...files, ...filterLine(state, frame)];
}

function filterLine({ filter, isFiltering, rows, settings }: SettingsState, frame: Frame): string[] {
  const { columns, theme, measure, unicode } = frame;
  if (isFiltering) {
    const text = fit(`Filter: ${printable(filter)}`, columns - 1, { measure });
    return [text + theme.selected(unicode ? " " : "_")];
  }
  if (filter === "") return [];
  const count = `filter "${printable(filter)}": ${rows.length} of ${settings.length}`;
  return [theme.dim(fit(count, columns, { measure }))];
}

/** The lines of the screen. */
export function settingsLines(state: SettingsState, frame: Frame): string[] {
  const { columns, rows, measure } = frame;
  const below = pane(state, frame);
  const room = rows - below.length;
  const list = state.rows.length === 0
    ? wrapText(emptyWords(state), columns, measure).slice(0, room)
    : settingLines(state, { ...frame, rows: room });
  const blank = Array.from({ length: Math.max(0, room - list.length) }, () => "");
  return [...list, ...blank, ...below];
}

/** The settings. */
export function SettingsView({ state, frame }: ViewProps<SettingsState>): ReactNode {
  return <Lines lines={settingsLines(state, frame)} rows={frame.rows} />;
}
