/**
 * Everything that can be configured: one type, in the words of the configuration files.
 *
 * @module
 */

/** How much the log says. */
export const LOG_LEVELS = ["trace", "debug", "info", "warning", "error", "fatal"] as const;
/** One of {@link LOG_LEVELS}. */
export type LogLevel = typeof LOG_LEVELS[number];

/** How often newer versions are looked for in the background. */
export const CHECK_FREQUENCIES = ["never", "hourly", "daily", "weekly", "monthly"] as const;
/** One of {@link CHECK_FREQUENCIES}. */
export type CheckFrequency = typeof CHECK_FREQUENCIES[number];

/** Colours of the terminal UI. */
export const THEMES = ["dark", "light", "high-contrast"] as const;
/** One of {@link THEMES}. */
export type ThemeName = typeof THEMES[number];

/**
 * What is done with bytes that are wanted and are elsewhere on this machine: they get a second name, they are copied, or
 * they are fetched all the same.
 */
export type ReuseMode = "link" | "copy" | "off";
/** Every {@link ReuseMode}. */
export const REUSE_MODES = ["link", "copy", "off"] as const satisfies readonly ReuseMode[];

/** Kinds of schedules. */
export const SCHEDULE_TYPES = ["daily", "weekly", "cron"] as const;
/** One of {@link SCHEDULE_TYPES}. */
export type ScheduleType = typeof SCHEDULE_TYPES[number];

/** The settings, resolved: paths are absolute, sizes are bytes, durations are seconds. */
export interface Settings {
  /** Where models are kept: an absolute path. @default {"~/models"} */
  readonly models_dir: string;
  /** The Hub: an `http(s)` URL without a trailing slash. @default {"https://huggingface.co"} */
  readonly endpoint: string;
  /** Further Hubs with the same content, tried in order: `http(s)` URLs. @default {[]} */
  readonly mirrors: readonly string[];
  readonly cache: {
    /** How long an answer of the Hub's API is taken from the cache, in seconds. @default {300} */
    readonly duration: number;
  };
  readonly download: {
    /** Jobs at once. @default {1} */
    readonly max_concurrent: number;
    /** Connections of one job, 1 to 16, exactly; when nobody set it, up to 16 while they pay. @default {8} */
    readonly connections: number;
    /** Seconds without progress after which a file has failed. @default {300} */
    readonly timeout: number;
    /** Seconds without a byte after which a connection is replaced. @default {30} */
    readonly stall_timeout: number;
    /** Attempts after a failure; counted anew after progress. @default {5} */
    readonly max_retries: number;
    /**
     * Bytes a second over everything, or a timetable such as `08:00,2M 23:00,off`; `null` is no limit.
     *
     * @default {null}
     */
    readonly limit_rate: number | string | null;
    /** Hash every file before it appears in the library. @default {true} */
    readonly verify: boolean;
    /**
     * What is elsewhere on this machine is not fetched: `link` gives it a second name where it is on the same disk,
     * `copy` copies it from other disks as well, `off` fetches it.
     *
     * @default {"link"}
     */
    readonly reuse: ReuseMode;
  };
  readonly updates: {
    /** Look for newer versions of what is in the library, in the background. @default {true} */
    readonly check: boolean;
  };
  readonly cleanup: {
    /** Clean up after pulls, and make room for them within `max_total_size`. @default {false} */
    readonly auto: boolean;
    /** Downloads that broke off so many days ago may be deleted. @default {30} */
    readonly age_days: number;
    /** Bytes the library may take, the least recently used models go first; `null` is no limit. @default {null} */
    readonly max_total_size: number | null;
    /** Bytes that stay free on the disk. @default {1073741824} */
    readonly reserve: number;
  };
  readonly history: {
    /** Days after which records of the history are deleted; 0 keeps them for ever. @default {0} */
    readonly keep_days: number;
  };
  /** How often newer versions are looked for in the background. @default {"daily"} */
  readonly check_frequency: CheckFrequency;
  readonly log: {
    /** The least severe messages that are logged. @default {"info"} */
    readonly level: LogLevel;
  };
  readonly ui: {
    /** Colours of the terminal UI. @default {"dark"} */
    readonly theme: ThemeName;
  };
  /** The schedule used when none has been created. */
  readonly default_schedule: {
    /** @default {false} */
    readonly enabled: boolean;
    /** @default {"daily"} */
    readonly type: ScheduleType;
    /** Local time, `HH:MM`. @default {"23:00"} */
    readonly time: string;
    /** @default {1} */
    readonly max_concurrent_downloads: number;
  };
}

/** What a setting can hold. */
export type SettingValue = string | number | boolean | null | readonly string[];

type Leaves<T, Prefix extends string = ""> = {
  [K in keyof T & string]: T[K] extends SettingValue ? `${Prefix}${K}` : Leaves<T[K], `${Prefix}${K}.`>;
}[keyof T & string];

/** The dotted name of a setting, such as `download.connections`. */
export type SettingPath = Leaves<Settings>;

/** The Hub's own address. */
export const DEFAULT_ENDPOINT = "https://huggingface.co";
