/**
 * Settings and what they can be set to.
 *
 * @module
 */
import { settingValue } from "../../config/resolve_settings.ts";
import { SETTING_FIELDS, SETTING_PATHS } from "../../config/setting_fields.ts";
import { booleanKind, directoryKind } from "../../config/setting_kinds.ts";
import type { Settings, SettingValue } from "../../config/settings.ts";

/** A setting. */
export interface KnownSetting {
  /** Such as `download.connections`. */
  readonly name: string;
  readonly description: string;
  /** The words it may be; empty when it may be other things. */
  readonly words: readonly string[];
  /** As it is now and as it is by default, as they are typed; empty for what cannot be typed. */
  readonly value: string;
  readonly default: string;
  readonly isDirectory: boolean;
}

function typed(value: SettingValue | undefined): string {
  return value === undefined
    ? ""
    : value === null
    ? "none"
    : Array.isArray(value)
    ? value.join(",")
    : String(value);
}

/** All settings, in the order in which they are shown. */
export function knownSettings(settings: Settings | undefined): readonly KnownSetting[] {
  return SETTING_PATHS.map((name) => {
    const field = SETTING_FIELDS[name];
    return {
      name,
      description: field.description,
      words: field.kind === booleanKind ? ["true", "false"] : field.kind.words ?? [],
      value: typed(settings === undefined ? undefined : settingValue(settings, name)),
      default: typed(field.default),
      isDirectory: field.kind === directoryKind,
    };
  });
}
