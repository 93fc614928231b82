/**
 * What can be deleted from a cache of the Hub's own tools because nobody needs it any more, and deleting it.
 *
 * @module
 */
import { dirname, join, sep } from "node:path";
import { isModelManagerError, ModelManagerError } from "../../base/errors.ts";
import { fileFacts, readNames, removeEmptyDirectories, removeFile } from "../../platform/directory.ts";
import { acquirePlainLock, isPlainLockFree } from "../../platform/plain_lock.ts";
import { readLink } from "../../platform/symlinks.ts";
import { carryOutCleanup, type CleanupOutcome } from "../cleanup.ts";
import { gatherFolder } from "../cleanup_facts.ts";
import { type CleanupItem, planFolder } from "../cleanup_plan.ts";
import type { HfCache, HfCacheRepo } from "./cache_model.ts";
import { hfPartialFolder, LOCKS_NAME } from "./cache_place.ts";
import type { HfFound } from "./find_revisions.ts";
import {
  bytesOf,
  hfNamesOf,
  type HfRemovalPlace,
  planHfRemoval,
  removeFromHfCache,
  removeHfBlob,
} from "./removal.ts";
import { requireOurs } from "./removal_scope.ts";
import { scanHfRepoAgain } from "./scan.ts";
import { liveReferences, sharedTarget, sweepShared } from "./shared_store.ts";
import { areGoneHere, type HfLinkedParts, HfUses, isOwnFolder, linkedParts } from "./uses.ts";
import { Looks } from "../looks.ts";

/** Why something of the cache is deleted. */
export type HfCleanupReason =
  /** A download that broke off long ago, of whatever program. */
  | "interrupted"
  /** A revision that no branch or tag means any more, not used for long. */
  | "detached"
  /** Bytes that no revision uses. */
  | "unused"
  /** A name in a snapshot whose bytes are gone. */
  | "missing-bytes"
  /** A branch or tag whose commit is not there. */
  | "missing-commit"
  /** What a run of ours has left that can be of no use. */
  | "leftover";

/** Something that was deleted, or would be. */
export interface HfCleanedItem {
  /** Absolute: a file, or a revision's snapshot. */
  readonly path: string;
  /** Why it is of no use. */
  readonly reason: HfCleanupReason;
  /** `org/name`; `undefined` for what several share. */
  readonly repo: string | undefined;
  /** What the disk gets back. */
  readonly bytes: number;
}

/** How much is to go. */
export interface HfCleanupLimits {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** What was used, or grew, since so long ago stays. */
  readonly ageMs: number;
}

/** One thing to do. */
interface Task {
  readonly item: HfCleanedItem;
  /** @returns bytes that the disk got back; `undefined` when it is not so any more. */
  readonly run: () => Promise<number | undefined>;
}

/** A cleanup before it is carried out. */
export interface HfCleanupPlan {
  readonly tasks: readonly Task[];
  readonly problems: readonly ModelManagerError[];
}

/** What became of a plan. */
export interface HfCleanupOutcome {
  readonly removed: readonly HfCleanedItem[];
  /** What another program has begun to use meanwhile: it stays. */
  readonly inUse: readonly HfCleanedItem[];
  readonly problems: readonly ModelManagerError[];
}

/** Decides what goes. Nothing is changed. */
export async function planHfCleanup(
  place: HfRemovalPlace,
  cache: HfCache,
  limits: HfCleanupLimits,
): Promise<HfCleanupPlan> {
  return await new Planning(place, cache, limits).run();
}

/** Carries a plan out, as far as it is still so. */
export async function carryOutHfCleanup(plan: HfCleanupPlan): Promise<HfCleanupOutcome> {
  const removed: HfCleanedItem[] = [];
  const inUse: HfCleanedItem[] = [];
  const problems: ModelManagerError[] = [];
  for (const { item, run } of plan.tasks) {
    try {
      const bytes = await run();
      if (bytes !== undefined) removed.push({ ...item, bytes });
    } catch (error) {
      if (!isModelManagerError(error)) throw error;
      if (error.code === "LOCKED") inUse.push(item);
      else problems.push(error);
    }
  }
  return { removed, inUse, problems };
}

class Planning {
  readonly #place: HfRemovalPlace;
  readonly #cache: HfCache;
  readonly #limits: HfCleanupLimits;
  readonly #looks = new Looks();
  /** By the paths of repositories: what lies behind a link is not looked at. */
  readonly #linked = new Map<string, HfLinkedParts>();
  #usesNow: Promise<HfUses> | undefined;

  constructor(place: HfRemovalPlace, cache: HfCache, limits: HfCleanupLimits) {
    this.#place = place;
    this.#cache = cache;
    this.#limits = limits;
  }

  async run(): Promise<HfCleanupPlan> {
    for (const repo of this.#cache.repos) this.#linked.set(repo.path, await linkedParts(repo));
    const uses = await HfUses.of(this.#cache.repos);
    const damage = await this.#damage();
    const incomplete = await this.#incomplete();
    const ours = await this.#leftovers();
    const detached: Task[] = [];
    const unused: Task[] = [];
    for (const repo of this.#cache.repos) {
      detached.push(...await this.#detached(repo, uses));
      unused.push(...await this.#unused(repo, uses));
    }
    const shared = await this.#shared(uses);
    return {
      tasks: [...damage, ...incomplete, ...ours, ...detached, ...unused, ...shared],
      problems: this.#looks.problems,
    };
  }

  #isOld(timeMs: number): boolean {
    return this.#limits.nowMs - timeMs >= this.#limits.ageMs;
  }

  /** When the first of it goes; it is told what has gone since. */
  #latestUses(): Promise<HfUses> {
    return this.#usesNow ??= HfUses.now(this.#place.directory);
  }

  /** The repository in a part of which a path lies, unless that part is only a link. */
  #ownerOf(path: string, part: "blobs" | "snapshots" | "refs"): HfCacheRepo | undefined {
    const repo = this.#cache.repos.find((each) => path.startsWith(join(each.path, part) + sep));
    return repo === undefined || this.#linked.get(repo.path)?.[part] !== false ? undefined : repo;
  }

  /** Because of one such name, the Hub's own tools do not see the whole repository. */
  async #damage(): Promise<Task[]> {
    const { directory } = this.#place;
    const tasks: Task[] = [];
    for (const { kind, path, repo } of this.#cache.warnings) {
      const item = { path, repo, bytes: 0 };
      if (kind === "missing-bytes") {
        const owner = this.#ownerOf(path, "snapshots");
        if (owner === undefined || !await this.#looks.attempt(() => areGoneHere(path, directory))) continue;
        const snapshots = join(owner.path, "snapshots");
        tasks.push({
          item: { ...item, reason: kind },
          run: async () =>
            await areGoneHere(path, directory) ? await removeDanglingLink(path, snapshots) : undefined,
        });
      } else if (kind === "missing-commit" && this.#ownerOf(path, "refs") !== undefined) {
        tasks.push({ item: { ...item, reason: kind }, run: () => this.#removeRef(path) });
      }
    }
    return tasks;
  }

  async #removeRef(path: string): Promise<number | undefined> {
    const repo = this.#cache.repos.find((each) => path.startsWith(join(each.path, "refs") + sep));
    const now = repo === undefined ? undefined : await scanHfRepoAgain(this.#place.directory, repo);
    const names = now?.revisions.flatMap(({ refs }) =>
      refs.map((name) => join(now.path, "refs", ...name.split("/")))
    );
    if (names === undefined || names.includes(path)) return undefined;
    return await removeFile(path) ? 0 : undefined;
  }

  async #incomplete(): Promise<Task[]> {
    const tasks: Task[] = [];
    for (const { path, repo, modifiedAtMs, lockPath } of this.#cache.incomplete) {
      if (this.#ownerOf(path, "blobs") === undefined) continue;
      if (!this.#isOld(modifiedAtMs) || !await isPlainLockFree(lockPath).catch(() => false)) continue;
      tasks.push({
        item: { path, reason: "interrupted", repo, bytes: await bytesOf(path) },
        run: async () => {
          const hasLock = await fileFacts(lockPath) !== undefined;
          await using _lock = hasLock
            ? await acquirePlainLock(lockPath, { clock: this.#place.clock })
            : undefined;
          const facts = await fileFacts(path, { followLinks: false });
          if (facts === undefined || !this.#isOld(facts.modifiedAtMs)) return undefined;
          const bytes = await bytesOf(path);
          return await removeFile(path) ? bytes : undefined;
        },
      });
    }
    return tasks;
  }

  /** What downloads of ours have left. */
  async #leftovers(): Promise<Task[]> {
    const { directory } = this.#place;
    const tasks: Task[] = [];
    const locks = join(directory, LOCKS_NAME);
    for (const { name, kind } of await this.#looks.attempt(() => readNames(locks)) ?? []) {
      const folder = hfPartialFolder(join(locks, name));
      if (kind !== "directory" || !await isOwnFolder(folder).catch(() => false)) continue;
      const items = await this.#looks.attempt(() => this.#leftoversIn(folder)) ?? [];
      const repo = name.slice(name.indexOf("--") + 2).replaceAll("--", "/");
      tasks.push(...leftoverTasks(items, { repo, carryOut: () => this.#carryOut(folder, items) }));
    }
    return tasks;
  }

  async #carryOut(folder: string, items: readonly CleanupItem[]): Promise<CleanupOutcome> {
    const outcome = await carryOutCleanup(this.#places, { items, limits: this.#limits });
    await removeEmptyDirectories(folder, dirname(folder));
    return outcome;
  }

  async #leftoversIn(folder: string): Promise<readonly CleanupItem[]> {
    const facts = await gatherFolder(this.#places, folder, { held: new Set() });
    return planFolder(facts, this.#limits);
  }

  get #places() {
    const { directory, clock } = this.#place;
    return { modelsDir: directory, ownFolders: [], clock };
  }

  /** Those of one repository go together: bytes that they share go with the last of them. */
  async #detached(repo: HfCacheRepo, uses: HfUses): Promise<Task[]> {
    const linked = this.#linked.get(repo.path);
    if (linked?.snapshots !== false || linked.refs) return [];
    const old = repo.revisions.filter(({ refs, usedAtMs }) => refs.length === 0 && this.#isOld(usedAtMs));
    const going: typeof old = [];
    for (const revision of old) {
      // Another revision, or another repository, may lead through it.
      if (await isFree(foundIn(repo, [revision]), uses)) going.push(revision);
    }
    const tasks: Task[] = [];
    let seen = 0;
    for (const [index, { path, commit }] of going.entries()) {
      const upTo = foundIn(repo, going.slice(0, index + 1));
      const { bytesFreed } = await planHfRemoval(this.#place, [upTo], uses);
      const bytes = bytesFreed - seen;
      seen = bytesFreed;
      tasks.push({
        item: { path, reason: "detached", repo: repo.repo, bytes },
        run: () => this.#removeDetached(repo, commit),
      });
    }
    return tasks;
  }

  /** Looks again: it may have been given a name, or been used. */
  async #removeDetached(repo: HfCacheRepo, commit: string): Promise<number | undefined> {
    const now = await scanHfRepoAgain(this.#place.directory, repo);
    const revision = now?.revisions.find((each) => each.commit === commit);
    if (now === undefined || revision === undefined) return undefined;
    if (revision.refs.length > 0 || !this.#isOld(revision.usedAtMs)) return undefined;
    const uses = await this.#latestUses();
    return (await removeFromHfCache(this.#place, foundIn(now, [revision]), uses)).bytesFreed;
  }

  async #unused(repo: HfCacheRepo, uses: HfUses): Promise<Task[]> {
    if (this.#linked.get(repo.path)?.blobs !== false) return [];
    const { directory } = this.#place;
    const names = hfNamesOf(directory, repo);
    const tasks: Task[] = [];
    for (const { path, sizeBytes, modifiedAtMs } of repo.unused) {
      if (!this.#isOld(modifiedAtMs) || (await uses.usersOf(path)).length > 0) continue;
      const isShared = await sharedTarget(path, directory) !== undefined;
      tasks.push({
        item: { path, reason: "unused", repo: repo.repo, bytes: isShared ? sizeBytes : await bytesOf(path) },
        run: async () => {
          const now = await scanHfRepoAgain(directory, repo);
          if (now?.unused.every((blob) => blob.path !== path) ?? true) return undefined;
          const latest = await this.#latestUses();
          if ((await latest.usersOf(path)).length > 0) return undefined;
          return await removeHfBlob(this.#place, { blob: path, names, uses: latest });
        },
      });
    }
    return tasks;
  }

  async #shared(uses: HfUses): Promise<Task[]> {
    const tasks: Task[] = [];
    const { directory } = this.#place;
    for (const { path, sizeBytes, modifiedAtMs } of this.#cache.shared) {
      if (!this.#isOld(modifiedAtMs) || (await uses.usersOf(path)).length > 0) continue;
      if ((await liveReferences(path, directory))?.length !== 0) continue;
      tasks.push({
        item: { path, reason: "unused", repo: undefined, bytes: sizeBytes },
        run: async () => await sweepShared(path, { ...this.#place, uses: await this.#latestUses() }),
      });
    }
    return tasks;
  }
}

/** What lies in one folder goes together, with the first of its tasks: several files have the same lock. */
function leftoverTasks(
  items: readonly CleanupItem[],
  work: { readonly repo: string; readonly carryOut: () => Promise<CleanupOutcome> },
): Task[] {
  let outcome: Promise<CleanupOutcome> | undefined;
  return items.map(({ path, bytes, reason }) => ({
    item: {
      path,
      reason: reason === "interrupted" ? "interrupted" : "leftover",
      repo: work.repo,
      bytes,
    },
    run: async () => {
      const { removed, inUse, problems } = await (outcome ??= work.carryOut());
      if (removed.some((each) => each.path === path)) return bytes;
      if (inUse.some((each) => each.path === path)) throw inUseError(path);
      const [problem] = problems;
      if (problem !== undefined) throw problem;
      return undefined;
    },
  }));
}

function inUseError(path: string): ModelManagerError {
  return new ModelManagerError("LOCKED", `Another process uses "${path}"`, {
    hints: ["Wait until it has ended, then run the same command again"],
  });
}

function foundIn(repo: HfCacheRepo, revisions: HfCacheRepo["revisions"]): HfFound {
  const parts = revisions.map((revision) => ({ revision, files: revision.files, isWhole: true }));
  return { repo, revisions: parts, isRepo: false };
}

async function isFree(found: HfFound, uses: HfUses): Promise<boolean> {
  try {
    await requireOurs([found], uses);
    return true;
  } catch (error) {
    if (isModelManagerError(error) && error.code === "FAILED") return false;
    throw error;
  }
}

/**
 * The bytes may have come meanwhile. The snapshot's own folder stays, even when nothing is left in it: a branch may
 * mean it.
 */
async function removeDanglingLink(path: string, snapshots: string): Promise<number | undefined> {
  if (await readLink(path) === undefined || await fileFacts(path) !== undefined) return undefined;
  if (!await removeFile(path)) return undefined;
  const [commit = ""] = path.slice(snapshots.length + 1).split(sep);
  await removeEmptyDirectories(dirname(path), join(snapshots, commit));
  return 0;
}
