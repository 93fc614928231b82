/**
 * How the value of a setting is read: from a file (any type) as well as from a variable or an option (text).
 *
 * @module
 */
import { resolve } from "node:path";
import { parseByteSize } from "../base/byte_size.ts";
import { parseDuration } from "../base/duration.ts";
import { isModelManagerError } from "../base/errors.ts";
import { isTimetableText, parseRateTimetable } from "../base/rate_timetable.ts";
import { REUSE_MODES, type SettingValue } from "./settings.ts";

/** What relative paths and `~` stand for. */
export interface PathContext {
  /** The user's home directory. */
  readonly home: string;
  /** What a relative path is relative to: an absolute path. */
  readonly baseDirectory: string;
}

/** A kind of value. */
export interface SettingKind {
  /** What is wanted, to follow the words "wanted". */
  readonly wanted: string;
  /** The words it may be, when there are only some. */
  readonly words?: readonly string[];
  /** The value, or `undefined` when it is not one. */
  read(value: unknown, context: PathContext): SettingValue | undefined;
  /** What exactly is wrong with a value that is not one, where that can be said. */
  readonly explain?: (value: unknown) => string | undefined;
}

/** Whether the text of a variable switches something on, as the Hub's tools read it. */
export function isTruthy(text: string | undefined): boolean {
  return /^(?:1|on|yes|true)$/i.test(text?.trim() ?? "");
}

/** An absolute path: `~` is the home directory, a relative path starts at the base directory. */
export function expandPath(path: string, context: PathContext): string {
  const expanded = path.replace(/^~(?=$|[\\/])/, () => context.home);
  return resolve(context.baseDirectory, expanded);
}

/** An `http(s)` URL without credentials, query, fragment and trailing slash; `undefined` for anything else. */
export function normalizeEndpoint(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text.trim()) || !URL.canParse(text.trim())) return undefined;
  const url = new URL(text.trim());
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return undefined;
  return url.href.replace(/\/+$/, "");
}

function isNone(value: unknown): boolean {
  return value === null ||
    (typeof value === "string" && /^(?:none|null|unlimited|off|)$/i.test(value.trim()));
}

/** Runs a parser of `core/base`; a value it refuses is `undefined`. */
function attempt(parse: () => number): number | undefined {
  try {
    return parse();
  } catch (error) {
    if (isModelManagerError(error)) return undefined;
    throw error;
  }
}

function readSize(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  return typeof value === "string" ? attempt(() => parseByteSize(value)) : undefined;
}

/** A directory. */
export const directoryKind: SettingKind = {
  wanted: "a path",
  read: (value, context) =>
    typeof value === "string" && value.trim() !== "" && !value.includes("\0")
      ? expandPath(value.trim(), context)
      : undefined,
};

/** A Hub's address. */
export const endpointKind: SettingKind = {
  wanted: "an http or https URL without user name, query and fragment",
  read: (value) => typeof value === "string" ? normalizeEndpoint(value) : undefined,
};

/** Several addresses: a list, or one text with commas. */
export const endpointsKind: SettingKind = {
  wanted: "a list of http or https URLs",
  read(value) {
    const items = typeof value === "string" ? value.split(",").filter((item) => item.trim() !== "") : value;
    if (!Array.isArray(items)) return undefined;
    const urls = items.map((item) => typeof item === "string" ? normalizeEndpoint(item) : undefined);
    return urls.every((url) => url !== undefined) ? urls : undefined;
  },
};

/** Seconds, or a text such as `5m`. */
export const secondsKind: SettingKind = {
  wanted: "seconds above zero, or a duration such as 90s or 5m",
  read(value) {
    const seconds = typeof value === "number"
      ? value
      : typeof value === "string"
      ? attempt(() => parseDuration(value) / 1000)
      : undefined;
    // Timers take 31 bits of milliseconds; more would fire at once.
    return seconds !== undefined && seconds > 0 && seconds <= 2_147_483 ? seconds : undefined;
  },
};

/** Seconds, zero included: zero switches something off. */
export const optionalSecondsKind: SettingKind = {
  wanted: "seconds, or a duration such as 90s or 5m; 0 is off",
  read: (value, context) =>
    value === 0 || (typeof value === "string" && /^0(?:ms|[smhdw])?$/i.test(value.trim()))
      ? 0
      : secondsKind.read(value, context),
};

/** Bytes, or a text such as `1GiB`. */
export const sizeKind: SettingKind = { wanted: "bytes, or a size such as 500M or 1.5GiB", read: readSize };

/** Bytes, or none. */
export const optionalSizeKind: SettingKind = {
  wanted: "bytes above zero, a size such as 100G, or none",
  read(value) {
    if (isNone(value)) return null;
    const size = readSize(value);
    return size === undefined || size <= 0 ? undefined : size;
  },
};

/** Zero without a digit that is lost in rounding: `0`, `0.0`, `0M`. */
function isZero(value: unknown): boolean {
  return value === 0 || (typeof value === "string" && !/[1-9]/.test(value) && readSize(value) === 0);
}

/** The text of a timetable with one space between its entries, or what is wrong with it. */
function readTimetable(value: unknown): { readonly text: string } | { readonly problem: string } | undefined {
  if (typeof value !== "string" || !isTimetableText(value)) return undefined;
  try {
    parseRateTimetable(value);
    return { text: value.split(/[\s;]+/).filter((entry) => entry !== "").join(" ") };
  } catch (error) {
    if (isModelManagerError(error)) return { problem: error.message };
    throw error;
  }
}

/** Bytes a second, a timetable of them, or none; zero is none, as for other programs that limit a rate. */
export const rateKind: SettingKind = {
  wanted: "bytes a second such as 20M, a timetable such as 08:00,2M 23:00,off, or none for no limit",
  read(value, context) {
    const timetable = readTimetable(value);
    if (timetable !== undefined) return "text" in timetable ? timetable.text : undefined;
    return isZero(value) ? null : optionalSizeKind.read(value, context);
  },
  explain(value) {
    const timetable = readTimetable(value);
    return timetable !== undefined && "problem" in timetable ? timetable.problem : undefined;
  },
};

/** `true` or `false`. */
export const booleanKind: SettingKind = {
  wanted: "true or false",
  read(value) {
    if (typeof value === "boolean") return value;
    const text = value === 0 || value === 1 ? String(value) : value;
    if (typeof text !== "string") return undefined;
    if (isTruthy(text)) return true;
    return /^(?:0|off|no|false)$/i.test(text.trim()) ? false : undefined;
  },
};

/** A time of day. */
export const timeOfDayKind: SettingKind = {
  wanted: "a time of day such as 23:00",
  read(value) {
    const match = typeof value === "string" ? /^(\d{1,2}):(\d{2})$/.exec(value.trim()) : null;
    if (match === null || Number(match[1]) > 23 || Number(match[2]) > 59) return undefined;
    return `${match[1]?.padStart(2, "0")}:${match[2]}`;
  },
};

/** A whole number within bounds. */
export function integerKind(minimum: number, maximum: number): SettingKind {
  return {
    wanted: maximum === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${minimum}`
      : `a whole number from ${minimum} to ${maximum}`,
    read(value) {
      const number = typeof value === "string" && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
      return typeof number === "number" && Number.isInteger(number) && number >= minimum && number <= maximum
        ? number
        : undefined;
    },
  };
}

/** One of several words, in any case; `aliases` are other spellings of them. */
export function wordKind(
  words: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): SettingKind {
  return {
    wanted: `one of ${words.join(", ")}`,
    words,
    read(value) {
      const word = typeof value === "string" ? value.trim().toLowerCase() : "";
      const meant = aliases[word] ?? word;
      return words.includes(meant) ? meant : undefined;
    },
  };
}

const REUSE = wordKind(REUSE_MODES, {
  true: "link",
  on: "link",
  yes: "link",
  false: "off",
  no: "off",
  none: "off",
});

/** What is done with copies; `true` and `false` switch it on and off. */
export const reuseKind: SettingKind = {
  ...REUSE,
  read: (value, context) => REUSE.read(typeof value === "boolean" ? String(value) : value, context),
};
