/**
 * URLs of the Hub: built in one place, every name encoded.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import type { SearchQuery } from "./model.ts";

/** Most models asked for in one page, as the Hub's own client does. */
const MAX_PAGE_SIZE = 500;
const DEFAULT_SEARCH_LIMIT = 20;

const SORT_KEYS: Readonly<Record<NonNullable<SearchQuery["sort"]>, string>> = {
  downloads: "downloads",
  likes: "likes",
  updated: "lastModified",
  trending: "trendingScore",
  size: "mainSize",
};

/** The fields a `ModelSummary` is made of. */
const SUMMARY_FIELDS = [
  "downloads",
  "gated",
  "gguf",
  "lastModified",
  "likes",
  "pipeline_tag",
  "private",
  "tags",
] as const;

/**
 * A base URL without a trailing slash.
 *
 * @param what What it is for, in the error. @default {"endpoint"}
 * @throws {ModelManagerError} `CONFIG_INVALID` when it is no http(s) URL, or carries a password or a query.
 */
export function parseEndpoint(text: string, what: "endpoint" | "mirror" = "endpoint"): string {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  const problem = url === undefined || !/^https?:$/.test(url.protocol)
    ? "it is no http or https URL"
    : url.username !== "" || url.password !== ""
    ? "it contains a user name or a password"
    : url.search !== "" || url.hash !== ""
    ? "it contains a query or a fragment"
    : undefined;
  if (url === undefined || problem !== undefined) {
    // The text itself may hold the password: only a well-formed one is repeated.
    const shown = url === undefined || url.username !== "" || url.password !== "" ? "" : ` "${url.href}"`;
    throw new ModelManagerError("CONFIG_INVALID", `Cannot use the ${what}${shown}: ${problem}`, {
      hints: [`See where the ${what} is set: mm config show --origin`],
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** One name as one path component. A name that a URL parser would resolve away is refused. */
function component(name: string): string {
  if (name === "" || name === "." || name === ".." || !name.isWellFormed()) {
    throw new ModelManagerError("FAILED", `Refused the name ${JSON.stringify(name)}: no URL can carry it`, {
      hints: ["See the repository's files: mm show REF"],
    });
  }
  return encodeURIComponent(name);
}

function components(path: string): string {
  return path.split("/").map(component).join("/");
}

function query(parameters: readonly (readonly [string, string])[]): string {
  return parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
}

/** How many models a search yields at most. */
export function searchLimit(search: SearchQuery): number {
  return search.limit ?? DEFAULT_SEARCH_LIMIT;
}

/** `6B`: as short as it can be written exactly. */
function parameterCount(count: number): string {
  const rounded = Math.round(count);
  for (const [unit, size] of [["B", 1e9], ["M", 1e6], ["K", 1e3]] as const) {
    const value = String(rounded / size);
    if (rounded >= size && value.length <= 6) return `${value}${unit}`;
  }
  return String(rounded);
}

/** A range as the Hub reads it: `min:6B,max:128B`, each half only where there is a bound. */
function parameterRange({ minParameters, maxParameters }: SearchQuery): string {
  return [
    ...(minParameters === undefined ? [] : [`min:${parameterCount(minParameters)}`]),
    ...(maxParameters === undefined ? [] : [`max:${parameterCount(maxParameters)}`]),
  ].join(",");
}

/** The tags that a search wants, each once. */
function searchFilters({ allFormats, filters = [], license }: SearchQuery): ReadonlySet<string> {
  return new Set([
    ...(allFormats ? [] : ["gguf"]),
    ...filters,
    ...(license === undefined ? [] : [`license:${license.trim().toLowerCase()}`]),
  ]);
}

/** The first page of a search. A page has as many models as are wanted in all, unless told otherwise. */
export function searchUrl(
  endpoint: string,
  search: SearchQuery,
  options: { readonly pageSize?: number | undefined } = {},
): URL {
  const { pageSize = searchLimit(search) } = options;
  const text = search.text.trim();
  const filters = searchFilters(search);
  const range = parameterRange(search);
  // Only models that are not GGUF tell their parameters elsewhere than under `gguf`.
  const fields = search.allFormats ? [...SUMMARY_FIELDS, "safetensors"] : SUMMARY_FIELDS;
  const parameters: (readonly [string, string])[] = [
    ...(text === "" ? [] : [["search", text] as const]),
    ...(search.author === undefined ? [] : [["author", search.author] as const]),
    ...[...filters].map((tag) => ["filter", tag] as const),
    ...(range === "" ? [] : [["num_parameters", range] as const]),
    ["sort", SORT_KEYS[search.sort ?? "downloads"]],
    ["limit", String(Math.min(pageSize, MAX_PAGE_SIZE))],
    ...fields.map((field) => ["expand", field] as const),
  ];
  return new URL(`${endpoint}/api/models?${query(parameters)}`);
}

function modelApi(endpoint: string, repo: string): string {
  return `${endpoint}/api/models/${components(repo)}`;
}

/** Facts and files, with sizes and digests, at a revision or the default branch. */
export function modelInfoUrl(endpoint: string, repo: string, revision?: string): URL {
  const at = revision === undefined ? "" : `/revision/${component(revision)}`;
  return new URL(`${modelApi(endpoint, repo)}${at}?blobs=true`);
}

/** The first page of all files at a commit. */
export function treeUrl(endpoint: string, repo: string, commit: string): URL {
  return new URL(`${modelApi(endpoint, repo)}/tree/${component(commit)}?recursive=true`);
}

/** Branches and tags. */
export function refsUrl(endpoint: string, repo: string): URL {
  return new URL(`${modelApi(endpoint, repo)}/refs`);
}

/** Answers whether the caller may download from a repository. */
export function authCheckUrl(endpoint: string, repo: string): URL {
  return new URL(`${modelApi(endpoint, repo)}/auth-check`);
}

/** Answers whom the token belongs to. */
export function whoAmIUrl(endpoint: string): URL {
  return new URL(`${endpoint}/api/whoami-v2`);
}

/** What a file's bytes are asked for by. */
export interface FileAddress {
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
}

/** A file's bytes. */
export function resolveUrl(endpoint: string, file: FileAddress): URL {
  const { repo, commit, path } = file;
  return new URL(`${endpoint}/${components(repo)}/resolve/${component(commit)}/${components(path)}`);
}

/** The page that a person visits. */
export function modelPageUrl(endpoint: string, repo: string): string {
  return `${endpoint}/${components(repo)}`;
}
