/**
 * Locks between processes: the system frees them when their owner ends, however it ends.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { ModelManagerError, throwIfAborted } from "../base/errors.ts";
import { hostname } from "./environment.ts";
import { fileSystemError, isNotFound } from "./file_system_error.ts";
import { HEARTBEAT_MS, isAlive, type LockOwner, parseOwner, thisOwner } from "./lock_owner.ts";

export type { LockOwner };

/** How to wait for a lock. */
export interface FileLockOptions {
  readonly clock?: Clock;
  /** How long to wait for the present owner; `Infinity` waits for ever. @default {0} */
  readonly waitMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once when there is something to wait for; the owner is `undefined` when it cannot be read. */
  readonly onWait?: (owner: LockOwner | undefined) => void;
}

/** Polling begins at this interval and doubles up to the other. */
const FIRST_POLL_MS = 5;
const LAST_POLL_MS = 250;

/** A lock that is held; disposing frees it. */
export interface FileLock extends AsyncDisposable {
  /** Deletes the lock file while it is held, when nobody is to find it later. */
  discard(): Promise<void>;
}

/**
 * Takes a lock that only one holder in all processes (and in this one) can have at a time.
 *
 * The lock is on the file, not its existence: the file stays when the lock is freed. Besides the system's lock, the
 * owner that the file names has to be dead: there are file systems on which everybody gets the system's lock.
 *
 * @throws {ModelManagerError} `LOCKED` naming the owner when it is not free in time, `CANCELLED`, or what the file
 * system says.
 */
export async function acquireFileLock(path: string, options: FileLockOptions = {}): Promise<FileLock> {
  const { clock = systemClock, waitMs = 0, signal } = options;
  const startMs = clock.monotonic();
  for (let attempt = 0;; attempt++) {
    throwIfAborted(signal);
    const file = await tryLock(path, clock);
    if (file !== undefined) return hold(path, file);
    if (attempt === 0 && waitMs > 0) options.onWait?.(await readOwner(path));
    const leftMs = waitMs - (clock.monotonic() - startMs);
    if (leftMs <= 0) throw lockedError(path, await readOwner(path));
    const pollMs = Math.min(LAST_POLL_MS, FIRST_POLL_MS * 2 ** attempt);
    // Jitter: waiters that began together must not keep step.
    await clock.sleep(Math.min(leftMs, pollMs * (0.5 + clock.random())), { signal });
  }
}

/** The open, locked file, or `undefined` when somebody else has the lock. */
async function tryLock(path: string, clock: Clock): Promise<Deno.FsFile | undefined> {
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path, { read: true, write: true, create: true });
    // `lock` would block a thread that nothing can interrupt; so would `lockSync`.
    const free = await file.tryLock(true) && await isStillThere(path, file) &&
      !(await hasLivingOwner(path, clock));
    if (!free) {
      file.close();
      return undefined;
    }
    await writeOwner(file, clock);
    return file;
  } catch (error) {
    file?.close();
    throw fileSystemError(error, "lock", path);
  }
}

/** Somebody may have deleted the file in the meantime: a lock on it would then exclude nobody. */
async function isStillThere(path: string, file: Deno.FsFile): Promise<boolean> {
  try {
    const [byName, byHandle] = await Promise.all([Deno.stat(path), file.stat()]);
    return byName.ino === byHandle.ino && byName.dev === byHandle.dev;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Whether the lock file names somebody who lives, although the system gave us the lock. */
async function hasLivingOwner(path: string, clock: Clock): Promise<boolean> {
  const owner = await readOwner(path);
  if (owner === undefined) return false;
  const touchedAt = (await Deno.stat(path)).mtime?.getTime() ?? 0;
  return isAlive(owner, clock.now() - touchedAt);
}

async function writeOwner(file: Deno.FsFile, clock: Clock): Promise<void> {
  await file.truncate(0);
  await file.write(new TextEncoder().encode(`${JSON.stringify(thisOwner(clock.now()))}\n`));
}

/** Keeps the lock until it is disposed, with a sign of life for those who cannot ask the system. */
function hold(path: string, file: Deno.FsFile): FileLock {
  const heartbeat = setInterval(() => {
    const now = new Date();
    file.utime(now, now).catch(() => {});
  }, HEARTBEAT_MS);
  Deno.unrefTimer(Number(heartbeat));
  return {
    discard: async () => {
      await Deno.remove(path).catch(() => {});
    },
    [Symbol.asyncDispose]: () => {
      clearInterval(heartbeat);
      return release(file);
    },
  };
}

async function release(file: Deno.FsFile): Promise<void> {
  try {
    // Emptied first: whoever reads it later must not take us for the owner.
    await file.truncate(0);
    await file.unlock();
  } finally {
    file.close();
  }
}

/** Best effort: on Windows a locked file cannot be read, and an owner may be just about to write. */
async function readOwner(path: string): Promise<LockOwner | undefined> {
  try {
    return parseOwner(await Deno.readTextFile(path));
  } catch {
    return undefined;
  }
}

function lockedError(path: string, owner: LockOwner | undefined): ModelManagerError {
  const who = owner === undefined
    ? "another process"
    : `process ${owner.pid}${
      owner.host === hostname() ? "" : ` on "${owner.host}"`
    } since ${owner.startedAt}`;
  const look = Deno.build.os === "windows" ? `tasklist /FI "PID eq ${owner?.pid}"` : `ps -p ${owner?.pid}`;
  return new ModelManagerError("LOCKED", `Cannot lock "${path}": held by ${who}`, {
    hints: [
      "Wait until the other mm has ended, then try again",
      ...(owner === undefined ? [] : [`See what it is: ${look}`]),
    ],
    retryable: true,
  });
}
