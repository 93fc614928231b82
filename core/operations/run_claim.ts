/**
 * A run says what it is about to bring to the disk, so that others reckon with it: two runs that each fit do not
 * always fit together.
 *
 * Each run has a name, a lock of that name in the folder of partial data, and beside it a claim: the large files it
 * wants. Its small files carry its name too, so that whoever finds them knows whether somebody is still at work.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { isWholeFile } from "../download/segment_plan.ts";
import { partialFoldersIn } from "../library/partials.ts";
import { readTextFileIfExists, writeFileAtomic } from "../platform/atomic_file.ts";
import { fileFacts, makeDirectory, removeFile } from "../platform/directory.ts";
import { diskOf } from "../platform/disk_space.ts";
import { acquireFileLock, type FileLock } from "../platform/file_lock.ts";
import { isNotFound } from "../platform/file_system_error.ts";
import { readAllDirectories } from "../platform/many_names.ts";
import { findLockHolder } from "../platform/lock_state.ts";
import type { OperationContext } from "./context.ts";

/** A cleanup may delete the empty folder between making it and taking the lock in it. */
const FOLDER_ATTEMPTS = 5;
const CLAIM_NAME = /^[0-9a-f]{8}\.claim$/;

/** A large file that a run wants. */
export interface ClaimedFile {
  /** Where it is gathered: what is there already has been taken from the disk. */
  readonly stagedPath: string;
  /** Its final name. */
  readonly finalPath: string;
  readonly sizeBytes: number;
}

/** A run that others can see; disposing takes it away. */
export interface AnnouncedRun extends AsyncDisposable {
  /** Where its lock is. */
  readonly lockPath: string;
}

/**
 * Announces a run.
 *
 * @param run.folder Of partial data; it is made.
 * @param run.id Eight hexadecimal digits, different for each run.
 * @throws {ModelManagerError} What the file system says.
 */
export async function announceRun(
  context: Pick<OperationContext, "clock">,
  run: { readonly folder: string; readonly id: string; readonly files: readonly ClaimedFile[] },
): Promise<AnnouncedRun> {
  const lockPath = join(run.folder, `${run.id}.lock`);
  const claimPath = join(run.folder, `${run.id}.claim`);
  const lock = await lockIn(run.folder, lockPath, context);
  const dispose = async (): Promise<void> => {
    await removeFile(claimPath).catch(() => false);
    await lock.discard();
    await lock[Symbol.asyncDispose]();
  };
  try {
    const files = run.files.filter((file) => !isWholeFile(file.sizeBytes));
    if (files.length > 0) {
      await writeFileAtomic(claimPath, JSON.stringify({ version: 1, files }), {
        sync: false,
        soleWriter: true,
      });
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { lockPath, [Symbol.asyncDispose]: dispose };
}

async function lockIn(
  folder: string,
  path: string,
  context: Pick<OperationContext, "clock">,
): Promise<FileLock> {
  for (let attempt = 1;; attempt++) {
    await makeDirectory(folder, { sync: true });
    try {
      return await acquireFileLock(path, { clock: context.clock });
    } catch (error) {
      if (!isNotFound(error) || attempt === FOLDER_ATTEMPTS) throw error;
    }
  }
}

/** Which claims are asked for. */
export interface ClaimQuery {
  /** Folders of partial data outside of the library. */
  readonly folders: readonly string[];
  /** What is gathered here is the caller's own. */
  readonly ownStaged: ReadonlySet<string>;
  /** Only what is on this disk, see `diskOf`; `undefined` for all. */
  readonly disk: number | undefined;
  /** Lock of the run that asks: of others, only those count that were there before it, so that one of two goes on. */
  readonly ownLockPath?: string | undefined;
}

interface Found {
  readonly lockPath: string;
  /** When, and by whom: in this order they came. */
  readonly order: string;
  readonly files: readonly ClaimedFile[];
}

/** Bytes that other runs are still to bring to a disk. What cannot be read counts as nothing. */
export async function claimedBytes(
  context: Pick<OperationContext, "clock" | "library">,
  query: ClaimQuery,
): Promise<number> {
  const folders = [...new Set([...await partialFoldersIn(context.library.modelsDir), ...query.folders])];
  const names = await readAllDirectories(folders);
  const runs: Found[] = [];
  for (const [index, folder] of folders.entries()) {
    for (const { name } of names[index] ?? []) {
      const run = CLAIM_NAME.test(name) ? await readRun(folder, { name, context }) : undefined;
      if (run !== undefined) runs.push(run);
    }
  }
  const own = runs.find((run) => run.lockPath === query.ownLockPath);
  const files = new Map<string, ClaimedFile>();
  for (const run of runs) {
    if (run.lockPath === query.ownLockPath || (own !== undefined && run.order > own.order)) continue;
    if (query.disk !== undefined && (await diskOf(dirname(run.lockPath))).id !== query.disk) continue;
    for (const file of run.files) if (!query.ownStaged.has(file.stagedPath)) files.set(file.stagedPath, file);
  }
  const rest = await Promise.all([...files.values()].map((file) => bytesToCome(file).catch(() => 0)));
  return rest.reduce((sum, bytes) => sum + bytes, 0);
}

async function readRun(
  folder: string,
  claim: { readonly name: string; readonly context: Pick<OperationContext, "clock"> },
): Promise<Found | undefined> {
  const { name, context } = claim;
  const lockPath = join(folder, `${basename(name, ".claim")}.lock`);
  const owner = await findLockHolder(lockPath, context.clock).catch(() => undefined);
  const text = await readTextFileIfExists(join(folder, name)).catch(() => undefined);
  if (owner === undefined || text === undefined) return undefined;
  return { lockPath, order: `${owner.startedAt} ${owner.pid} ${name}`, files: parseClaim(text) };
}

function parseClaim(text: string): ClaimedFile[] {
  try {
    const { version, files } = JSON.parse(text);
    if (version !== 1 || !Array.isArray(files)) return [];
    return files.filter((file) =>
      typeof file?.stagedPath === "string" && typeof file.finalPath === "string" &&
      Number.isSafeInteger(file.sizeBytes) && file.sizeBytes > 0
    );
  } catch {
    return [];
  }
}

/** What a file is still to take from its disk: holes have not taken any of it yet. */
export async function bytesToCome(file: ClaimedFile): Promise<number> {
  const { stagedPath, finalPath, sizeBytes } = file;
  const staged = await fileFacts(stagedPath);
  if (staged !== undefined) return sizeBytes - Math.min(sizeBytes, staged.allocatedBytes);
  return (await fileFacts(finalPath))?.sizeBytes === sizeBytes ? 0 : sizeBytes;
}
