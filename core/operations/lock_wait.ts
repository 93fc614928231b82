/**
 * What is said of a download that another process has under way: who it is, how far it is, whether it still moves.
 *
 * @module
 */
import { totalLength } from "../base/byte_range.ts";
import { formatByteSize } from "../base/byte_size.ts";
import { ModelManagerError } from "../base/errors.ts";
import { parseJournal } from "../download/journal.ts";
import { isWholeFile } from "../download/segment_plan.ts";
import { readTextFileIfExists } from "../platform/atomic_file.ts";
import { fileFacts } from "../platform/directory.ts";
import { describeOwner, lockHints, type LockOwner, readLockOwner } from "../platform/file_lock.ts";
import { HEARTBEAT_LOST_MS } from "../platform/lock_owner.ts";
import type { OperationContext } from "./context.ts";
import type { PullFileFacts } from "./pull_facts.ts";

/** How often a waiting process looks how far the other one is. */
const LOOK_EVERY_MS = 1_000;

/** What waiting says. */
export interface LockWait {
  /** One that the other process is downloading. */
  readonly file: string;
  /** Of all files that it has and we want. */
  readonly receivedBytes: number;
  readonly totalBytes: number;
  readonly message: string;
}

/** A file that we want, and the lock that guards it. */
export interface LockedFile {
  readonly lockPath: string;
  readonly file: PullFileFacts;
}

/** How far another process is with what we want. */
interface OthersWork {
  readonly owner: LockOwner | undefined;
  readonly file: string;
  readonly receivedBytes: number;
  readonly totalBytes: number;
  /** Such as `"a.gguf" and 2 more`. */
  readonly what: string;
  readonly isOne: boolean;
  /** Such as ` (40 %, 2 GB of 5 GB)`; empty where it is not known. */
  readonly progress: string;
}

/** The lock's own error names a file that means nothing to a person; this one names theirs, and how far it is. */
export async function lockedByOther(
  cause: ModelManagerError,
  facts: { readonly lockPath: string; readonly wanted: readonly LockedFile[] },
): Promise<ModelManagerError> {
  const { owner, what, isOne, progress } = await othersWork(facts);
  const message = `${what} ${isOne ? "is" : "are"} being downloaded by ${describeOwner(owner)}${progress}`;
  return new ModelManagerError("LOCKED", message, {
    hints: ["Wait for it: run the same command without --no-wait", ...lockHints(owner).slice(1)],
    retryable: true,
    cause,
  });
}

/** Tells how the other process is getting on, until the signal. */
export async function watchOwner(
  context: Pick<OperationContext, "clock">,
  wait: {
    readonly lockPath: string;
    readonly wanted: readonly LockedFile[];
    readonly onWait: (wait: LockWait) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { clock } = context;
  const { lockPath, onWait, signal } = wait;
  let pulse = "";
  let pulseAt = clock.monotonic();
  while (!signal.aborted) {
    // Looked at each time: when the owner dies, somebody else who waited goes on in its place.
    const { owner, what, progress, file, receivedBytes, totalBytes } = await othersWork(wait);
    const seen = `${owner?.pid} ${(await fileFacts(lockPath).catch(() => undefined))?.modifiedAtMs}`;
    if (signal.aborted) return;
    if (seen !== pulse) pulseAt = clock.monotonic();
    pulse = seen;
    const silentMs = clock.monotonic() - pulseAt;
    const silence = silentMs < HEARTBEAT_LOST_MS
      ? ""
      : `; it has given no sign of life for ${Math.round(silentMs / 1000)} s and may be suspended`;
    const message = `Waiting for ${describeOwner(owner)}, which is downloading ${what}${progress}${silence}`;
    onWait({ file, receivedBytes, totalBytes, message });
    await clock.sleep(LOOK_EVERY_MS, { signal }).catch(() => {});
  }
}

/** What the owner of a lock has of the files that we want, and how far it is with them. */
async function othersWork(
  facts: { readonly lockPath: string; readonly wanted: readonly LockedFile[] },
): Promise<OthersWork> {
  const { lockPath, wanted } = facts;
  const owner = await readLockOwner(lockPath);
  const theirs: PullFileFacts[] = [];
  for (const locked of wanted) {
    const isTheirs = locked.lockPath === lockPath ||
      isSameProcess(await readLockOwner(locked.lockPath), owner);
    if (isTheirs) theirs.push(locked.file);
  }
  const received = await Promise.all(theirs.map(receivedOf));
  // The one that is not begun is not what the other process is busy with.
  const file = theirs[received.findIndex((bytes) => bytes > 0)] ?? theirs[0];
  const receivedBytes = received.reduce((sum, bytes) => sum + bytes, 0);
  const totalBytes = theirs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const more = theirs.length > 1 ? ` and ${theirs.length - 1} more` : "";
  return {
    owner,
    file: file?.path ?? "",
    receivedBytes,
    totalBytes,
    what: `"${file?.path}"${more}`,
    isOne: theirs.length === 1,
    // Of small files nothing is noted.
    progress: file === undefined || isWholeFile(file.sizeBytes)
      ? ""
      : ` (${Math.floor(receivedBytes / totalBytes * 100)} %, ${formatByteSize(receivedBytes)} of ` +
        `${formatByteSize(totalBytes)})`,
  };
}

function isSameProcess(one: LockOwner | undefined, other: LockOwner | undefined): boolean {
  return one !== undefined && one.pid === other?.pid && one.host === other.host &&
    one.processStart === other.processStart;
}

/** By the file's journal; a finished file has none any more, and its data has moved to the final name. */
async function receivedOf({ staged, sizeBytes, atTarget, finalPath }: PullFileFacts): Promise<number> {
  const text = await readTextFileIfExists(staged.journalPath).catch(() => undefined);
  if (text !== undefined) return Math.min(totalLength(parseJournal(text)?.written ?? []), sizeBytes);
  if (atTarget !== "nothing") return 0;
  const facts = await fileFacts(finalPath).catch(() => undefined);
  return facts?.sizeBytes === sizeBytes ? sizeBytes : 0;
}
