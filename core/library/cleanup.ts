/**
 * A cleanup carried out: under the locks, and never more than what the same look at the disk would delete.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { isModelManagerError, ModelManagerError, throwIfAborted } from "../base/errors.ts";
import {
  fileFacts,
  readNames,
  realPathOf,
  removeEmptyDirectories,
  removeFile,
} from "../platform/directory.ts";
import { acquireFileLock } from "../platform/file_lock.ts";
import { type CleanupPlaces, gatherFolder } from "./cleanup_facts.ts";
import { type CleanupItem, type CleanupLimits, planFolder } from "./cleanup_plan.ts";

/** What became of a plan. */
export interface CleanupOutcome {
  readonly removed: readonly CleanupItem[];
  /** What another process has begun to use meanwhile: it stays. */
  readonly inUse: readonly CleanupItem[];
  readonly problems: readonly ModelManagerError[];
}

/** Deletes what was planned, as far as it is still so. */
export async function carryOutCleanup(
  places: CleanupPlaces,
  plan: {
    readonly items: readonly CleanupItem[];
    readonly limits: CleanupLimits;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<CleanupOutcome> {
  const modelsDir = await realPathOf(places.modelsDir);
  const removed: CleanupItem[] = [];
  const inUse: CleanupItem[] = [];
  const problems: ModelManagerError[] = [];
  for (const [lockPath, items] of Map.groupBy(plan.items, (item) => item.lockPath)) {
    throwIfAborted(plan.signal);
    try {
      if (lockPath === undefined) {
        for (const item of items) if (await removeUnlocked(item, modelsDir)) removed.push(item);
      } else {
        removed.push(
          ...await removeLocked({ ...places, modelsDir }, { lockPath, items, limits: plan.limits }),
        );
      }
    } catch (error) {
      if (!isModelManagerError(error)) throw error;
      if (error.code === "LOCKED") inUse.push(...items);
      else problems.push(error);
    }
  }
  // Folders have to wait for what is in them, and for the locks.
  const folders = plan.items.filter((item) => item.reason === "empty-folder");
  for (const item of folders) {
    if ((await removeEmptyDirectories(item.path, dirname(item.path))).length > 0) removed.push(item);
  }
  return { removed: inOrder(plan.items, removed), inUse, problems };
}

function inOrder(items: readonly CleanupItem[], chosen: readonly CleanupItem[]): CleanupItem[] {
  const paths = new Set(chosen.map((item) => item.path));
  return items.filter((item) => paths.has(item.path));
}

async function removeUnlocked(item: CleanupItem, modelsDir: string): Promise<boolean> {
  if (item.reason === "empty-folder") return false;
  await refuseMoved(item.path, modelsDir);
  const facts = await fileFacts(item.path, { followLinks: false });
  return facts?.isFile === true && await removeFile(item.path);
}

/** A folder in the path may have become a link that leads elsewhere since it was looked at. */
async function refuseMoved(path: string, modelsDir: string): Promise<void> {
  const folder = dirname(path);
  if (!folder.startsWith(modelsDir) || await realPathOf(folder) === folder) return;
  throw new ModelManagerError("FAILED", `Left "${path}" alone: its folder has become a link`, {
    hints: [`Look at it: ls -la "${dirname(folder)}"`],
  });
}

async function removeLocked(
  places: CleanupPlaces,
  work: { readonly lockPath: string; readonly items: readonly CleanupItem[]; readonly limits: CleanupLimits },
): Promise<CleanupItem[]> {
  const { lockPath, items, limits } = work;
  const folder = dirname(lockPath);
  await refuseMoved(lockPath, places.modelsDir);
  const isRegistry = folder === places.modelsDir;
  // Without it, a lock in a folder that is gone would be a failure to take it.
  if ((await readNames(folder)).length === 0) return [];
  await using stack = new AsyncDisposableStack();
  const lock = stack.use(
    await acquireFileLock(lockPath, places.clock === undefined ? {} : { clock: places.clock }),
  );
  // The registry's lock stays where it is; others are found by nobody later.
  if (!isRegistry) stack.defer(() => lock.discard());
  const now = isRegistry ? items : stillPlanned(items, await planAgain(places, lockPath, limits));
  const removed: CleanupItem[] = [];
  for (const item of now) {
    // The lock goes with the stack.
    if (item.path === lockPath || await removeFile(item.path)) removed.push(item);
  }
  return removed;
}

async function planAgain(
  places: CleanupPlaces,
  lockPath: string,
  limits: CleanupLimits,
): Promise<CleanupItem[]> {
  const key = basename(lockPath, ".lock");
  const folder = dirname(lockPath);
  const facts = await gatherFolder(places, folder, { held: new Set([key]) });
  return planFolder(facts, limits).filter((item) => item.lockPath === join(folder, `${key}.lock`));
}

function stillPlanned(items: readonly CleanupItem[], again: readonly CleanupItem[]): CleanupItem[] {
  const reasons = new Map(again.map((item) => [item.path, item.reason]));
  return items.filter((item) => reasons.get(item.path) === item.reason);
}
