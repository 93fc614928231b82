/**
 * One writer of a configuration file at a time, in all processes: what two of them change at once is not lost.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { isModelManagerError } from "../base/errors.ts";
import { realPathOf } from "../platform/directory.ts";
import { acquireFileLock } from "../platform/file_lock.ts";

/** Changes take milliseconds; who waits longer than this waits for something that hangs. */
const WAIT_MS = 30_000;

/** Frees a lock; the lock file goes with it. */
async function discarded(path: string, waitMs: number): Promise<AsyncDisposable> {
  const lock = await acquireFileLock(path, { waitMs });
  return {
    async [Symbol.asyncDispose]() {
      await lock.discard();
      await lock[Symbol.asyncDispose]();
    },
  };
}

/**
 * Locks a configuration file, under whatever name it is reached, until disposed. Its folder must be there.
 *
 * @param options.waitMs How long to wait for who has it. @default {30000}
 * @throws {ModelManagerError} `LOCKED` when somebody else does not end in time.
 */
export async function lockConfigFile(
  file: string,
  options: { readonly waitMs?: number } = {},
): Promise<AsyncDisposable> {
  const real = await realPathOf(file).catch(() => file);
  try {
    return await discarded(join(dirname(real), `.${basename(real)}.lock`), options.waitMs ?? WAIT_MS);
  } catch (error) {
    const code = isModelManagerError(error) ? error.code : undefined;
    // Where no lock file can be made, no other file can be made either: the write says so, with the file's own name.
    if (code !== "PERMISSION_ERROR" && code !== "INSUFFICIENT_SPACE") throw error;
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
}
