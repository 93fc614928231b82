/**
 * The options of the command line that stand for settings.
 *
 * @module
 */
import type { SettingPath } from "./settings.ts";

/** A setting as it was typed. */
export interface OptionSetting {
  readonly setting: SettingPath;
  /** The option. */
  readonly name: string;
  readonly text: string;
}

/** The settings among the options that every command has. */
export function optionSettings(
  { modelsDir, endpoint }: {
    readonly modelsDir?: string | undefined;
    readonly endpoint?: string | undefined;
  },
): readonly OptionSetting[] {
  const all = [
    { setting: "models_dir", name: "--models-dir", text: modelsDir },
    { setting: "endpoint", name: "--endpoint", text: endpoint },
  ] as const;
  return all.flatMap(({ text, ...option }) => text === undefined ? [] : [{ ...option, text }]);
}
