/**
 * What runs that were killed have left: their locks, what they had said they want, and their small files.
 *
 * @module
 */
import { join } from "node:path";
import { removeFile } from "../platform/directory.ts";
import { acquireFileLock } from "../platform/file_lock.ts";
import { findLockHolder } from "../platform/lock_state.ts";
import { parseLeftoverName } from "./leftover_names.ts";

const RUN_ID_LENGTH = 8;

/**
 * Deletes it. Best effort: it is only room on the disk.
 *
 * @param names Of everything in the folder of partial data.
 */
export async function clearDeadRuns(folder: string, names: Iterable<string>): Promise<void> {
  const runs = Map.groupBy(names, (name) => {
    const key = parseLeftoverName(name)?.key;
    return key?.length === RUN_ID_LENGTH ? key : undefined;
  });
  for (const [run, files] of runs) {
    if (run !== undefined) await clearRun(folder, { run, files }).catch(() => {});
  }
}

/**
 * Deletes a lock file that nobody holds.
 *
 * @throws {ModelManagerError} `LOCKED` when somebody has just taken it, or what the file system says.
 */
export async function clearDeadLock(path: string): Promise<void> {
  if (await findLockHolder(path) !== undefined) return;
  await using lock = await acquireFileLock(path);
  await lock.discard();
}

async function clearRun(
  folder: string,
  dead: { readonly run: string; readonly files: readonly string[] },
): Promise<void> {
  const lockName = `${dead.run}.lock`;
  const lockPath = join(folder, lockName);
  if (await findLockHolder(lockPath) !== undefined) return;
  await using stack = new AsyncDisposableStack();
  const lock = stack.use(await acquireFileLock(lockPath));
  stack.defer(() => lock.discard());
  for (const name of dead.files) if (name !== lockName) await removeFile(join(folder, name));
}
