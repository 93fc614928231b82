/**
 * Settings on a screen.
 *
 * @module
 */
import { formatByteRate, formatByteSize } from "../../core/base/byte_size.ts";
import type { ResolvedSettings, SettingOrigin, SettingPath, SettingValue } from "../../core/config/mod.ts";
import type { Configuration } from "../wiring.ts";
import { plural } from "./humanize.ts";
import type { Column } from "./table.ts";

/** A setting, its value and who has set it. */
export interface SettingRow {
  readonly path: SettingPath;
  readonly value: SettingValue;
  readonly origin: SettingOrigin;
}

/** All settings, in the order in which they are shown. */
export function settingRows(
  { SETTING_PATHS, settingValue }: Pick<Configuration, "SETTING_PATHS" | "settingValue">,
  { settings, origins }: ResolvedSettings,
): readonly SettingRow[] {
  return SETTING_PATHS.map((path) => ({
    path,
    value: settingValue(settings, path),
    origin: origins.get(path) ?? { source: "default" },
  }));
}

/** `user file /home/me/.config/…/config.json`, `environment MM_LIMIT_RATE`, `default`. */
export function originText({ source, name }: SettingOrigin): string {
  return name === undefined ? source : `${source} ${name}`;
}

/** Whether it is set by something that counts more than the user's file. */
export function isSetElsewhere({ source }: SettingOrigin): boolean {
  return source !== "user file" && source !== "default";
}

/** As a program reads it, and as it can be typed: lists have commas, what is not set is `none`. */
export function valueText(value: SettingValue): string {
  if (value === null) return "none";
  return Array.isArray(value) ? value.join(",") : String(value);
}

const SECONDS: ReadonlySet<SettingPath> = new Set([
  "cache.duration",
  "download.timeout",
  "download.stall_timeout",
]);
const SIZES: ReadonlySet<SettingPath> = new Set(["cleanup.reserve", "cleanup.max_total_size"]);
const DAYS: ReadonlySet<SettingPath> = new Set(["cleanup.age_days", "history.keep_days"]);

/** With its unit, for people; `get`, `--quiet` and `--json` give the number. */
export function humanValue({ path, value }: Pick<SettingRow, "path" | "value">): string {
  if (typeof value !== "number") return valueText(value) || "none";
  if (SECONDS.has(path)) return `${value} s`;
  if (SIZES.has(path)) return formatByteSize(value);
  if (path === "download.limit_rate") return formatByteRate(value);
  if (path === "history.keep_days" && value === 0) return "0 (for ever)";
  return DAYS.has(path) ? plural(value, "day") : String(value);
}

/** The table of `mm config show`. */
export function settingColumns(
  { withOrigin }: { readonly withOrigin: boolean },
): readonly Column<SettingRow>[] {
  return [
    {
      header: "SETTING",
      cell: ({ path }) => path,
      minimum: 24,
      cut: "middle",
      style: (_row, theme) => theme.bold,
    },
    { header: "VALUE", cell: humanValue, minimum: 12, cut: "middle" },
    ...(withOrigin
      ? [
        {
          header: "ORIGIN",
          cell: ({ origin }: SettingRow) => originText(origin),
          minimum: 12,
          cut: "middle",
        } as const,
      ]
      : []),
  ];
}
