/**
 * One process fetches a given file; the others wait, and say whose progress they are waiting for.
 *
 * Locks are named by content, like the partial data they guard. Small files have no lock each: they are fetched under
 * names of their own and proved before they appear, whoever is first. Where a unit has no other files, one lock is for
 * all of them together, so that they are not fetched twice by two who want the same.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Digest } from "../base/digest.ts";
import { isModelManagerError } from "../base/errors.ts";
import { isWholeFile } from "../download/segment_plan.ts";
import { makeDirectory } from "../platform/directory.ts";
import { acquireFileLock, type FileLock } from "../platform/file_lock.ts";
import type { OperationContext } from "./context.ts";
import { lockedByOther, type LockWait, watchOwner } from "./lock_wait.ts";
import type { PullFileFacts } from "./pull_facts.ts";

/** How locks are taken. */
export interface PullLockOptions {
  readonly partialFolder: string;
  /**
   * Digests of all the files of the unit, also of those that are there: they name the lock of small files.
   *
   * @default those of the files to be fetched
   */
  readonly unit?: readonly Digest[];
  /** Fail with `LOCKED` at once where another process is at work. */
  readonly noWait: boolean;
  readonly signal: AbortSignal;
  readonly onWait: (wait: LockWait) => void;
}

/** Locks that are held; disposing frees them. */
export interface PullLocks extends AsyncDisposable {
  /** Whether another process had one of the files: then what is on disk has to be looked at again. */
  readonly waited: boolean;
  /** Aborted as {@link PullLockOptions.signal} is, and when one of the locks is lost to another process. */
  readonly signal: AbortSignal;
}

/** What one lock is for. */
interface Guarded {
  /** Of the lock file: hexadecimal digits of a digest. */
  readonly hex: string;
  /** The file, or the first of several small ones. */
  readonly file: PullFileFacts;
}

/**
 * Takes the locks of the files that are to be fetched, always in the same order, so that two processes never wait for
 * each other.
 *
 * @throws {ModelManagerError} `LOCKED` with `noWait`, `CANCELLED`, or what the file system says.
 */
export async function lockFiles(
  context: Pick<OperationContext, "clock">,
  files: readonly PullFileFacts[],
  options: PullLockOptions,
): Promise<PullLocks> {
  await makeDirectory(options.partialFolder, { sync: true });
  await using stack = new AsyncDisposableStack();
  let waited = false;
  const signals = [options.signal];
  const guarded = guardedBy(files, options.unit ?? files.map((file) => file.digest));
  for (const index of guarded.keys()) {
    const lock = await lockOne(context, { guarded, index }, {
      ...options,
      onWait: (wait) => {
        waited = true;
        options.onWait(wait);
      },
    });
    signals.push(lock.lost);
    // Nobody is to find the file later, and who waits for it notices that it is gone.
    stack.defer(async () => {
      await lock.discard();
      await lock[Symbol.asyncDispose]();
    });
  }
  const held = stack.move();
  return { waited, signal: AbortSignal.any(signals), [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** The locks that files need, each once, in the order in which everybody takes them. */
function guardedBy(files: readonly PullFileFacts[], unit: readonly Digest[]): Guarded[] {
  const byHex = [...files].sort((a, b) => (a.digest.hex < b.digest.hex ? -1 : 1));
  const large = new Map(
    byHex.filter((file) => !isWholeFile(file.sizeBytes)).map((file) => [file.digest.hex, file]),
  );
  if (large.size > 0) {
    return [...large].map(([hex, file]) => ({ hex, file }));
  }
  const [first] = byHex;
  if (first === undefined) return [];
  // Whatever is there already: another process that wants the same unit may be a file further.
  const hex = createHash("sha256").update(unit.map((digest) => digest.hex).sort().join(" ")).digest("hex");
  return [{ hex, file: first }];
}

async function lockOne(
  context: Pick<OperationContext, "clock">,
  { guarded, index }: { readonly guarded: readonly Guarded[]; readonly index: number },
  options: PullLockOptions,
): Promise<FileLock> {
  const { clock } = context;
  const { signal, partialFolder } = options;
  const wanted = guarded.map(({ hex, file }) => ({ lockPath: lockPath(partialFolder, hex), file }));
  const path = lockPath(partialFolder, guarded[index]?.hex ?? "");
  if (options.noWait) {
    return await acquireFileLock(path, { clock, signal }).catch(async (error) => {
      throw isModelManagerError(error) && error.code === "LOCKED"
        ? await lockedByOther(error, { lockPath: path, wanted })
        : error;
    });
  }
  const watching = new AbortController();
  let watched: Promise<void> | undefined;
  const wait = { lockPath: path, wanted, onWait: options.onWait, signal: watching.signal };
  try {
    return await acquireFileLock(path, {
      clock,
      waitMs: Infinity,
      signal,
      onWait: () => watched = watchOwner(context, wait),
    });
  } finally {
    watching.abort();
    await watched;
  }
}

function lockPath(folder: string, hex: string): string {
  return join(folder, `${hex}.lock`);
}
