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
} from "../../platform/directory.ts";
import { describeOwner } from "../../platform/file_lock.ts";
import { findLockHolder } from "../../platform/lock_state.ts";
import { acquirePlainLock, isPlainLockFree } from "../../platform/plain_lock.ts";
import { removeTree } from "../../platform/remove_tree.ts";
import type { HfCacheFile, HfCacheRepo } from "./cache_model.ts";
import { hfPlaceIn, type HfRepoPlace } from "./cache_place.ts";
import type { HfFound } from "./find_revisions.ts";
import { scanHfRepoAgain } from "./scan.ts";
import { liveReferences, sharedTarget, sweepShared } from "./shared_store.ts";

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

/** What is to go of one repository. */
interface Doomed {
  readonly repo: HfCacheRepo;
  readonly files: readonly HfCacheFile[];
  /** Commits of revisions that go altogether. */
  readonly commits: ReadonlySet<string>;
  readonly isWhole: boolean;
}

/** The places of a repository that was found. */
export function hfNamesOf(directory: string, repo: Pick<HfCacheRepo, "path" | "repo">): HfRepoPlace {
  return hfPlaceIn(directory, basename(repo.path), repo.repo);
}

/** All that several references mean in one repository is one removal, so that what they share goes with the last. */
function toDoomed(found: readonly HfFound[]): Doomed[] {
  const groups = Map.groupBy(found, ({ repo }) => repo);
  return [...groups].map(([repo, parts]) => {
    const names = new Set(
      parts.flatMap(({ revisions }) =>
        revisions.flatMap(({ files }) => files.map((file) => file.snapshotPath))
      ),
    );
    const named = new Set(
      parts.flatMap(({ revisions }) =>
        revisions.flatMap((each) => each.isWhole ? [each.revision.commit] : [])
      ),
    );
    const going = repo.revisions.filter(({ commit, files }) =>
      named.has(commit) || (files.length > 0 && files.every((file) => names.has(file.snapshotPath)))
    );
    const files = repo.revisions.flatMap((revision) => revision.files)
      .filter((file) => names.has(file.snapshotPath));
    const isWhole = parts.some(({ isRepo }) => isRepo) ||
      (going.length > 0 && going.length === repo.revisions.length);
    return { repo, files, commits: new Set(going.map(({ commit }) => commit)), isWhole };
  });
}

/** The blobs that nothing uses once it is done. */
function unusedAfter({ repo, files, isWhole }: Doomed): string[] {
  const going = new Set(files.map((file) => file.snapshotPath));
  const used = new Set(
    repo.revisions.flatMap((revision) => revision.files)
      .filter((file) => !going.has(file.snapshotPath))
      .map((file) => file.blobPath),
  );
  const blobs = new Set(files.map((file) => file.blobPath).filter((blob) => !used.has(blob)));
  if (isWhole) { for (const blob of repo.unused) blobs.add(blob.path); }
  return [...blobs];
}

/** What a removal would take away. Nothing is changed. */
export async function planHfRemoval(place: HfRemovalPlace, found: readonly HfFound[]): Promise<HfRemoval> {
  let bytesFreed = 0;
  const paths: string[] = [];
  for (const doomed of toDoomed(found)) {
    paths.push(...doomed.files.map((file) => file.snapshotPath));
    if (doomed.isWhole) bytesFreed += await unfinishedBytes(hfNamesOf(place.directory, doomed.repo));
    const shared = new Map<string, number>();
    for (const path of unusedAfter(doomed)) {
      const target = await sharedTarget(path, place.directory);
      if (target !== undefined) shared.set(target, (shared.get(target) ?? 0) + 1);
      else bytesFreed += await bytesOf(path);
    }
    for (const [target, links] of shared) {
      const live = await liveReferences(target, place.directory);
      if (live !== undefined && live.length <= links) bytesFreed += await bytesOf(target);
    }
  }
  return { paths, bytesFreed };
}

/** What downloads that were not finished take: it goes with the repository. */
async function unfinishedBytes(names: Pick<HfRepoPlace, "blobs" | "partial">): Promise<number> {
  let bytes = 0;
  for (const folder of [names.blobs, names.partial]) {
    for (const { name, kind } of await readNames(folder)) {
      const isBlob = folder === names.blobs && /^[0-9a-f]+$/.test(name);
      if (kind === "file" && !isBlob) bytes += await bytesOf(join(folder, name));
    }
  }
  return bytes;
}

/** A link that leads out of the cache takes nothing with it. */
async function bytesOf(path: string): Promise<number> {
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
 * Deletes what was found. Bytes that a revision which stays uses, that somebody else is using just now, or of which
 * nobody can tell who uses them, stay.
 *
 * @throws {ModelManagerError} `LOCKED`, before anything is deleted, when something is being downloaded into the
 * repository; or what the file system says.
 */
export async function removeFromHfCache(place: HfRemovalPlace, found: HfFound): Promise<HfRemoval> {
  await requireHfFree(place, found.repo);
  const [doomed] = toDoomed([await foundNow(place, found)]);
  return doomed === undefined ? { paths: [], bytesFreed: 0 } : await removeOne(place, doomed);
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
  return { repo, revisions, isRepo: found.isRepo };
}

async function removeOne(place: HfRemovalPlace, doomed: Doomed): Promise<HfRemoval> {
  const { repo, files, commits, isWhole } = doomed;
  const names = hfNamesOf(place.directory, repo);
  for (const { commit, refs } of repo.revisions) {
    if (commits.has(commit)) await removeRefs(names, { commit, refs });
  }
  let bytesFreed = 0;
  const paths: string[] = [];
  for (const { snapshotPath } of files) {
    bytesFreed += await bytesOf(snapshotPath);
    if (await removeFile(snapshotPath)) paths.push(snapshotPath);
    await removeEmptyDirectories(dirname(snapshotPath), names.snapshots);
  }
  for (const commit of commits) await removeRevision(names, commit);
  bytesFreed += await removeUnused(place, { ...doomed, names });
  if (isWhole && await isEmptied(place, repo)) {
    bytesFreed += await unfinishedBytes(names);
    await removeTree(names.folder);
    await removeTree(names.partial);
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
  await removeTree(join(names.folder, ".no_exist", commit));
  await removeFile(join(names.folder, "trees", `${commit}.json`));
}

/** Looks again: what another program has named meanwhile stays. */
async function removeUnused(
  { directory, clock }: HfRemovalPlace,
  doomed: Doomed & { readonly names: HfRepoPlace },
): Promise<number> {
  const snapshotNames = new Set(doomed.files.map((file) => file.snapshotPath));
  const now = await scanHfRepoAgain(directory, doomed.repo);
  const used = new Set(now?.revisions.flatMap(({ files }) => files.map((file) => file.blobPath)) ?? []);
  let bytesFreed = 0;
  for (const blob of unusedAfter(doomed)) {
    // Of a real file in a snapshot, its name was all.
    if (snapshotNames.has(blob) || used.has(blob) || dirname(blob) !== doomed.names.blobs) continue;
    bytesFreed += await removeHfBlob({ directory, clock }, blob, doomed.names).catch((error) => {
      if (isModelManagerError(error) && error.code === "LOCKED") return 0;
      throw error;
    });
  }
  return bytesFreed;
}

/**
 * Deletes bytes that nothing in their repository uses.
 *
 * @returns what the disk got back.
 * @throws {ModelManagerError} `LOCKED` when another program is using them just now.
 */
export async function removeHfBlob(
  place: HfRemovalPlace,
  blob: string,
  names: Pick<HfRepoPlace, "locks">,
): Promise<number> {
  const { directory, clock } = place;
  const lockPath = join(names.locks, `${basename(blob)}.lock`);
  // Without the folder nobody has ever held a lock of it.
  const hasLocks = await fileFacts(names.locks) !== undefined;
  await using _lock = hasLocks ? await acquirePlainLock(lockPath, { clock }) : undefined;
  const shared = await sharedTarget(blob, directory);
  const bytes = await bytesOf(blob);
  await removeFile(blob);
  return shared === undefined ? bytes : await sweepShared(shared, place) ?? 0;
}

/** Whether nothing was put there meanwhile. */
async function isEmptied({ directory }: HfRemovalPlace, repo: HfCacheRepo): Promise<boolean> {
  return (await scanHfRepoAgain(directory, repo))?.revisions.length === 0;
}
