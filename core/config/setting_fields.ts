/**
 * The one table of settings: name, kind, default, meaning. Files, variables, options, `mm config` and the
 * documentation all read it.
 *
 * @module
 */
import { redactText } from "../base/redact.ts";
import {
  booleanKind,
  directoryKind,
  endpointKind,
  endpointsKind,
  integerKind,
  optionalSecondsKind,
  optionalSizeKind,
  type PathContext,
  rateKind,
  reuseKind,
  secondsKind,
  type SettingKind,
  sizeKind,
  timeOfDayKind,
  wordKind,
} from "./setting_kinds.ts";
import {
  CHECK_FREQUENCIES,
  DEFAULT_ENDPOINT,
  LOG_LEVELS,
  SCHEDULE_TYPES,
  type SettingPath,
  type SettingValue,
  THEMES,
} from "./settings.ts";
import { suggest } from "../base/near_names.ts";

/** One setting. */
export interface SettingField {
  readonly kind: SettingKind;
  /** As a person would write it. */
  readonly default: SettingValue;
  readonly description: string;
  /** The top-level key of the older tools' files that means the same. */
  readonly olderKey?: string;
  /** A project file must not set it: the token is sent there. */
  readonly personal?: boolean;
}

const countKind = (minimum: number): SettingKind => integerKind(minimum, Number.MAX_SAFE_INTEGER);

/** All settings, in the order in which they are shown. */
export const SETTING_FIELDS: Readonly<Record<SettingPath, SettingField>> = {
  "models_dir": {
    kind: directoryKind,
    default: "~/models",
    description: "Where models are kept",
    olderKey: "download_directory",
  },
  "endpoint": {
    kind: endpointKind,
    default: DEFAULT_ENDPOINT,
    description: "The Hub's address",
    personal: true,
  },
  "mirrors": {
    kind: endpointsKind,
    default: [],
    description: "Further Hubs with the same content, tried in order",
    personal: true,
  },
  "cache.duration": {
    kind: optionalSecondsKind,
    default: 300,
    description: "Seconds for which an answer of the Hub's API is taken again without asking",
  },
  "download.max_concurrent": {
    kind: integerKind(1, 64),
    default: 1,
    description: "Jobs at once",
    olderKey: "concurrent_downloads",
  },
  "download.connections": {
    kind: integerKind(1, 16),
    default: 8,
    description:
      "Connections of one job, exactly; when it is not set, 8 to begin with, and up to 16 while they pay",
  },
  "download.timeout": {
    kind: secondsKind,
    default: 300,
    description: "Seconds without progress after which a file has failed",
    olderKey: "timeout_seconds",
  },
  "download.stall_timeout": {
    kind: secondsKind,
    default: 30,
    description: "Seconds without a byte after which a connection is replaced",
  },
  "download.max_retries": {
    kind: countKind(0),
    default: 5,
    description: "Attempts after a failure, counted anew after progress",
    olderKey: "max_retries",
  },
  "download.limit_rate": {
    kind: rateKind,
    default: null,
    description:
      "Bytes a second over everything, such as 20M, or by the time of day: 08:00,2M 12:00,10M Sat-00:00,off",
  },
  "download.verify": {
    kind: booleanKind,
    default: true,
    description:
      "Hash every file before it appears in the library; false is read, but files are hashed all the same",
  },
  "download.reuse": {
    kind: reuseKind,
    default: "link",
    description:
      "What is elsewhere on this machine (library, HF cache, other apps): link it, copy it from other disks as well, or off",
  },
  "updates.check": {
    kind: booleanKind,
    default: true,
    description: "Look for newer versions of what is in the library",
  },
  "cleanup.auto": {
    kind: booleanKind,
    default: false,
    description: "Clean up after pulls, and make room for them within cleanup.max_total_size",
  },
  "cleanup.age_days": {
    kind: countKind(1),
    default: 30,
    description: "Days after which a download that broke off may be deleted; models never go for their age",
  },
  "cleanup.max_total_size": {
    kind: optionalSizeKind,
    default: null,
    description:
      "Bytes the library may take, without files that other programs have as well (mm link): models that were not " +
      "used for longest go first",
  },
  "cleanup.reserve": { kind: sizeKind, default: 2 ** 30, description: "Bytes that stay free on the disk" },
  "history.keep_days": {
    // A hundred years.
    kind: integerKind(0, 36_500),
    default: 0,
    description: "Days after which records of the history are deleted; 0 keeps them for ever",
  },
  "check_frequency": {
    kind: wordKind(CHECK_FREQUENCIES),
    default: "daily",
    description: "How often newer versions are looked for in the background",
  },
  "log.level": {
    kind: wordKind(LOG_LEVELS, { warn: "warning", critical: "fatal" }),
    default: "info",
    description: "The least severe messages that are logged",
    olderKey: "log_level",
  },
  "ui.theme": {
    kind: wordKind(THEMES),
    default: "dark",
    description: "Colors of the terminal UI; nothing is said by color alone",
  },
  "default_schedule.enabled": {
    kind: booleanKind,
    default: false,
    description: "Use the default schedule when none has been created",
  },
  "default_schedule.type": {
    kind: wordKind(SCHEDULE_TYPES),
    default: "daily",
    description: "Kind of the default schedule",
  },
  "default_schedule.time": {
    kind: timeOfDayKind,
    default: "23:00",
    description: "Local time of the default schedule",
  },
  "default_schedule.max_concurrent_downloads": {
    kind: integerKind(1, 64),
    default: 1,
    description: "Jobs at once in the default schedule",
  },
};

/** The names of all settings. */
export const SETTING_PATHS = Object.keys(SETTING_FIELDS) as readonly SettingPath[];

const PATHS_BY_NAME: ReadonlyMap<string, SettingPath> = new Map([
  ...SETTING_PATHS.map((path) => [path, path] as const),
  ...SETTING_PATHS.flatMap((path) => {
    const { olderKey } = SETTING_FIELDS[path];
    return olderKey === undefined ? [] : [[olderKey, path] as const];
  }),
]);

/** The setting a dotted name or an older tool's key stands for. */
export function findSetting(name: string): SettingPath | undefined {
  return PATHS_BY_NAME.get(name);
}

/** Every name that {@link findSetting} knows. */
export function settingNames(): readonly string[] {
  return [...PATHS_BY_NAME.keys()];
}

/** The word that was meant by a value that is none of a setting's words, as a hint; none when nothing is near. */
export function suggestedWord(path: SettingPath, value: unknown): readonly string[] {
  const { words } = SETTING_FIELDS[path].kind;
  const meant = typeof value === "string" && words !== undefined ? suggest(value.trim(), words) : undefined;
  return meant === undefined ? [] : [`Did you mean "${meant}" for ${path}?`];
}

/** The value of a setting, or the problem with it, to follow the setting's name. */
export function readSetting(
  path: SettingPath,
  value: unknown,
  context: PathContext,
): { readonly value: SettingValue } | { readonly problem: string } {
  const { kind } = SETTING_FIELDS[path];
  const read = kind.read(value, context);
  if (read !== undefined) return { value: read };
  // A refused URL may be refused for the password in it.
  const shown = redactText(JSON.stringify(value) ?? "nothing");
  return { problem: `is ${shown}: ${kind.explain?.(value) ?? `wanted ${kind.wanted}`}` };
}
