/**
 * Notices that the settings have changed, and what of them: pure, but for reading them.
 *
 * @module
 */
import { SETTING_PATHS, settingValue } from "../config/mod.ts";
import type { SettingOrigin, SettingPath, Settings } from "../config/mod.ts";

/** The settings as they were found. */
export interface FoundSettings {
  readonly settings: Settings;
  readonly origins: ReadonlyMap<SettingPath, SettingOrigin>;
  /** The token that requests are made with, if there is one. */
  readonly token: string | undefined;
}

/** Settings that running work follows, or has no use for; all others begin a new shift. */
const LIVE: readonly SettingPath[] = [
  "download.limit_rate",
  "download.max_concurrent",
  "log.level",
  "ui.theme",
];

/** What is different. */
export interface SettingsChange {
  /** Names, in the order of the settings. */
  readonly paths: readonly SettingPath[];
  readonly token: boolean;
  /** Whether running work cannot follow, so that it has to begin anew. */
  readonly needsNewShift: boolean;
}

/** Compares; a value that is now set, but is the same as the default, may mean something else. */
export function compareSettings(before: FoundSettings, after: FoundSettings): SettingsChange {
  const valueOf = ({ settings, origins }: FoundSettings, path: SettingPath): string =>
    JSON.stringify([settingValue(settings, path), origins.get(path)?.source === "default"]);
  const paths = SETTING_PATHS.filter((path) => valueOf(before, path) !== valueOf(after, path));
  const token = before.token !== after.token;
  return { paths, token, needsNewShift: token || paths.some((path) => !LIVE.includes(path)) };
}

/** Whether two looks have seen the same: a file that is seen once only may be half of what somebody is writing. */
export function isSameLook(one: FoundSettings, other: FoundSettings): boolean {
  const { paths, token } = compareSettings(one, other);
  return paths.length === 0 && !token;
}
