/**
 * Looks through a cache of the Hub's own tools: what is in it, and what is wrong with it. Nothing is changed, and what
 * is damaged hides nothing else.
 *
 * @module
 */
import { basename, join } from "node:path";
import { isModelManagerError } from "../../base/errors.ts";
import { fileFacts, readNames } from "../../platform/directory.ts";
import type { HfCache, HfCacheRepo, HfCacheWarning, HfIncomplete } from "./cache_model.ts";
import {
  hfPlaceIn,
  hfRepoPlace,
  isIgnoredName,
  LOCKS_NAME,
  parseHfFolderName,
  TAG_NAME,
} from "./cache_place.ts";
import { scanRepo } from "./scan_repo.ts";
import { isSharedStore, readSharedStore, sharedStoreFolder } from "./shared_store.ts";

/** How many repositories are looked at at once. */
const AT_ONCE = 8;

/** A folder of a repository. */
interface RepoFolder {
  readonly name: string;
  readonly path: string;
}

/**
 * Looks through a cache. A directory that does not exist is an empty cache.
 *
 * @param directory Absolute, as `hfCacheDirectory` gives it.
 * @throws {ModelManagerError} When the directory itself cannot be read.
 */
export async function scanHfCache(directory: string): Promise<HfCache> {
  const exists = await fileFacts(directory) !== undefined;
  const warnings: HfCacheWarning[] = [];
  const folders = await repoFolders(directory, warnings);
  const repos: HfCacheRepo[] = [];
  const incomplete: HfIncomplete[] = [];
  const real = new Map<string, number>();
  const next = folders.values();
  const lane = async (): Promise<void> => {
    for (const folder of next) {
      const found = await lookAt(directory, folder, warnings);
      if (found === undefined) continue;
      repos.push(found.repo);
      incomplete.push(...found.incomplete);
      for (const [path, bytes] of found.real) real.set(path, bytes);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const shared = await readSharedStore(directory);
  for (const { path, sizeBytes } of shared) real.set(path, sizeBytes);
  return {
    directory,
    exists,
    repos: repos.sort((a, b) => (`${a.kind} ${a.repo}` < `${b.kind} ${b.repo}` ? -1 : 1)),
    incomplete: incomplete.sort((a, b) => (a.path < b.path ? -1 : 1)),
    shared,
    warnings: warnings.sort((a, b) => (a.path < b.path ? -1 : 1)),
    sizeBytes: [...real.values()].reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** The folders of repositories in a cache; what has another name is a warning. */
export async function repoFolders(directory: string, warnings: HfCacheWarning[] = []): Promise<RepoFolder[]> {
  const folders: RepoFolder[] = [];
  for (const { name, kind } of await readNames(directory)) {
    const path = join(directory, name);
    if (isIgnoredName(name) || name === LOCKS_NAME || name === TAG_NAME) continue;
    if (path === sharedStoreFolder(directory) && await isSharedStore(directory)) continue;
    // A repository may have been moved to another disk, with a link in its place.
    const isFolder = kind === "directory" ||
      (kind === "other" && (await fileFacts(path).catch(() => undefined))?.isDirectory === true);
    if (isFolder && parseHfFolderName(name) !== undefined) folders.push({ name, path });
    else {
      const message = `"${name}" is no repository's name`;
      warnings.push({ kind: "unknown-name", path, repo: undefined, message });
    }
  }
  return folders;
}

async function lookAt(directory: string, folder: RepoFolder, warnings: HfCacheWarning[]) {
  const named = parseHfFolderName(folder.name);
  if (named === undefined) return undefined;
  try {
    return await scanRepo(
      { ...named, path: folder.path, locks: join(directory, LOCKS_NAME, folder.name) },
      warnings,
    );
  } catch (error) {
    if (!isModelManagerError(error)) throw error;
    warnings.push({ kind: "unreadable", path: folder.path, repo: named.repo, message: error.message });
    return undefined;
  }
}

/**
 * Looks at one model of a cache; `undefined` when it is not there.
 *
 * @throws {ModelManagerError} When it cannot be read, or the name could lead elsewhere.
 */
export async function scanHfRepo(directory: string, repo: string): Promise<HfCacheRepo | undefined> {
  const { folder: path } = hfRepoPlace(directory, repo);
  return await scanHfRepoAgain(directory, { kind: "model", repo, path });
}

/** Looks once more at a repository that was found; `undefined` when it is gone. */
export async function scanHfRepoAgain(
  directory: string,
  found: Pick<HfCacheRepo, "kind" | "repo" | "path">,
): Promise<HfCacheRepo | undefined> {
  const { kind, repo, path } = found;
  if (await fileFacts(path) === undefined) return undefined;
  const { locks } = hfPlaceIn(directory, basename(path), repo);
  return (await scanRepo({ kind, repo, path, locks }, [])).repo;
}
