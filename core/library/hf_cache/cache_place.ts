/**
 * Where the cache of the Hub's own tools is, and the names of everything in it; pure.
 *
 * ```
 * models--org--name/blobs/<sha256 or git SHA-1>      the bytes
 *                   snapshots/<commit>/<path>        links to them
 *                   refs/<branch, tag or refs/pr/N>  a commit
 * .locks/models--org--name/<digest>.lock             held while a file is fetched
 * ```
 *
 * @module
 */
import { join, resolve } from "node:path";
import { ModelManagerError } from "../../base/errors.ts";
import { isRepoName } from "../../base/reference.ts";
import { checkRepoPaths, repoPathProblem } from "../../base/repo_path.ts";

/** What the Hub keeps in repositories. */
export type HfRepoKind = "model" | "dataset" | "space" | "kernel";

/** Variables by name. */
type Variables = Readonly<Record<string, string | undefined>>;

/** The cache, and how files are put into it. */
export interface HfCacheSettings {
  /** Absolute. */
  readonly directory: string;
  /** Whether snapshots may be made of symbolic links; without, they are real files. */
  readonly symlinks: boolean;
}

const KINDS: readonly HfRepoKind[] = ["model", "dataset", "space", "kernel"];

/** Beside the locks, where the Hub's own tools neither look nor delete. */
const PARTIAL_NAME = ".model-manager";
/** The folder of locks, in the cache. */
export const LOCKS_NAME = ".locks";
/** Names that systems make by themselves. */
const IGNORED_NAMES: ReadonlySet<string> = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);
/** The file that tells backup programs to leave a cache out. */
export const TAG_NAME = "CACHEDIR.TAG";
/** What is in it: its first line is fixed by those programs. */
export const TAG_TEXT = [
  "Signature: 8a477f597d28d172789f06886806bc55",
  "# This file is a cache directory tag created by huggingface_hub.",
  "# For information about cache directory tags, see:",
  "#\thttps://bford.info/cachedir/",
  "",
].join("\n");

/**
 * The cache's directory as the Hub's own tools find it: `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE`, `hub` in `HF_HOME`, in
 * `huggingface` in `XDG_CACHE_HOME`, or in `~/.cache/huggingface`. `~` and variables in them are expanded. An empty
 * variable counts as not set.
 *
 * @param home The user's home directory.
 * @returns an absolute path.
 */
export function hfCacheDirectory(environment: Variables, home: string): string {
  const value = (name: string): string | undefined => environment[name] || undefined;
  const expand = (path: string): string => expandPath(path, { environment, home });
  const base = value("XDG_CACHE_HOME") ?? join(home, ".cache");
  const hfHome = expand(value("HF_HOME") ?? join(base, "huggingface"));
  return resolve(expand(value("HF_HUB_CACHE") ?? value("HUGGINGFACE_HUB_CACHE") ?? join(hfHome, "hub")));
}

/** The cache that the environment names, and whether it wants links. */
export function hfCacheSettings(environment: Variables, home: string): HfCacheSettings {
  const disabled = /^(?:1|on|yes|true)$/i.test(environment["HF_HUB_DISABLE_SYMLINKS"] ?? "");
  return { directory: hfCacheDirectory(environment, home), symlinks: !disabled };
}

/** `~`, `$NAME` and `${NAME}` expanded; unknown names stay as they are. */
function expandPath(
  path: string,
  places: { readonly environment: Variables; readonly home: string },
): string {
  const atHome = path === "~" || /^~[/\\]/.test(path) ? places.home + path.slice(1) : path;
  return atHome.replace(
    /\$(?:\{([^}]*)\}|(\w+))/g,
    (whole, braced, bare) => places.environment[braced ?? bare] ?? whole,
  );
}

function folderName(repo: string, kind: HfRepoKind): string {
  const problem = isRepoName(repo) ? repoPathProblem(repo) : "it is no repository name";
  if (problem !== undefined) {
    throw new ModelManagerError("FAILED", `Refused the repository ${JSON.stringify(repo)}: ${problem}`, {
      hints: ["Find models: mm search QUERY"],
    });
  }
  return [`${kind}s`, ...repo.split("/")].join("--");
}

/** What the name of a folder in the cache stands for; `undefined` when it is no repository's. */
export function parseHfFolderName(
  name: string,
): { readonly kind: HfRepoKind; readonly repo: string } | undefined {
  const separator = name.indexOf("--");
  const kind = KINDS.find((each) => `${each}s` === name.slice(0, separator));
  const repo = name.slice(separator + 2).replaceAll("--", "/");
  const leadsAway = repo.split("/").some((part) => part === "" || part === "." || part === "..");
  return separator < 0 || kind === undefined || leadsAway ? undefined : { kind, repo };
}

/** Whether a name means nothing, in any folder of the cache. */
export function isIgnoredName(name: string): boolean {
  return IGNORED_NAMES.has(name);
}

/** The places of one repository in the cache; absolute paths. */
export interface HfRepoPlace {
  readonly repo: string;
  readonly folder: string;
  readonly blobs: string;
  readonly snapshots: string;
  readonly refs: string;
  /** Of the Hub's own tools. */
  readonly locks: string;
  /** Our partial data and journals. */
  readonly partial: string;
}

/** Names the places of a repository. @throws {ModelManagerError} `FAILED` when its name could lead elsewhere. */
export function hfRepoPlace(directory: string, repo: string, kind: HfRepoKind = "model"): HfRepoPlace {
  return hfPlaceIn(directory, folderName(repo, kind), repo);
}

/**
 * Names the places of a repository that is in the cache.
 *
 * @param name Of its folder, as it was found in the cache.
 */
export function hfPlaceIn(directory: string, name: string, repo: string): HfRepoPlace {
  const folder = join(directory, name);
  const locks = join(directory, LOCKS_NAME, name);
  return {
    repo,
    folder,
    blobs: join(folder, "blobs"),
    snapshots: join(folder, "snapshots"),
    refs: join(folder, "refs"),
    locks,
    partial: hfPartialFolder(locks),
  };
}

/** Our folder of partial data among the locks of a repository. */
export function hfPartialFolder(locks: string): string {
  return join(locks, PARTIAL_NAME);
}

/** The lock of a file's bytes, as the Hub's own tools take it. */
export function hfLockPath(place: HfRepoPlace, hex: string): string {
  return join(place.locks, `${hex}.lock`);
}

/**
 * A file's name in a snapshot.
 *
 * @throws {ModelManagerError} `FAILED` when the path could lead out of it.
 */
export function hfSnapshotPath(place: HfRepoPlace, commit: string, path: string): string {
  if (!/^[0-9a-f]{40}$/.test(commit)) {
    throw new RangeError(`Cannot name a snapshot: "${commit}" is no commit`);
  }
  checkRepoPaths(place.repo, [path]);
  return join(place.snapshots, commit, ...path.split("/"));
}

/** Where the commit of a revision is written; `undefined` for a commit, and for what is no file name. */
export function hfRefPath(place: HfRepoPlace, revision: string): string | undefined {
  if (/^[0-9a-f]{40}$/.test(revision) || repoPathProblem(revision) !== undefined) return undefined;
  return join(place.refs, ...revision.split("/"));
}
