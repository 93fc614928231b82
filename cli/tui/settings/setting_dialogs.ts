/**
 * The questions by which settings are changed.
 *
 * @module
 */
import { formatByteSize } from "../../../core/base/byte_size.ts";
import type { PathContext, SettingPath, SettingValue } from "../../../core/config/mod.ts";
import { originText, valueText } from "../../output/setting_view.ts";
import { printable } from "../../output/text_width.ts";
import type { Configuration } from "../../wiring.ts";
import type { Shell } from "../shell/shell.ts";
import { isUsual, overrideText, type Setting } from "./setting_row.ts";

/** How what is typed is read. */
export interface SettingReader {
  readonly readSetting: Configuration["readSetting"];
  readonly context: PathContext;
}

/** What is wrong with a text; `undefined` when nothing is. The same as `mm config set` says. */
export function settingProblem(
  path: SettingPath,
  text: string,
  { readSetting, context }: SettingReader,
): string | undefined {
  const result = readSetting(path, text, context);
  return "problem" in result ? `It ${result.problem}` : undefined;
}

/** Powers of 1024 are rarely round numbers of bytes. */
const BINARY_UNITS = [["TiB", 2 ** 40], ["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]] as const;

/** A value as it can be typed again: sizes with a unit where that says the same. */
export function typedValue(
  { path, value }: { readonly path: SettingPath; readonly value: SettingValue },
  { readSetting, context }: SettingReader,
): string {
  const text = valueText(value);
  if (typeof value !== "number" || value < 1024) return text;
  const binary = BINARY_UNITS.find(([, size]) => value % size === 0);
  const rounded = formatByteSize(value);
  const texts = [
    `${parseFloat(rounded)}${rounded.replace(/[^A-Za-z]|B/g, "")}`,
    ...(binary === undefined ? [] : [`${value / binary[1]}${binary[0]}`]),
    text,
  ];
  return texts.toSorted((a, b) => a.length - b.length).find((each) => {
    const read = readSetting(path, each, context);
    return "value" in read && read.value === value;
  }) ?? text;
}

function linesOf(setting: Setting): readonly string[] {
  const override = overrideText(setting);
  return [
    `${setting.description}.`,
    ...(setting.choices === undefined ? [`Wanted: ${setting.wanted}. Default: ${setting.usual}`] : []),
    ...(override === undefined ? [] : [printable(override)]),
  ];
}

async function askChoice(
  shell: Shell,
  setting: Setting,
  choices: readonly string[],
): Promise<string | undefined> {
  const now = valueText(setting.value);
  const marks = (choice: string): string =>
    [choice === now ? "as it is now" : "", choice === setting.usual ? "the default" : ""]
      .filter((text) => text !== "").join(", ");
  return await shell.confirm({
    title: setting.path,
    lines: linesOf(setting),
    choices: choices.map((choice) => {
      const mark = marks(choice);
      const letter = choice.charAt(0);
      const isAlone = choices.filter((each) => each.startsWith(letter)).length === 1;
      return {
        id: choice,
        label: choice,
        ...(isAlone ? { key: letter } : {}),
        ...(mark === "" ? {} : { detail: `${choice}: ${mark}` }),
      };
    }),
    initial: now,
  });
}

/** Asks for a value. @returns its text as typed; `undefined` when it was left */
export async function askForValue(
  shell: Shell,
  setting: Setting,
  reader: SettingReader,
): Promise<string | undefined> {
  const { path, choices } = setting;
  if (choices !== undefined) return await askChoice(shell, setting, choices);
  return await shell.ask({
    title: path,
    lines: linesOf(setting),
    initial: printable(typedValue(setting, reader)),
    check: (text) => settingProblem(path, text, reader),
  });
}

/** Asks whether a setting is to be taken out of the user's file. */
export async function askForUnset(shell: Shell, setting: Setting): Promise<boolean> {
  const { path, usual, origin } = setting;
  const answer = await shell.confirm({
    title: `Back to the default of ${path}?`,
    lines: isUsual(setting) || origin.source === "user file"
      ? [`It is ${printable(valueText(setting.value)) || "none"} now, and then ${usual}.`]
      : [printable(`It is taken out of your file. It is still set by the ${originText(origin)}.`)],
    choices: [{ id: "unset", label: "Take it out", key: "t" }, { id: "keep", label: "Keep", key: "k" }],
    initial: "keep",
  });
  return answer === "unset";
}

/** Asks whether all settings are to be taken out of the user's file. */
export async function askForReset(shell: Shell, file: string): Promise<boolean> {
  const answer = await shell.confirm({
    title: "Take all settings out of your file?",
    lines: [printable(file), "A backup is kept beside it."],
    choices: [{ id: "reset", label: "Take all out", key: "t" }, { id: "keep", label: "Keep", key: "k" }],
    initial: "keep",
    isDangerous: true,
  });
  return answer === "reset";
}
