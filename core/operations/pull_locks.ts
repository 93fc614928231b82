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
import { formatByteSize } from "../base/byte_size.ts";
import { totalLength } from "../base/byte_range.ts";
import type { Digest } from "../base/digest.ts";
import { isModelManagerError, ModelManagerError } from "../base/errors.ts";
import {
  acquireFileLock,
  describeOwner,
  type FileLock,
  lockHints,
  readLockOwner,
} from "../platform/file_lock.ts";
import { parseJournal } from "../download/journal.ts";
import { isWholeFile } from "../download/segment_plan.ts";
import { readTextFileIfExists } from "../platform/atomic_file.ts";
import { makeDirectory } from "../platform/directory.ts";
import type { OperationContext } from "./context.ts";
import type { PullFileFacts } from "./pull_facts.ts";

/** How often a waiting process looks how far the other one is. */
const LOOK_EVERY_MS = 1_000;

/** What waiting says. */
export interface LockWait {
  readonly file: string;
  readonly receivedBytes: number;
  readonly totalBytes: number;
  readonly message: string;
}

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
  /** In words. */
  readonly what: string;
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
  for (const guarded of guardedBy(files, options.unit ?? files.map((file) => file.digest))) {
    const lock = await lockOne(context, guarded, {
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
    return [...large].map(([hex, file]) => ({ hex, what: `"${file.path}"`, file }));
  }
  const [first] = byHex;
  if (first === undefined) return [];
  // Whatever is there already: another process that wants the same unit may be a file further.
  const hex = createHash("sha256").update(unit.map((digest) => digest.hex).sort().join(" ")).digest("hex");
  const more = files.length === 1 ? "" : ` and ${files.length - 1} more`;
  return [{ hex, what: `"${first.path}"${more}`, file: first }];
}

async function lockOne(
  context: Pick<OperationContext, "clock">,
  guarded: Guarded,
  options: PullLockOptions,
): Promise<FileLock> {
  const path = join(options.partialFolder, `${guarded.hex}.lock`);
  const { clock } = context;
  const { signal } = options;
  if (options.noWait) {
    return await acquireFileLock(path, { clock, signal }).catch(async (error) => {
      throw await lockedError(error, { path, guarded });
    });
  }
  const watching = new AbortController();
  let watched: Promise<void> | undefined;
  try {
    return await acquireFileLock(path, {
      clock,
      waitMs: Infinity,
      signal,
      onWait: () => watched = watch(context, { path, guarded, options, signal: watching.signal }),
    });
  } finally {
    watching.abort();
    await watched;
  }
}

/** The lock's own error names a file that means nothing to a person; this one names theirs, and how far it is. */
async function lockedError(
  error: unknown,
  facts: { readonly path: string; readonly guarded: Guarded },
): Promise<unknown> {
  if (!isModelManagerError(error) || error.code !== "LOCKED") return error;
  const { path, guarded } = facts;
  const owner = await readLockOwner(path);
  const { text } = await progressOf(guarded.file);
  return new ModelManagerError(
    "LOCKED",
    `${guarded.what} is being downloaded by ${describeOwner(owner)} (${text})`,
    {
      hints: ["Wait for it: run the same command without --no-wait", ...lockHints(owner).slice(1)],
      retryable: true,
      cause: error,
    },
  );
}

/** How far another process is with a file, by its journal. */
async function progressOf(
  file: PullFileFacts,
): Promise<{ readonly receivedBytes: number; readonly text: string }> {
  const text = await readTextFileIfExists(file.staged.journalPath).catch(() => undefined);
  const receivedBytes = totalLength((text === undefined ? undefined : parseJournal(text))?.written ?? []);
  const percent = file.sizeBytes === 0 ? 0 : Math.floor((receivedBytes / file.sizeBytes) * 100);
  return {
    receivedBytes,
    text: `${percent} %, ${formatByteSize(receivedBytes)} of ${formatByteSize(file.sizeBytes)}`,
  };
}

/** Tells how the other process is getting on, for as long as we wait for it. */
async function watch(
  context: Pick<OperationContext, "clock">,
  wait: {
    readonly path: string;
    readonly guarded: Guarded;
    readonly options: PullLockOptions;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { path, guarded: { what, file }, options, signal } = wait;
  while (!signal.aborted) {
    // Looked at each time: when the owner dies, somebody else who waited goes on in its place.
    const owner = await readLockOwner(path);
    const { receivedBytes, text } = await progressOf(file);
    if (signal.aborted) return;
    const who = describeOwner(owner);
    options.onWait({
      file: file.path,
      receivedBytes,
      totalBytes: file.sizeBytes,
      message: `Waiting for ${who}, which is downloading ${what} (${text})`,
    });
    await context.clock.sleep(LOOK_EVERY_MS, { signal }).catch(() => {});
  }
}
