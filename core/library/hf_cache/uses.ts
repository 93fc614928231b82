/**
 * Who uses which names of a cache: every name that lies on the way from a snapshot to its bytes, across repositories
 * and through links to folders. Only what nobody uses may be deleted, and only what lies in the cache itself.
 *
 * @module
 */
import { basename, dirname, join, resolve, sep } from "node:path";
import { isModelManagerError } from "../../base/errors.ts";
import { fileFacts, realPathOf, somethingThere } from "../../platform/directory.ts";
import { readLink } from "../../platform/symlinks.ts";
import type { HfCacheRepo } from "./cache_model.ts";
import { scanHfCache } from "./scan.ts";

/** As long as systems follow links. */
const MAX_LINKS = 40;

/** A name in a snapshot. */
export interface HfUser {
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** Absolute: as the scan has found it. */
  readonly snapshotPath: string;
}

/** Every name that a snapshot needs. */
export class HfUses {
  readonly #users: ReadonlyMap<string, readonly HfUser[]>;
  readonly #folders: Folders;
  readonly #gone = new Set<string>();

  private constructor(users: ReadonlyMap<string, readonly HfUser[]>, folders: Folders) {
    this.#users = users;
    this.#folders = folders;
  }

  /** Follows everything in the snapshots of all repositories. */
  static async of(repos: readonly HfCacheRepo[]): Promise<HfUses> {
    const users = new Map<string, HfUser[]>();
    const folders = new Folders();
    for (const { repo, revisions } of repos) {
      for (const { snapshotPath } of revisions.flatMap(({ files }) => files)) {
        for (const name of await neededBy(snapshotPath, folders)) {
          const known = users.get(name);
          if (known === undefined) users.set(name, [{ repo, snapshotPath }]);
          else known.push({ repo, snapshotPath });
        }
      }
    }
    return new HfUses(users, folders);
  }

  /** As the cache is now. */
  static async now(directory: string): Promise<HfUses> {
    return await HfUses.of((await scanHfCache(directory)).repos);
  }

  /** Whose bytes are behind a name; `except` are snapshot names that are going themselves. */
  async usersOf(path: string, except: ReadonlySet<string> = new Set()): Promise<readonly HfUser[]> {
    const users = this.#users.get(await this.#folders.trueName(path)) ?? [];
    return users.filter(({ snapshotPath }) => !this.#gone.has(snapshotPath) && !except.has(snapshotPath));
  }

  /** Names in snapshots that have been deleted need nothing any more. */
  forget(snapshotPaths: readonly string[]): void {
    for (const path of snapshotPaths) this.#gone.add(path);
  }
}

/** The folders of names, each looked at once. */
class Folders {
  readonly #real = new Map<string, Promise<string>>();

  /** A name in the folder where it really lies; a link keeps its own. */
  async trueName(path: string): Promise<string> {
    const folder = dirname(path);
    const real = this.#real.get(folder) ?? realPathOf(folder);
    this.#real.set(folder, real);
    return join(await real, basename(path));
  }
}

/** Every name on the way from a name to its bytes, itself the first; the last has them, or is not there. */
async function follow(path: string, folders: Folders): Promise<readonly string[]> {
  const names: string[] = [];
  for (let current = path; names.length < MAX_LINKS;) {
    const name = await folders.trueName(current);
    if (names.includes(name)) break;
    names.push(name);
    const said = await readLink(name);
    if (said === undefined) break;
    current = resolve(dirname(name), said);
  }
  return names;
}

/** What a name in a snapshot needs. */
async function neededBy(path: string, folders: Folders): Promise<ReadonlySet<string>> {
  try {
    return new Set([...await follow(path, folders), await realPathOf(path)]);
  } catch (error) {
    // What cannot be followed has no bytes for anybody.
    if (!isModelManagerError(error)) throw error;
    return new Set();
  }
}

/** Parts of a repository that are only links to folders: what lies in those is somebody else's. */
export interface HfLinkedParts {
  /** The repository itself; then everything in it is. */
  readonly folder: boolean;
  readonly blobs: boolean;
  readonly snapshots: boolean;
  readonly refs: boolean;
}

/** Looks which parts of a repository are only links. */
export async function linkedParts(repo: Pick<HfCacheRepo, "path">): Promise<HfLinkedParts> {
  const isLink = async (path: string): Promise<boolean> => await readLink(path) !== undefined;
  const folder = await isLink(repo.path);
  const part = async (name: string): Promise<boolean> => folder || await isLink(join(repo.path, name));
  return { folder, blobs: await part("blobs"), snapshots: await part("snapshots"), refs: await part("refs") };
}

/** Whether a name is a folder itself, not a link to one. */
export async function isOwnFolder(path: string): Promise<boolean> {
  return (await fileFacts(path, { followLinks: false }))?.isDirectory === true;
}

/**
 * Whether bytes are gone from the cache itself. Elsewhere, a disk may only not be there now.
 *
 * @param path A name that leads to them.
 */
export async function areGoneHere(path: string, directory: string): Promise<boolean> {
  const end = (await follow(path, new Folders())).at(-1) ?? path;
  const real = await realPathOf(directory);
  for (let folder = dirname(end); folder !== dirname(folder); folder = dirname(folder)) {
    if (!await somethingThere(folder)) continue;
    if (await fileFacts(folder) === undefined) return false;
    const place = await realPathOf(folder);
    return place === real || place.startsWith(real + sep);
  }
  return false;
}
