/**
 * Readers for the values of options.
 *
 * @module
 */
import { parseByteSize } from "../core/base/byte_size.ts";
import { parseDuration } from "../core/base/duration.ts";
import { isModelManagerError, ModelManagerError } from "../core/base/errors.ts";
import { suggest } from "../core/base/near_names.ts";

/** Names the option in what its reader complains about. */
function named<T>(option: string, read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      if (!isModelManagerError(error)) throw error;
      throw new ModelManagerError("USAGE_ERROR", `${error.message}, in the option ${option}`, {
        hints: error.hints,
      });
    }
  };
}

/** What a number may be. */
export interface CountBounds {
  readonly minimum: number;
  readonly maximum?: number;
  /** What is a good value, for the hint. @default {4} or the nearest bound */
  readonly example?: number;
}

/** Reads a whole number within bounds. */
export function countReader(option: string, bounds: CountBounds): (text: string) => number {
  const { minimum, maximum = Number.MAX_SAFE_INTEGER } = bounds;
  return (text) => {
    const value = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
    if (value >= minimum && value <= maximum) return value;
    const near = bounds.example ?? (value > maximum ? maximum : 4);
    const wanted = bounds.maximum === undefined
      ? `a whole number of at least ${minimum}`
      : `a whole number from ${minimum} to ${maximum}`;
    throw new ModelManagerError("USAGE_ERROR", `The option ${option} is "${text}": wanted ${wanted}`, {
      hints: [`Write it like ${option} ${Math.min(maximum, Math.max(minimum, near))}`],
    });
  };
}

/**
 * Reads bytes a second; `Infinity` is no limit, written `0`, `off` or `none`. It is no `null`, of which commander makes
 * an empty text.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when it is no rate.
 */
export function parseRate(text: string): number {
  if (/^\s*(?:none|off|unlimited)\s*$/i.test(text)) return Infinity;
  const rate = parseByteSize(text);
  if (rate > 0) return rate;
  if (!/[1-9]/.test(text)) return Infinity;
  throw new ModelManagerError(
    "USAGE_ERROR",
    `Cannot use "${text}" as a rate: wanted at least 1 byte a second`,
    {
      hints: ["Write it like 20M, or off for no limit"],
    },
  );
}

/** Reads bytes a second, as {@link parseRate}. */
export function rateReader(option: string): (text: string) => number {
  return named(option, parseRate);
}

const COUNT_UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, b: 1e9, t: 1e12 };

/** A number of parameters such as `7B` or `500M`; `undefined` when the text is none. */
export function parseParameterCount(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d{1,15}(?:\.\d{1,9})?)\s*([kmbt]?)$/i.exec(text.trim()) ?? [];
  return number === undefined
    ? undefined
    : Math.round(Number(number) * (COUNT_UNITS[unit.toLowerCase()] ?? 1));
}

/** Reads a number of parameters, such as `7B` or `500M`. */
export function parameterReader(option: string): (text: string) => number {
  return (text) => {
    const count = parseParameterCount(text);
    if (count !== undefined) return count;
    throw new ModelManagerError(
      "USAGE_ERROR",
      `The option ${option} is "${text}": wanted a number of parameters such as 7B or 500M`,
      { hints: [`Write it like ${option} 7B`] },
    );
  };
}

/** Reads a size in bytes. */
export function sizeReader(option: string): (text: string) => number {
  return named(option, parseByteSize);
}

/** Reads a duration in milliseconds. */
export function durationReader(option: string): (text: string) => number {
  return named(option, parseDuration);
}

/**
 * Reads a folder, or one of the places that have a name. A bare word that is nearly such a name is a slip more often
 * than a folder.
 */
export function placeReader(option: string, places: readonly string[]): (text: string) => string {
  return (text) => {
    if (places.includes(text) || !/^[\w-]+$/.test(text)) return text;
    const meant = suggest(text, places);
    if (meant === undefined) return text;
    throw new ModelManagerError(
      "USAGE_ERROR",
      `The option ${option} is "${text}": that may be a folder, or mean "${meant}"`,
      { hints: [`Did you mean ${option} ${meant}?`, `A folder of that name is written ./${text}`] },
    );
  };
}

/** Collects the values of an option that may be given several times. */
export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}
