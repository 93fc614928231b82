/**
 * Ids of jobs: short, without letters that look alike, in the order of time.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";

/** Digits and letters that nobody takes for one another, in the order of their character codes. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const EPOCH_MS = Date.UTC(2025, 0, 1);
/** Seconds in so many characters last until 2059. */
const TIME_CHARACTERS = 6;
const CHANCE_CHARACTERS = 2;
const NEAR_LIMIT = 5;

function encode(value: number, characters: number): string {
  let text = "";
  for (let rest = value; text.length < characters; rest = Math.floor(rest / ALPHABET.length)) {
    text = ALPHABET.charAt(rest % ALPHABET.length) + text;
  }
  return text;
}

/** A new id that none of `taken` has; later ones sort behind earlier ones, also within a second. */
export function newJobId(
  taken: ReadonlySet<string>,
  options: { readonly nowMs: number; readonly random: number },
): string {
  const most = ALPHABET.length ** (TIME_CHARACTERS + CHANCE_CHARACTERS) - 1;
  const perSecond = ALPHABET.length ** CHANCE_CHARACTERS;
  const seconds = Math.max(0, Math.floor((options.nowMs - EPOCH_MS) / 1000));
  const first = encode(seconds, TIME_CHARACTERS);
  let last = "";
  for (const id of taken) if (id.startsWith(first) && id > last) last = id;
  // By chance, so that machines that share a store seldom meet; low, so that there is room for those that follow.
  let value = seconds * perSecond + Math.floor(options.random * (perSecond / 4));
  if (last !== "") value = seconds * perSecond + decode(last.slice(TIME_CHARACTERS)) + 1;
  while (taken.has(encode(value, TIME_CHARACTERS + CHANCE_CHARACTERS))) value++;
  return encode(Math.min(value, most), TIME_CHARACTERS + CHANCE_CHARACTERS);
}

function decode(text: string): number {
  return [...text].reduce((sum, character) => sum * ALPHABET.length + ALPHABET.indexOf(character), 0);
}

/** What a person types for an id: letters that look like digits are read as those. */
function normalise(text: string): string {
  return text.trim().toLowerCase().replaceAll("o", "0").replace(/[il]/g, "1");
}

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

function near(wanted: string, ids: readonly string[]): string[] {
  const differences = (id: string): number =>
    [...id].filter((character, index) => character !== wanted[index]).length;
  return ids
    .map((id) => ({ id, shared: sharedLength(id, wanted), differences: differences(id) }))
    .filter(({ shared, differences }) => shared >= 4 || differences <= 2)
    .sort((a, b) => a.differences - b.differences || b.shared - a.shared)
    .slice(0, NEAR_LIMIT)
    .map(({ id }) => id);
}

/**
 * The id that a text stands for: an id, or the beginning of only one.
 *
 * @throws {ModelManagerError} `NOT_FOUND` with ids that are near, `USAGE_ERROR` when several begin like that.
 */
export function findJobId(text: string, ids: readonly string[]): string {
  const wanted = normalise(text);
  if (ids.includes(wanted)) return wanted;
  const found = wanted === "" ? [] : ids.filter((id) => id.startsWith(wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1) {
    const shown = found.slice(0, NEAR_LIMIT).join(", ");
    throw new ModelManagerError("USAGE_ERROR", `"${text}" is the beginning of ${found.length} ids of jobs`, {
      hints: [`Give more of it: ${shown}${found.length > NEAR_LIMIT ? ", …" : ""}`],
    });
  }
  const hints = near(wanted, ids);
  throw new ModelManagerError("NOT_FOUND", `There is no job "${text}" in the queue`, {
    hints: [
      ...(hints.length === 0 ? [] : [`Did you mean ${hints.join(" or ")}?`]),
      "See the jobs and their ids: mm queue list",
    ],
  });
}
