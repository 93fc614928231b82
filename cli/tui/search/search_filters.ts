/**
 * What a search leaves out, and in which order it comes: pure.
 *
 * @module
 */
import type { SearchQuery } from "../../../mod.ts";
import { parseParameterCount } from "../../flags.ts";
import { formatCount } from "../../output/humanize.ts";

/** What comes first. */
export type SearchSort = NonNullable<SearchQuery["sort"]>;

/** What a person has chosen besides the words; `undefined` for what is left open. */
export interface SearchFilters {
  readonly author: string | undefined;
  /** Such as `mit`. */
  readonly license: string | undefined;
  readonly minParameters: number | undefined;
  readonly maxParameters: number | undefined;
  /** By itself, what is trending comes first while there are no words, and what is downloaded most otherwise. */
  readonly sort: SearchSort | undefined;
  /** Not only GGUF. */
  readonly allFormats: boolean;
}

/** Nothing is left out but what is no GGUF. */
export const NO_FILTERS: SearchFilters = {
  author: undefined,
  license: undefined,
  minParameters: undefined,
  maxParameters: undefined,
  sort: undefined,
  allFormats: false,
};

/** Whether anything has been chosen. */
export function isFiltered(filters: SearchFilters): boolean {
  return (Object.keys(NO_FILTERS) as (keyof SearchFilters)[]).some((name) =>
    filters[name] !== NO_FILTERS[name]
  );
}

/** What the Hub is asked: the same object fields for the same search, so that queries can be compared as JSON. */
export function searchQuery(words: string, filters: SearchFilters): SearchQuery {
  const text = words.trim().replace(/\s+/g, " ");
  const { author, license, minParameters, maxParameters, allFormats } = filters;
  return {
    text,
    sort: filters.sort ?? (text === "" ? "trending" : "downloads"),
    allFormats,
    ...(author === undefined ? {} : { author }),
    ...(license === undefined ? {} : { license }),
    ...(minParameters === undefined ? {} : { minParameters }),
    ...(maxParameters === undefined ? {} : { maxParameters }),
  };
}

/** The same text for the same search. */
export function queryKey(query: SearchQuery): string {
  return JSON.stringify(query);
}

/** `1B to 8B`, `at least 1B`, `at most 8B`; `any` without bounds. */
export function sizeWords(
  { minParameters, maxParameters }: Pick<SearchFilters, "minParameters" | "maxParameters">,
): string {
  const [least, most] = [minParameters, maxParameters].map((count) =>
    count === undefined ? undefined : formatCount(count).replace(/\.0(?=\D)/, "")
  );
  if (least !== undefined) return most === undefined ? `at least ${least}` : `${least} to ${most}`;
  return most === undefined ? "any" : `at most ${most}`;
}

/** The same as it is typed, to be changed. */
export function sizeText(
  { minParameters, maxParameters }: Pick<SearchFilters, "minParameters" | "maxParameters">,
): string {
  if (minParameters === undefined && maxParameters === undefined) return "";
  return `${typed(minParameters)}-${typed(maxParameters)}`;
}

/** The whole number, in the largest unit that leaves it whole. */
function typed(count: number | undefined): string {
  if (count === undefined) return "";
  for (const [unit, size] of [["B", 1e9], ["M", 1e6], ["K", 1e3]] as const) {
    const text = String(count / size);
    if (count >= size && text.length <= 6) return text + unit;
  }
  return String(count);
}

/** A range of parameters, or what is wrong with its text. */
export type SizeRange =
  | { readonly minParameters: number | undefined; readonly maxParameters: number | undefined }
  | { readonly problem: string };

/** Reads `1B-8B`, `1B-`, `-8B`, `1B to 8B`; an empty text is any size. */
export function parseSizeRange(text: string): SizeRange {
  const clean = text.trim();
  if (clean === "") return { minParameters: undefined, maxParameters: undefined };
  const parts = clean.split(/\s*(?:-|–|\.\.|\bto\b)\s*/i);
  const [least, most] = parts.map((part) => part === "" ? undefined : parseParameterCount(part) ?? NaN);
  if (parts.length !== 2 || Number.isNaN(least) || Number.isNaN(most) || (least ?? most) === undefined) {
    return { problem: `"${clean}" is no range: write 1B-8B, 1B- for at least, or -8B for at most` };
  }
  if (least !== undefined && most !== undefined && least > most) {
    return { problem: "The first number is the smaller one: write it like 1B-8B" };
  }
  return { minParameters: least, maxParameters: most };
}

/** What is wrong with the name of an author; `undefined` when nothing is. */
export function authorProblem(text: string): string | undefined {
  const name = text.trim();
  if (name === "" || /^[\w.-]+$/.test(name)) return undefined;
  return `"${name}" is no name of a user or an organization: write it like bartowski`;
}

/** What is wrong with a license; `undefined` when nothing is. */
export function licenseProblem(text: string): string | undefined {
  const name = text.trim();
  if (name === "" || /^[\w.+-]+$/.test(name)) return undefined;
  return `"${name}" is no identifier of a license: write it like mit or apache-2.0`;
}
