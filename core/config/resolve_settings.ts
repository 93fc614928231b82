/**
 * Which value a setting has, and why: options > environment > project file > user file > defaults.
 *
 * @module
 */
import type { PathContext } from "./setting_kinds.ts";
import { readSetting, SETTING_FIELDS, SETTING_PATHS } from "./setting_fields.ts";
import type { SettingPath, Settings, SettingValue } from "./settings.ts";

/** Where a value comes from. */
export interface SettingOrigin {
  readonly source: "option" | "environment" | "project file" | "user file" | "default";
  /** The option, the variable or the file; `undefined` for a default. */
  readonly name?: string;
}

/** A value and where it comes from. */
export interface OriginatedValue {
  readonly value: SettingValue;
  readonly origin: SettingOrigin;
}

/** The values of one place. */
export type SettingLayer = ReadonlyMap<SettingPath, OriginatedValue>;

/** The settings, and where each of them comes from. */
export interface ResolvedSettings {
  readonly settings: Settings;
  readonly origins: ReadonlyMap<SettingPath, SettingOrigin>;
}

/** The defaults as a layer. */
export function defaultLayer(context: PathContext): SettingLayer {
  return new Map(SETTING_PATHS.map((path) => {
    const read = readSetting(path, SETTING_FIELDS[path].default, context);
    if ("problem" in read) throw new TypeError(`The default of "${path}" ${read.problem}`);
    return [path, { value: read.value, origin: { source: "default" as const } }];
  }));
}

/** Nested settings from dotted names; names that are missing stay missing. */
export function nestSettings(
  values: Iterable<readonly [SettingPath, SettingValue]>,
): Record<string, SettingValue | Record<string, SettingValue>> {
  const nested: Record<string, SettingValue | Record<string, SettingValue>> = {};
  for (const [path, value] of values) {
    const [group = "", key] = path.split(".");
    if (key === undefined) nested[group] = value;
    else nested[group] = { ...nested[group] as Record<string, SettingValue> | undefined, [key]: value };
  }
  return nested;
}

/** The value of one setting. */
export function settingValue(settings: Settings, path: SettingPath): SettingValue {
  let value: unknown = settings;
  for (const key of path.split(".")) value = (value as Record<string, unknown>)[key];
  return value as SettingValue;
}

/**
 * The settings from layers, the strongest first; what none of them says is a default.
 *
 * @param context Tells what `~` is in the defaults.
 */
export function resolveSettings(layers: readonly SettingLayer[], context: PathContext): ResolvedSettings {
  const all = [...layers, defaultLayer(context)];
  const values: [SettingPath, SettingValue][] = [];
  const origins = new Map<SettingPath, SettingOrigin>();
  for (const path of SETTING_PATHS) {
    const found = all.find((layer) => layer.has(path))?.get(path);
    if (found === undefined) continue;
    values.push([path, found.value]);
    origins.set(path, found.origin);
  }
  // Every path of the table is a leaf of `Settings` (its type says so) and the defaults name them all.
  return { settings: nestSettings(values) as unknown as Settings, origins };
}
