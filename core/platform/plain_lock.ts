/**
 * Locks that other programs take as well: the system's lock on an empty file that stays where it is. Nothing is written
 * into it, so nobody can be named who has it.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { ModelManagerError, throwIfAborted } from "../base/errors.ts";
import { fileSystemError, isNotFound } from "./file_system_error.ts";

/** How to wait for a lock. */
export interface PlainLockOptions {
  readonly clock?: Clock;
  /** How long to wait; `Infinity` waits for ever. @default {0} */
  readonly waitMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once when there is something to wait for. */
  readonly onWait?: () => void;
  /** Permissions of a lock file that is made. @default {0o664} */
  readonly mode?: number;
}

const FIRST_POLL_MS = 5;
const LAST_POLL_MS = 250;

/**
 * Takes the lock; disposing frees it.
 *
 * @throws {ModelManagerError} `LOCKED` when it is not free in time, `CANCELLED`, or what the file system says.
 */
export async function acquirePlainLock(
  path: string,
  options: PlainLockOptions = {},
): Promise<AsyncDisposable> {
  const { clock = systemClock, waitMs = 0, signal, mode = 0o664 } = options;
  const startMs = clock.monotonic();
  for (let attempt = 0;; attempt++) {
    throwIfAborted(signal);
    const file = await tryLock(path, mode);
    if (file !== undefined) return { [Symbol.asyncDispose]: () => release(file) };
    const leftMs = waitMs - (clock.monotonic() - startMs);
    if (leftMs <= 0) throw lockedError(path);
    if (attempt === 0) options.onWait?.();
    const pollMs = Math.min(LAST_POLL_MS, FIRST_POLL_MS * 2 ** attempt);
    await clock.sleep(Math.min(leftMs, pollMs * (0.5 + clock.random())), { signal });
  }
}

/** Whether nobody has the lock just now; a lock file that does not exist is free, and is not made. */
export async function isPlainLockFree(path: string): Promise<boolean> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true, write: true });
  } catch (error) {
    if (isNotFound(error) || error instanceof Deno.errors.NotADirectory) return true;
    throw fileSystemError(error, "look at", path);
  }
  const locked = await file.tryLock(true).catch(() => false);
  if (locked) await release(file);
  else file.close();
  return locked;
}

/** The open, locked file; `undefined` while somebody else has it. */
async function tryLock(path: string, mode: number): Promise<Deno.FsFile | undefined> {
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path, { read: true, write: true, create: true, mode });
    if (!await file.tryLock(true)) {
      file.close();
      return undefined;
    }
    if (await isStillThere(path, file)) {
      await openToOthers(path, mode);
      return file;
    }
    await release(file);
    return undefined;
  } catch (error) {
    try {
      file?.close();
    } catch {
      // It is closed already.
    }
    throw fileSystemError(error, "lock", path);
  }
}

/** The mask has no say over it: whoever shares the folder has to be able to take the lock. */
async function openToOthers(path: string, mode: number): Promise<void> {
  if (Deno.build.os === "windows" || ((await Deno.stat(path)).mode ?? mode) % 0o1000 === mode) return;
  // It is somebody else's file, who has decided.
  await Deno.chmod(path, mode).catch(() => {});
}

/** Somebody may have deleted the file in the meantime: a lock on it would then exclude nobody. */
async function isStillThere(path: string, file: Deno.FsFile): Promise<boolean> {
  const byHandle = await file.stat();
  const byName = await Deno.stat(path).catch(() => undefined);
  return byName !== undefined && byName.ino === byHandle.ino && byName.dev === byHandle.dev;
}

async function release(file: Deno.FsFile): Promise<void> {
  try {
    // A child process that is being started has the file open, too, for a moment: closing alone would not free it.
    await file.unlock();
  } catch {
    // Closing frees it.
  } finally {
    file.close();
  }
}

function lockedError(path: string): ModelManagerError {
  return new ModelManagerError("LOCKED", `Cannot lock "${path}": another program has it`, {
    hints: [
      "Wait until the other program has ended, then try again",
      `See which one it is: fuser -v "${path}"`,
    ],
    retryable: true,
  });
}
