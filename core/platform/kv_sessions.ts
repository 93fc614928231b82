/**
 * Who has a store open, so that the first one to come after a crash knows of it.
 *
 * Each opener holds a shared lock for as long as it has the store open, and notes its coming and going in a small
 * log beside it. Whoever gets the lock for itself alone and finds a coming without a going knows that a process
 * ended without closing. Lock and log are two files: on Windows a locked file cannot be written by others.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { ModelManagerError, throwIfAborted } from "../base/errors.ts";
import { fileSystemError, isNotFound } from "./file_system_error.ts";

/** How long to wait while another process checks the store. */
const CHECK_WAIT_MS = 30_000;
const POLL_MS = 10;

/** What to do while nobody else has the store open. */
export interface SessionOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Called, at most once, when this process is the only one that has the store open. */
  readonly whileAlone: (facts: { readonly unclean: boolean }) => Promise<void>;
}

/** A noted use of a store. */
export interface StoreSession extends AsyncDisposable {
  /** Whether `whileAlone` was called. */
  readonly wasAlone: boolean;
  /** Ends without noting it, as a crash does: the next one to come is told of it. */
  abandon(): void;
}

/**
 * Notes that this process opens the store at `path`.
 *
 * @throws {ModelManagerError} `LOCKED` when another process keeps it to itself for too long, or what the file
 * system says.
 */
export async function beginSession(path: string, options: SessionOptions): Promise<StoreSession> {
  const lockPath = `${path}.lock`;
  const logPath = `${path}.sessions`;
  const file = await openLock(lockPath);
  try {
    const wasAlone = await file.tryLock(true);
    if (wasAlone) {
      await options.whileAlone({ unclean: hasOpenSession(await readLog(logPath)) });
      await Deno.writeTextFile(logPath, "", { mode: 0o600 });
      await file.unlock();
    }
    await lockShared(file, lockPath, options);
    const id = crypto.randomUUID().slice(0, 8);
    await Deno.writeTextFile(logPath, `+${id}\n`, { append: true, mode: 0o600 });
    let ending: Promise<void> | undefined;
    return {
      wasAlone,
      abandon() {
        if (ending === undefined) file.close();
        ending ??= Promise.resolve();
      },
      [Symbol.asyncDispose]: () => ending ??= endSession(file, logPath, id),
    };
  } catch (error) {
    file.close();
    throw fileSystemError(error, "open", path);
  }
}

async function openLock(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
  } catch (error) {
    throw fileSystemError(error, "open", path);
  }
}

async function lockShared(file: Deno.FsFile, path: string, options: SessionOptions): Promise<void> {
  const { clock, signal } = options;
  const endMs = clock.monotonic() + CHECK_WAIT_MS;
  while (!(await file.tryLock(false))) {
    throwIfAborted(signal);
    if (clock.monotonic() >= endMs) {
      throw new ModelManagerError("LOCKED", `Cannot open the store: another process holds "${path}"`, {
        hints: ["Wait until the other mm has ended, then try again"],
        retryable: true,
      });
    }
    await clock.sleep(POLL_MS * (0.5 + clock.random()), { signal });
  }
}

async function endSession(file: Deno.FsFile, logPath: string, id: string): Promise<void> {
  try {
    await Deno.writeTextFile(logPath, `-${id}\n`, { append: true, mode: 0o600 });
  } catch {
    // The store itself is closed; at worst it is checked once more than needed.
  } finally {
    file.close();
  }
}

async function readLog(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (isNotFound(error)) return "";
    throw error;
  }
}

/** Whether a coming lacks its going; a log that cannot be understood counts as one. */
export function hasOpenSession(log: string): boolean {
  const open = new Set<string>();
  for (const line of log.split("\n")) {
    if (line.startsWith("+")) open.add(line.slice(1));
    else if (line.startsWith("-")) open.delete(line.slice(1));
    else if (line !== "") return true;
  }
  return open.size > 0;
}
