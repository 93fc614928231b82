/**
 * The questions by which a search is narrowed.
 *
 * @module
 */
import type { Shell } from "../shell/shell.ts";
import {
  authorProblem,
  isFiltered,
  licenseProblem,
  NO_FILTERS,
  parseSizeRange,
  type SearchFilters,
  type SearchSort,
  sizeText,
  sizeWords,
} from "./search_filters.ts";

type Asked = Promise<Partial<SearchFilters> | undefined>;

/** What comes first, in words. */
export const SORT_WORDS: Readonly<Record<SearchSort, string>> = {
  downloads: "most downloaded",
  likes: "most liked",
  updated: "latest",
  trending: "trending",
  size: "largest",
};

function orNothing(text: string): string | undefined {
  return text.trim() === "" ? undefined : text.trim();
}

async function askAuthor(shell: Shell, { author = "" }: SearchFilters): Asked {
  const answer = await shell.ask({
    title: "Author",
    lines: ["Only models of this user or organization, such as bartowski. Empty: of all."],
    initial: author,
    check: authorProblem,
  });
  return answer === undefined ? undefined : { author: orNothing(answer) };
}

async function askLicense(shell: Shell, { license = "" }: SearchFilters): Asked {
  const answer = await shell.ask({
    title: "License",
    lines: ["Only models with this license, such as mit, apache-2.0 or llama3.2. Empty: with any."],
    initial: license,
    check: licenseProblem,
  });
  return answer === undefined ? undefined : { license: orNothing(answer)?.toLowerCase() };
}

async function askSize(shell: Shell, filters: SearchFilters): Asked {
  const answer = await shell.ask({
    title: "Size in parameters",
    lines: ["A range such as 1B-8B, 1B- for at least, -8B for at most. Empty: any size."],
    initial: sizeText(filters),
    check(text) {
      const range = parseSizeRange(text);
      return "problem" in range ? range.problem : undefined;
    },
  });
  const range = answer === undefined ? undefined : parseSizeRange(answer);
  return range === undefined || "problem" in range ? undefined : range;
}

/** Asks what comes first. */
export async function askSort(shell: Shell, { sort }: SearchFilters): Asked {
  const answer = await shell.confirm({
    title: "What comes first?",
    lines: [],
    choices: [
      { id: "downloads", label: "Downloads", key: "d", detail: "The most downloaded of the last 30 days" },
      { id: "likes", label: "Likes", key: "l", detail: "The most liked" },
      { id: "updated", label: "Updated", key: "u", detail: "The latest" },
      { id: "trending", label: "Trending", key: "t", detail: "What people look at just now" },
      { id: "size", label: "Size", key: "s", detail: "The largest" },
      {
        id: "auto",
        label: "By itself",
        key: "b",
        detail: "What is trending while there are no words, else what is downloaded most",
      },
    ],
    initial: sort ?? "auto",
  });
  if (answer === undefined) return undefined;
  return { sort: answer in SORT_WORDS ? answer as SearchSort : undefined };
}

/** Asks what to narrow, and then how. @returns what has changed; `undefined` for nothing */
export async function askFilter(shell: Shell, filters: SearchFilters): Asked {
  const { author = "any", license = "any", sort, allFormats } = filters;
  const answer = await shell.confirm({
    title: "Filters",
    lines: [],
    choices: [
      { id: "author", label: "Author", key: "a", detail: `Of one user or organization. Now: ${author}` },
      { id: "license", label: "License", key: "l", detail: `With one license. Now: ${license}` },
      { id: "size", label: "Size", key: "s", detail: `By parameters. Now: ${sizeWords(filters)}` },
      {
        id: "sort",
        label: "Order",
        key: "o",
        detail: `What comes first. Now: ${sort === undefined ? "by itself" : SORT_WORDS[sort]}`,
      },
      {
        id: "formats",
        label: "Formats",
        key: "f",
        detail: allFormats ? "Now: all formats. Look for GGUF only" : "Now: GGUF only. Look for all formats",
      },
      ...(isFiltered(filters)
        ? [{ id: "clear", label: "Clear", key: "c", detail: "Leave out nothing any more" }]
        : []),
    ],
    initial: "author",
  });
  switch (answer) {
    case "author":
      return await askAuthor(shell, filters);
    case "license":
      return await askLicense(shell, filters);
    case "size":
      return await askSize(shell, filters);
    case "sort":
      return await askSort(shell, filters);
    case "formats":
      return { allFormats: !allFormats };
    case "clear":
      return NO_FILTERS;
    default:
      return undefined;
  }
}
