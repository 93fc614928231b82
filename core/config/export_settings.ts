/**
 * The settings that count, as a file that can be read again.
 *
 * @module
 */
import { nestSettings, type ResolvedSettings, settingValue } from "./resolve_settings.ts";
import { SETTING_PATHS } from "./setting_fields.ts";
import type { SettingPath, SettingValue } from "./settings.ts";

/** What a file of settings can be written as. */
export const EXPORT_FORMATS = ["json", "yaml"] as const;
/** One of {@link EXPORT_FORMATS}. */
export type ExportFormat = typeof EXPORT_FORMATS[number];

/** A default that means something else when it is set: it is then exact. */
const UNLIKE_THEIR_DEFAULT: ReadonlySet<SettingPath> = new Set(["download.connections"]);

/** The settings as they are written into a file: all that count, wherever they come from. There are no secrets. */
export function exportedSettings(
  { settings, origins }: ResolvedSettings,
): Record<string, SettingValue | Record<string, SettingValue>> {
  const exported = SETTING_PATHS.filter((path) =>
    !UNLIKE_THEIR_DEFAULT.has(path) || (origins.get(path)?.source ?? "default") !== "default"
  );
  return nestSettings(exported.map((path) => [path, settingValue(settings, path)]));
}

/** The text of a file with the settings; `--config` takes it. */
export async function formatExport(resolved: ResolvedSettings, format: ExportFormat): Promise<string> {
  const exported = exportedSettings(resolved);
  if (format === "json") return JSON.stringify(exported, undefined, 2);
  const { stringify } = await import("yaml");
  return stringify(exported).trimEnd();
}
