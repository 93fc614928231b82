/**
 * One process fetches a given file; the others wait, and say whose progress they are waiting for.
 *
 * Locks are named by content, like the partial data they guard. Small files are fetched without a lock, under names
 * of their own: they are proved before they appear, whoever is first.
 *
 * @module
 */
import { join } from "node:path";
import { formatByteSize } from "../base/byte_size.ts";
import { totalLength } from "../base/byte_range.ts";
import { acquireFileLock, type FileLock, type LockOwner } from "../platform/file_lock.ts";
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
  /** Fail with `LOCKED` at once where another process is at work. */
  readonly noWait: boolean;
  readonly signal: AbortSignal;
  readonly onWait: (wait: LockWait) => void;
}

/** Locks that are held; disposing frees them. */
export interface PullLocks extends AsyncDisposable {
  /** Whether another process had one of the files: then what is on disk has to be looked at again. */
  readonly waited: boolean;
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
  await makeDirectory(options.partialFolder);
  await using stack = new AsyncDisposableStack();
  const byName = [...files].filter((file) => !isWholeFile(file.sizeBytes))
    .sort((a, b) => (a.digest.hex < b.digest.hex ? -1 : 1));
  let waited = false;
  let last = "";
  for (const file of byName) {
    if (file.digest.hex === last) continue;
    last = file.digest.hex;
    const lock = await lockFile(context, file, {
      ...options,
      onWait: (wait) => {
        waited = true;
        options.onWait(wait);
      },
    });
    // Nobody is to find the file later, and who waits for it notices that it is gone.
    stack.defer(async () => {
      await lock.discard();
      await lock[Symbol.asyncDispose]();
    });
  }
  const held = stack.move();
  return { waited, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function lockFile(
  context: Pick<OperationContext, "clock">,
  file: PullFileFacts,
  options: PullLockOptions,
): Promise<FileLock> {
  const path = join(options.partialFolder, `${file.digest.hex}.lock`);
  const { clock } = context;
  const { signal } = options;
  if (options.noWait) return await acquireFileLock(path, { clock, signal });
  const watching = new AbortController();
  let watched: Promise<void> | undefined;
  try {
    return await acquireFileLock(path, {
      clock,
      waitMs: Infinity,
      signal,
      onWait: (owner) => watched = watch(context, { file, owner, options, signal: watching.signal }),
    });
  } finally {
    watching.abort();
    await watched;
  }
}

/** Reads the other process's journal for as long as we wait for it. */
async function watch(
  context: Pick<OperationContext, "clock">,
  wait: {
    readonly file: PullFileFacts;
    readonly owner: LockOwner | undefined;
    readonly options: PullLockOptions;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { file, owner, options, signal } = wait;
  const who = owner === undefined ? "Another process" : `Process ${owner.pid}`;
  while (!signal.aborted) {
    const text = await readTextFileIfExists(file.staged.journalPath).catch(() => undefined);
    const receivedBytes = totalLength((text === undefined ? undefined : parseJournal(text))?.written ?? []);
    if (signal.aborted) return;
    options.onWait({
      file: file.path,
      receivedBytes,
      totalBytes: file.sizeBytes,
      message: `${who} is downloading "${file.path}" (${formatByteSize(receivedBytes)} of ` +
        `${formatByteSize(file.sizeBytes)}): waiting for it`,
    });
    await context.clock.sleep(LOOK_EVERY_MS, { signal }).catch(() => {});
  }
}
