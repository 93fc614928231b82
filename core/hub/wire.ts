/**
 * Reading JSON from elsewhere: each value is checked once, and a wrong one is an error that names the field.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import { plainText } from "../http/plain_text.ts";

/** A value of the wire together with the name of the place it was found at. */
export interface WireValue {
  readonly value: unknown;
  /** Such as `siblings[3].size`; the reply itself is `reply`. */
  readonly place: string;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The error for a value that is not what it has to be. */
export function wireError(at: WireValue, wanted: string): ModelManagerError {
  return new ModelManagerError(
    "FAILED",
    `Cannot read the Hub's reply: "${plainText(at.place)}" is ${kindOf(at.value)}, wanted ${wanted}`,
    { hints: ["Check that the endpoint is a Hub: mm config show"] },
  );
}

/** The reply itself. */
export function wireRoot(value: unknown): WireValue {
  return { value, place: "reply" };
}

/** A member of an object. */
export function wireField(at: WireValue, name: string): WireValue {
  if (typeof at.value !== "object" || at.value === null || Array.isArray(at.value)) {
    throw wireError(at, "an object");
  }
  const place = at.place === "reply" ? name : `${at.place}.${name}`;
  const value = Object.hasOwn(at.value, name) ? (at.value as Record<string, unknown>)[name] : undefined;
  return { value, place };
}

/** The elements of a list. */
export function wireList(at: WireValue): WireValue[] {
  if (!Array.isArray(at.value)) throw wireError(at, "a list");
  return at.value.map((value: unknown, index) => ({ value, place: `${at.place}[${index}]` }));
}

/** Whether a value is there at all; the Hub writes `null` for nothing, too. */
export function isPresent(at: WireValue): boolean {
  return at.value !== undefined && at.value !== null;
}

/** A text exactly as it came: for names that have to match bytes elsewhere. */
export function wireRawText(at: WireValue): string {
  if (typeof at.value !== "string") throw wireError(at, "a text");
  return at.value;
}

/** A text to be shown: without control characters and terminal sequences. */
export function wireText(at: WireValue): string {
  return plainText(wireRawText(at));
}

/** A whole number that is not negative. */
export function wireCount(at: WireValue): number {
  if (typeof at.value !== "number" || !Number.isSafeInteger(at.value) || at.value < 0) {
    throw wireError(at, "a whole number");
  }
  return at.value;
}

/** A text to be shown, where people write what they like: anything else, and an empty text, is `undefined`. */
export function looseText(at: WireValue): string | undefined {
  const text = typeof at.value === "string" ? plainText(at.value) : "";
  return text === "" ? undefined : text;
}

/** A whole number in a field that only some models have; anything else is `undefined`. */
export function looseCount(at: WireValue): number | undefined {
  return typeof at.value === "number" && Number.isSafeInteger(at.value) && at.value >= 0
    ? at.value
    : undefined;
}

/** A member of what may be no object at all. */
export function looseField(at: WireValue, name: string): WireValue {
  const isObject = typeof at.value === "object" && at.value !== null && !Array.isArray(at.value);
  return isObject ? wireField(at, name) : { value: undefined, place: `${at.place}.${name}` };
}

/** One text or a list of texts. */
export function looseTexts(at: WireValue): string[] {
  const values: unknown[] = Array.isArray(at.value) ? at.value : [at.value];
  return values.filter((value) => typeof value === "string").map(plainText).filter((text) => text !== "");
}

/** A date as ISO 8601 in UTC; `undefined` for anything else. */
export function looseDate(at: WireValue): string | undefined {
  const time = typeof at.value === "string" ? Date.parse(at.value) : NaN;
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
