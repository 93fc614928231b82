/**
 * Which part of the Hub's API an address names.
 *
 * @module
 */
import type { Target } from "./target.ts";

/** What is asked of a repository under `/api/models/{id}`. */
const API_VERBS = ["revision", "tree", "paths-info", "refs", "auth-check"] as const;
/** What is asked of a repository's files under `/{id}`. */
const FILE_VERBS = ["resolve", "raw"] as const;

/** One of the things a repository can be asked for. */
export type RepositoryVerb =
  | "info"
  | "resolve-cache"
  | typeof API_VERBS[number]
  | typeof FILE_VERBS[number];

/** A request about one repository. */
export interface RepositoryRoute {
  readonly verb: RepositoryVerb;
  readonly repo: string;
  /** Decoded segments behind the verb: revision and path. */
  readonly rest: readonly string[];
  /** Where the name stands among the path's segments, for redirects of renamed repositories. */
  readonly nameStart: number;
  readonly nameLength: number;
}

/** What an address names. */
export type Route =
  | { readonly verb: "models" | "whoami" }
  | RepositoryRoute;

function includes<T extends string>(list: readonly T[], text: string | undefined): text is T {
  return list.some((item) => item === text);
}

/** The repository's name is one segment long when a verb follows at once, else two. */
function repositoryRoute(
  segments: readonly string[],
  options: { readonly nameStart: number; readonly verbs: readonly RepositoryVerb[] },
): RepositoryRoute | undefined {
  const { nameStart, verbs } = options;
  const nameLength = segments.length - nameStart === 1 || includes(verbs, segments[nameStart + 1]) ? 1 : 2;
  const repo = segments.slice(nameStart, nameStart + nameLength).join("/");
  const verb = segments[nameStart + nameLength];
  const rest = segments.slice(nameStart + nameLength + 1);
  if (repo === "" || repo.endsWith("/")) return undefined;
  if (includes(verbs, verb)) return { verb, repo, rest, nameStart, nameLength };
  if (verb === undefined && nameStart > 0) return { verb: "info", repo, rest, nameStart, nameLength };
  return undefined;
}

/** `/api/resolve-cache/models/{id}/{commit}/{path}`: the commit tells where the name ends. */
function resolveCacheRoute(segments: readonly string[]): RepositoryRoute | undefined {
  const nameStart = 3;
  const nameLength = /^[0-9a-f]{40}$/.test(segments[nameStart + 1] ?? "") ? 1 : 2;
  const repo = segments.slice(nameStart, nameStart + nameLength).join("/");
  const rest = segments.slice(nameStart + nameLength);
  return rest.length < 2 ? undefined : { verb: "resolve-cache", repo, rest, nameStart, nameLength };
}

/** What an address names, or `undefined` when it is nothing of the Hub's. */
export function matchRoute(target: Target): Route | undefined {
  const segments = target.segments.at(-1) === "" ? target.segments.slice(0, -1) : target.segments;
  const [first, second, third] = segments;
  if (first !== "api") return repositoryRoute(segments, { nameStart: 0, verbs: FILE_VERBS });
  if (second === "whoami-v2" && segments.length === 2) return { verb: "whoami" };
  if (second === "resolve-cache" && third === "models") return resolveCacheRoute(segments);
  if (second !== "models") return undefined;
  if (segments.length === 2) return { verb: "models" };
  return repositoryRoute(segments, { nameStart: 2, verbs: API_VERBS });
}
