/**
 * A setting as its screen shows it: pure.
 *
 * @module
 */
import type { ConfigFiles, ResolvedSettings, SettingPath } from "../../../core/config/mod.ts";
import {
  humanValue,
  isSetElsewhere,
  originText,
  type SettingRow,
  settingRows,
} from "../../output/setting_view.ts";
import type { Configuration } from "../../wiring.ts";

/** A setting, and what is known of it besides its value. */
export interface Setting extends SettingRow {
  /** `download`; `general` for those that stand alone. */
  readonly group: string;
  /** Without its group, such as `limit_rate`. */
  readonly name: string;
  readonly description: string;
  /** What it may be, to follow the words "wanted". */
  readonly wanted: string;
  /** The words it may be, when there are only some. */
  readonly choices: readonly string[] | undefined;
  /** What it is when nobody sets it, in words. */
  readonly usual: string;
}

/** The settings and their files. */
export interface SettingsFacts {
  readonly settings: readonly Setting[];
  readonly files: ConfigFiles;
}

/** Settings that stand alone. */
export const GENERAL = "general";

type Fields = Pick<Configuration, "SETTING_FIELDS" | "SETTING_PATHS" | "settingValue">;

function groupOf(path: SettingPath): readonly [group: string, name: string] {
  const [group = path, name] = path.split(".");
  return name === undefined ? [GENERAL, path] : [group, name];
}

/** All settings by group; those that stand alone come first. */
export function readSettings(configuration: Fields, resolved: ResolvedSettings): readonly Setting[] {
  const all = settingRows(configuration, resolved).map((row): Setting => {
    const { kind, default: usual, description } = configuration.SETTING_FIELDS[row.path];
    const [group, name] = groupOf(row.path);
    const isSwitch = typeof usual === "boolean";
    return {
      ...row,
      group,
      name,
      description,
      wanted: kind.wanted,
      choices: isSwitch ? ["true", "false"] : kind.words,
      usual: humanValue({ path: row.path, value: usual }),
    };
  });
  return [...Map.groupBy(all, ({ group }) => group === GENERAL ? 0 : 1).entries()]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([, settings]) => settings);
}

/** Whether nobody has set it. */
export function isUsual({ origin }: Pick<Setting, "origin">): boolean {
  return origin.source === "default";
}

const SHORTEST: Readonly<Record<Setting["origin"]["source"], string>> = {
  option: "option",
  environment: "variable",
  "project file": "project",
  "user file": "file",
  default: "",
};

/** Who has set it, in a word; empty for nobody. */
export function originWord({ origin }: Pick<Setting, "origin">): string {
  return SHORTEST[origin.source];
}

/** Who has set it, in a few words: options and variables by their names, files by their kind. */
export function originShort({ origin }: Pick<Setting, "origin">): string {
  const { source, name } = origin;
  return source === "option" || source === "environment" ? name ?? source : source;
}

const CURES: Readonly<Record<string, string>> = {
  option: "It counts until this window is left.",
  environment: "To change it here, unset the variable.",
  "project file": "To change it here, take it out of that file.",
};

/** Who has set it, and why a value in the user's file would not count, if that is so. */
export function originLong({ origin }: Pick<Setting, "origin">): string {
  if (!isSetElsewhere(origin)) return originText(origin);
  return `${originText(origin)}, which counts more than your file. ${CURES[origin.source] ?? ""}`.trimEnd();
}

/** Why a value in the user's file would not count; `undefined` when it would. */
export function overrideText(setting: Pick<Setting, "origin">): string | undefined {
  return isSetElsewhere(setting.origin) ? `Set by the ${originLong(setting)}` : undefined;
}

/** Whether a setting is meant by a text. */
export function matchesSetting({ path, description }: Setting, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/);
  const text = `${path} ${description}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
