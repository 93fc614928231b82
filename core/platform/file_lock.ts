/**
 * Locks between processes: the system frees them when their owner ends, however it ends.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { ModelManagerError, throwIfAborted } from "../base/errors.ts";
import { hostname } from "./environment.ts";
import { fileSystemError, isNotFound, isSystemError } from "./file_system_error.ts";
import {
  HEARTBEAT_LOST_MS,
  HEARTBEAT_MS,
  isSuspended,
  type LockOwner,
  ownerState,
  parseOwner,
  thisOwner,
} from "./lock_owner.ts";

export type { LockOwner };

/** How to wait for a lock. */
export interface FileLockOptions {
  readonly clock?: Clock;
  /** How long to wait for the present owner; `Infinity` waits for ever. @default {0} */
  readonly waitMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once when there is something to wait for; the owner is `undefined` when it cannot be read. */
  readonly onWait?: (owner: LockOwner | undefined) => void;
  /** Asks the system for its lock. @default what the system has; tests give one that lies */
  readonly trySystemLock?: (file: Deno.FsFile) => Promise<boolean>;
  /** How often the holder gives a sign of life. @default {5000} */
  readonly heartbeatMs?: number;
}

/** Polling begins at this interval and doubles up to the other. */
const FIRST_POLL_MS = 5;
const LAST_POLL_MS = 250;
/** Where the system grants its lock to everybody, who comes at the same moment shows within this time. */
const SETTLE_MS = 300;

/** A lock that is held; disposing frees it. */
export interface FileLock extends AsyncDisposable {
  /**
   * Aborted when somebody else has taken the lock although we live, with an error of code `LOCKED`: that can be
   * only when this machine was out of reach for long, such as asleep, and the other one could not know.
   */
  readonly lost: AbortSignal;
  /** Deletes the lock file while it is held, when nobody is to find it later. */
  discard(): Promise<void>;
}

/** A lock file whose owner may be dead, and since when it has given no sign of life. */
interface Silence {
  readonly id: string;
  readonly sinceMs: number;
}

interface Attempt {
  readonly path: string;
  readonly clock: Clock;
  readonly trySystemLock: (file: Deno.FsFile) => Promise<boolean>;
  readonly silence: Silence | undefined;
  readonly signal: AbortSignal | undefined;
}

interface Held {
  readonly file: Deno.FsFile;
  readonly owner: LockOwner;
}

/**
 * Takes a lock that only one holder in all processes (and in this one) can have at a time.
 *
 * The lock is on the file, not its existence: the file stays when the lock is freed. Besides the system's lock, the
 * owner that the file names has to be dead: there are file systems on which everybody gets the system's lock. Where
 * nobody can tell (an owner on another machine), it is taken for dead when it gives no sign of life for 20 seconds of
 * our own time; they are waited for in any case.
 *
 * @throws {ModelManagerError} `LOCKED` naming the owner when it is not free in time, `CANCELLED`, or what the file
 * system says.
 */
export async function acquireFileLock(path: string, options: FileLockOptions = {}): Promise<FileLock> {
  const { clock = systemClock, waitMs = 0, signal, heartbeatMs = HEARTBEAT_MS } = options;
  const trySystemLock = options.trySystemLock ?? ((file) => file.tryLock(true));
  const startMs = clock.monotonic();
  let silence: Silence | undefined;
  let beats = 0;
  for (let attempt = 0;; attempt++) {
    throwIfAborted(signal);
    const result = await tryLock({ path, clock, trySystemLock, silence, signal });
    if ("file" in result) return hold(path, result, heartbeatMs);
    if (attempt === 0 && waitMs > 0) options.onWait?.(await readLockOwner(path));
    if (silence !== undefined && result.silentId !== silence.id) beats++;
    if (result.silentId !== silence?.id) {
      silence = result.silentId === undefined
        ? undefined
        : { id: result.silentId, sinceMs: clock.monotonic() };
    }
    // An owner that has once given a sign of life is no question any more.
    const doubtful = silence !== undefined && beats === 0;
    const leftMs = doubtful ? HEARTBEAT_LOST_MS : waitMs - (clock.monotonic() - startMs);
    if (leftMs <= 0) throw lockedError(path, await readLockOwner(path));
    const pollMs = Math.min(LAST_POLL_MS, FIRST_POLL_MS * 2 ** attempt);
    // Jitter: waiters that began together must not keep step.
    await clock.sleep(Math.min(leftMs, pollMs * (0.5 + clock.random())), { signal });
  }
}

/**
 * The open, locked file; or that somebody else has the lock, and, where only signs of life can tell whether that one
 * lives, what changes with each of them.
 */
async function tryLock(attempt: Attempt): Promise<Held | { readonly silentId: string | undefined }> {
  const { path, clock, trySystemLock } = attempt;
  let file: Deno.FsFile | undefined;
  let kept = false;
  let locked = false;
  try {
    file = await Deno.open(path, { read: true, write: true, create: true });
    // `lock` would block a thread that nothing can interrupt; so would `lockSync`.
    locked = await trySystemLock(file);
    if (!locked || !await isStillThere(path, file)) return { silentId: undefined };
    const before = await readFrom(file);
    const state = before === undefined ? "dead" : ownerState(before);
    if (state === "alive") return { silentId: undefined };
    if (state === "unknown") {
      const silentId = `${before?.id ?? before?.pid} ${(await file.stat()).mtime?.getTime()}`;
      const { silence } = attempt;
      const silentMs = silence?.id === silentId ? clock.monotonic() - silence.sinceMs : 0;
      if (silentMs < HEARTBEAT_LOST_MS) return { silentId };
    }
    const owner = thisOwner(clock.now());
    await writeOwner(file, owner).catch(async (error) => {
      if (!isSystemError(error, "ENOSPC") && !isSystemError(error, "EDQUOT")) throw error;
      // Who wants to make room on a full disk needs the lock, too: the system's lock holds without a name.
      await file?.truncate(0);
    });
    if (!await isOurs(attempt, owner)) return { silentId: undefined };
    kept = true;
    return { file, owner };
  } catch (error) {
    throw fileSystemError(error, "lock", path);
  } finally {
    // A child process that is being started has the file open, too, for a moment: closing alone would not free it.
    if (!kept && locked) await file?.unlock().catch(() => {});
    if (!kept) file?.close();
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

/** Whether the lock is ours alone: who gets the system's lock twice has to see whose name stays in the file. */
async function isOurs({ path, clock, trySystemLock, signal }: Attempt, owner: LockOwner): Promise<boolean> {
  using second = await Deno.open(path, { read: true, write: true });
  if (!await trySystemLock(second)) return true;
  await clock.sleep(SETTLE_MS, { signal });
  return (await readLockOwner(path))?.id === owner.id;
}

async function readFrom(file: Deno.FsFile): Promise<LockOwner | undefined> {
  const buffer = new Uint8Array(4096);
  await file.seek(0, Deno.SeekMode.Start);
  const length = await file.read(buffer) ?? 0;
  return parseOwner(new TextDecoder().decode(buffer.subarray(0, length)));
}

async function writeOwner(file: Deno.FsFile, owner: LockOwner): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(owner)}\n`);
  // In this order there is an owner's name in it at every moment.
  await file.seek(0, Deno.SeekMode.Start);
  await file.write(bytes);
  await file.truncate(bytes.length);
}

/** Keeps the lock until it is disposed, with a sign of life for those who cannot ask the system. */
function hold(path: string, { file, owner }: Held, heartbeatMs: number): FileLock {
  const lost = new AbortController();
  const beat = async (): Promise<void> => {
    const named = await readLockOwner(path);
    if (named !== undefined && named.id !== owner.id) {
      clearInterval(heartbeat);
      return lost.abort(lockedError(path, named));
    }
    const now = new Date();
    await file.utime(now, now);
  };
  const heartbeat = setInterval(() => void beat().catch(() => {}), heartbeatMs);
  Deno.unrefTimer(Number(heartbeat));
  return {
    lost: lost.signal,
    discard: async () => {
      if (!lost.signal.aborted) await Deno.remove(path).catch(() => {});
    },
    [Symbol.asyncDispose]: () => {
      clearInterval(heartbeat);
      return release(file, { isOurs: !lost.signal.aborted });
    },
  };
}

async function release(file: Deno.FsFile, options: { readonly isOurs: boolean }): Promise<void> {
  try {
    // Emptied first: whoever reads it later must not take us for the owner.
    if (options.isOurs) await file.truncate(0);
    await file.unlock();
  } finally {
    file.close();
  }
}

/**
 * Who has a lock just now; `undefined` when nobody has, or it cannot be read. Best effort: on Windows a locked file
 * cannot be read, and an owner may be just about to write.
 */
export async function readLockOwner(path: string): Promise<LockOwner | undefined> {
  try {
    return parseOwner(await Deno.readTextFile(path));
  } catch {
    return undefined;
  }
}

/** An owner in words: `process 12 on "host" since 2025-01-02T03:04:05Z`; the host only when it is another one. */
export function describeOwner(owner: Pick<LockOwner, "pid" | "startedAt" | "host"> | undefined): string {
  if (owner === undefined) return "another process";
  const place = owner.host === hostname() ? "" : ` on "${owner.host}"`;
  return `process ${owner.pid}${place} since ${owner.startedAt.replace(/\.\d+Z$/, "Z")}`;
}

/** That a lock is held, and by whom: `LOCKED`. */
export function lockedError(path: string, owner: LockOwner | undefined): ModelManagerError {
  return new ModelManagerError("LOCKED", `Cannot lock "${path}": held by ${describeOwner(owner)}`, {
    hints: lockHints(owner),
    retryable: true,
  });
}

/** What a person can do about a lock. */
export function lockHints(owner: LockOwner | undefined): readonly string[] {
  const wait = "Wait until the other mm has ended, then try again";
  if (owner === undefined) return [wait];
  if (owner.host !== hostname()) return [wait, `See what it is, on "${owner.host}": ps -p ${owner.pid}`];
  const look = Deno.build.os === "windows" ? `tasklist /FI "PID eq ${owner.pid}"` : `ps -p ${owner.pid}`;
  const wake = isSuspended(owner) === true ? [`It is suspended; let it go on: kill -CONT ${owner.pid}`] : [];
  return [wait, ...wake, `See what it is: ${look}`];
}
