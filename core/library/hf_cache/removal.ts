/**
 * Deletes from a cache of the Hub's own tools, in an order in which no reader ever finds anything broken: branches and
 * tags, the names in snapshots, then bytes that nothing uses any more.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { isModelManagerError, ModelManagerError } from "../../base/errors.ts";
import { readTextFileIfExists } from "../../platform/atomic_file.ts";
import {
  fileFacts,
  freedBytes,
  readNames,
  removeEmptyDirectories,
  removeFile,
  somethingThere,
} from "../../platform/directory.ts";
import { describeOwner } from "../../platform/file_lock.ts";
import { findLockHolder } from "../../platform/lock_state.ts";
import { acquirePlainLock, isPlainLockFree } from "../../platform/plain_lock.ts";
import { removeTree } from "../../platform/remove_tree.ts";
import type { HfCacheRepo } from "./cache_model.ts";
import { hfPlaceIn, type HfRepoPlace } from "./cache_place.ts";
import type { HfFound } from "./find_revisions.ts";
import {
  type Doomed,
  goingNames,
  type NameOnly,
  refPathOf,
  requireOurs,
  sortNames,
  toDoomed,
  unusedAfter,
} from "./removal_scope.ts";
import { scanHfRepoAgain } from "./scan.ts";
import { liveReferences, sharedTarget, sweepShared } from "./shared_store.ts";
import { type HfLinkedParts, HfUses, isOwnFolder, linkedParts } from "./uses.ts";

/** What a removal takes away. */
export interface HfRemoval {
  /** Absolute: names in snapshots. */
  readonly paths: readonly string[];
  /** What the disk gets back: nothing for bytes that something else uses. */
  readonly bytesFreed: number;
}

/** Where to delete. */
export interface HfRemovalPlace {
  /** Absolute: the cache. */
  readonly directory: string;
  readonly clock: Clock;
}

/** The places of a repository that was found. */
export function hfNamesOf(directory: string, repo: Pick<HfCacheRepo, "path" | "repo">): HfRepoPlace {
  return hfPlaceIn(directory, basename(repo.path), repo.repo);
}

/**
 * What a removal would take away. Nothing is changed.
 *
 * @param uses Of the cache as it is. @default it is looked through
 * @throws {ModelManagerError} `FAILED` for what must not be deleted.
 */
export async function planHfRemoval(
  place: HfRemovalPlace,
  found: readonly HfFound[],
  uses?: HfUses,
): Promise<HfRemoval> {
  const { directory } = place;
  const all = uses ?? await HfUses.now(directory);
  await requireOurs(found, all);
  let bytesFreed = 0;
  const paths: string[] = [];
  const shared = new Map<string, number>();
  const { whole, names } = sortNames(found);
  paths.push(...names.map(refPathOf));
  const doomed = await Promise.all(
    toDoomed(whole).map(async (each) => ({ ...each, linked: await linkedParts(each.repo) })),
  );
  const going = new Set(doomed.flatMap(goingNames));
  for (const each of doomed) {
    const { linked } = each;
    paths.push(...(linked.folder ? [each.repo.path] : goingNames(each)));
    if (each.isWhole) bytesFreed += await unfinishedBytes(hfNamesOf(directory, each.repo), linked);
    if (linked.blobs) continue;
    for (const path of unusedAfter(each)) {
      if ((await all.usersOf(path, going)).length > 0) continue;
      const target = await sharedTarget(path, directory);
      if (target !== undefined) shared.set(target, (shared.get(target) ?? 0) + 1);
      else bytesFreed += await bytesOf(path);
    }
  }
  for (const [target, links] of shared) {
    const live = await liveReferences(target, directory);
    const isUsed = (await all.usersOf(target, going)).length > 0;
    if (live !== undefined && live.length <= links && !isUsed) bytesFreed += await bytesOf(target);
  }
  return { paths, bytesFreed };
}

async function removeName({ directory }: HfRemovalPlace, alone: NameOnly): Promise<HfRemoval> {
  const { repo, commit, name } = alone;
  await removeRefs(hfNamesOf(directory, repo), { commit, refs: [name] });
  const path = refPathOf(alone);
  return { paths: await somethingThere(path) ? [] : [path], bytesFreed: 0 };
}

/** What downloads that were not finished take: it goes with the repository. */
async function unfinishedBytes(
  names: Pick<HfRepoPlace, "blobs" | "partial">,
  linked: HfLinkedParts,
): Promise<number> {
  if (linked.folder) return 0;
  let bytes = 0;
  for (const folder of [names.blobs, names.partial]) {
    if (!await isOwnFolder(folder)) continue;
    for (const { name, kind } of await readNames(folder)) {
      const isBlob = folder === names.blobs && /^[0-9a-f]+$/.test(name);
      if (kind === "file" && !isBlob) bytes += await bytesOf(join(folder, name));
    }
  }
  return bytes;
}

/** What the disk gets back for a name: a link, wherever it leads, takes nothing with it. */
export async function bytesOf(path: string): Promise<number> {
  const facts = await fileFacts(path, { followLinks: false });
  return facts?.isFile === true ? freedBytes(facts) : 0;
}

/**
 * Makes sure that nobody is putting anything into a repository.
 *
 * @throws {ModelManagerError} `LOCKED` when somebody is.
 */
export async function requireHfFree(place: HfRemovalPlace, repo: HfCacheRepo): Promise<void> {
  const { locks, partial } = hfNamesOf(place.directory, repo);
  for (const { name, kind } of await readNames(partial)) {
    if (kind !== "file" || !name.endsWith(".lock")) continue;
    const owner = await findLockHolder(join(partial, name), place.clock);
    if (owner !== undefined) throw inUse(repo.repo, describeOwner(owner));
  }
  for (const { name, kind } of await readNames(locks)) {
    if (kind === "file" && name.endsWith(".lock") && !await isPlainLockFree(join(locks, name))) {
      throw inUse(repo.repo, "another program");
    }
  }
}

function inUse(repo: string, whom: string): ModelManagerError {
  return new ModelManagerError("LOCKED", `"${repo}" is being downloaded into the cache by ${whom}`, {
    hints: ["Wait until it has ended, then run the same command again"],
    retryable: true,
  });
}

/**
 * Deletes what was found. Bytes that a revision which stays uses, in whatever repository, that somebody else is using
 * just now, or of which nobody can tell who uses them, stay; and of a folder that is a link, only the link goes.
 *
 * @param uses Of the cache as it was a moment ago; is told what goes. @default it is looked through
 * @throws {ModelManagerError} Before anything is deleted: `LOCKED` when something is being downloaded into the
 * repository, `FAILED` for what must not be deleted; or what the file system says.
 */
export async function removeFromHfCache(
  place: HfRemovalPlace,
  found: HfFound,
  uses?: HfUses,
): Promise<HfRemoval> {
  await requireHfFree(place, found.repo);
  const now = await foundNow(place, found);
  const all = uses ?? await HfUses.now(place.directory);
  await requireOurs([now], all);
  const { whole, names } = sortNames([now]);
  const [alone] = names;
  if (alone !== undefined) return await removeName(place, alone);
  const [doomed] = toDoomed(whole);
  if (doomed === undefined) return { paths: [], bytesFreed: 0 };
  return await removeOne(place, { ...doomed, linked: await linkedParts(doomed.repo), uses: all });
}

/** What is there of it by now: something may have come, and something may be gone already. */
async function foundNow({ directory }: HfRemovalPlace, found: HfFound): Promise<HfFound> {
  const repo = await scanHfRepoAgain(directory, found.repo) ?? { ...found.repo, revisions: [], unused: [] };
  const wanted = new Map(found.revisions.map((each) => [each.revision.commit, each]));
  const revisions = repo.revisions.flatMap((revision) => {
    const before = wanted.get(revision.commit);
    if (before === undefined) return [];
    const paths = new Set(before.files.map((file) => file.path));
    const files = before.isWhole ? revision.files : revision.files.filter((file) => paths.has(file.path));
    return [{ revision, files, isWhole: before.isWhole }];
  });
  return { ...found, repo, revisions };
}

async function removeOne(
  place: HfRemovalPlace,
  doomed: Doomed & { readonly linked: HfLinkedParts; readonly uses: HfUses },
): Promise<HfRemoval> {
  const { repo, files, commits, isWhole, linked, uses } = doomed;
  if (linked.folder) {
    const isGone = await removeFile(repo.path);
    uses.forget(files.map((file) => file.snapshotPath));
    return { paths: isGone ? [repo.path] : [], bytesFreed: 0 };
  }
  const names = hfNamesOf(place.directory, repo);
  for (const { commit, refs } of linked.refs ? [] : repo.revisions) {
    if (commits.has(commit)) await removeRefs(names, { commit, refs });
  }
  let bytesFreed = 0;
  const paths: string[] = [];
  for (const path of goingNames(doomed)) {
    bytesFreed += await bytesOf(path);
    if (await removeFile(path)) paths.push(path);
    await removeEmptyDirectories(dirname(path), names.snapshots);
  }
  for (const commit of linked.snapshots ? [] : commits) await removeRevision(names, commit);
  uses.forget(files.map((file) => file.snapshotPath));
  const left = linked.blobs
    ? { bytesFreed: 0, stays: false }
    : await removeUnused(place, { ...doomed, names });
  bytesFreed += left.bytesFreed;
  // Bytes that another repository uses stay where it looks for them.
  if (isWhole && !left.stays && (linked.snapshots || await isEmptied(place, repo))) {
    bytesFreed += await unfinishedBytes(names, linked);
    await removeTree(names.folder);
    if (await isOwnFolder(names.locks)) await removeTree(names.partial);
  }
  return { paths, bytesFreed };
}

/** A name that means another commit by now is somebody else's. */
async function removeRefs(
  names: HfRepoPlace,
  revision: { readonly commit: string; readonly refs: readonly string[] },
): Promise<void> {
  for (const name of revision.refs) {
    const path = join(names.refs, ...name.split("/"));
    if ((await readTextFileIfExists(path))?.trim() !== revision.commit) continue;
    await removeFile(path);
    await removeEmptyDirectories(dirname(path), names.refs);
  }
}

/** With what is known of it besides its files. */
async function removeRevision(names: HfRepoPlace, commit: string): Promise<void> {
  await removeTree(join(names.snapshots, commit));
  const [unknown, trees] = [join(names.folder, ".no_exist"), join(names.folder, "trees")];
  if (await isOwnFolder(unknown)) await removeTree(join(unknown, commit));
  if (await isOwnFolder(trees)) await removeFile(join(trees, `${commit}.json`));
}

/** Looks again: what another program has named meanwhile stays. */
async function removeUnused(
  { directory, clock }: HfRemovalPlace,
  doomed: Doomed & { readonly names: HfRepoPlace; readonly uses: HfUses },
): Promise<{ readonly bytesFreed: number; readonly stays: boolean }> {
  const snapshotNames = new Set(doomed.files.map((file) => file.snapshotPath));
  const { repo, names, uses } = doomed;
  const { blobs } = names;
  const now = await scanHfRepoAgain(directory, repo);
  const own = await HfUses.of(now === undefined ? [] : [now]);
  const isUsed = async (path: string): Promise<boolean> =>
    (await uses.usersOf(path)).length > 0 || (await own.usersOf(path)).length > 0;
  let bytesFreed = 0;
  let stays = false;
  for (const blob of unusedAfter(doomed)) {
    // Of a real file in a snapshot, its name was all.
    if (snapshotNames.has(blob) || dirname(blob) !== blobs || await isUsed(blob)) continue;
    bytesFreed += await removeHfBlob({ directory, clock }, { blob, uses, names }).catch(
      (error) => {
        if (!isModelManagerError(error) || error.code !== "LOCKED") throw error;
        stays = true;
        return 0;
      },
    );
  }
  for (const { name } of await readNames(blobs)) stays ||= await isUsed(join(blobs, name));
  return { bytesFreed, stays };
}

/**
 * Deletes bytes that nothing uses.
 *
 * @returns what the disk got back.
 * @throws {ModelManagerError} `LOCKED` when another program is using them just now.
 */
export async function removeHfBlob(
  place: HfRemovalPlace,
  what: {
    /** Absolute. */
    readonly blob: string;
    readonly names: Pick<HfRepoPlace, "locks">;
    /** Without the blob's own users. */
    readonly uses: HfUses;
  },
): Promise<number> {
  const { directory, clock } = place;
  const { blob, names, uses } = what;
  const lockPath = join(names.locks, `${basename(blob)}.lock`);
  // Without the folder nobody has ever held a lock of it.
  const hasLocks = await fileFacts(names.locks) !== undefined;
  await using _lock = hasLocks ? await acquirePlainLock(lockPath, { clock }) : undefined;
  const shared = await sharedTarget(blob, directory);
  const bytes = await bytesOf(blob);
  await removeFile(blob);
  return shared === undefined ? bytes : await sweepShared(shared, { ...place, uses }) ?? 0;
}

/** Whether nothing was put there meanwhile. */
async function isEmptied({ directory }: HfRemovalPlace, repo: HfCacheRepo): Promise<boolean> {
  return (await scanHfRepoAgain(directory, repo))?.revisions.length === 0;
}
