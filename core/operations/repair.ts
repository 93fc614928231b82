/**
 * Repair: files that are corrupt get the pieces that are wrong from the Hub; files that are missing are pulled again.
 *
 * A corrupt file is only read until it is known what will make it right: the pieces for it are gathered beside it and
 * proved by the digests of the file's prefixes, and the whole by its own. Only then are they put into it; where other
 * names mean the same bytes, into a copy that takes its place, since those may be another program's. Whatever is
 * broken off is found by the next run: the pieces with their journal, or the file with some of them in it already.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { totalLength } from "../base/byte_range.ts";
import { isModelManagerError, throwIfAborted, toErrorData } from "../base/errors.ts";
import { streamedRun } from "../base/streamed_run.ts";
import type { EngineEvent } from "../download/engine_options.ts";
import type { FileOutcome, FileTask } from "../download/file_task.ts";
import { removeJournal } from "../download/journal_keeper.ts";
import { formatPieces, parsePieces, type PieceDigests } from "../download/pieces.ts";
import { checkSpace, fullDiskError } from "../download/plan.ts";
import { isWholeFile } from "../download/segment_plan.ts";
import type { LocateOptions, SourceLocation } from "../download/source_file.ts";
import type { VerifiableFile, VerifiedFile, VerifyEvent } from "../library/integrity.ts";
import { partialFolder } from "../library/layout.ts";
import { publishFile } from "../library/publish.ts";
import { readTextFileIfExists, writeFileAtomic } from "../platform/atomic_file.ts";
import { fileFacts, makeDirectory, removeFile, renameFile } from "../platform/directory.ts";
import { diskOf } from "../platform/disk_space.ts";
import { copyBytes } from "../platform/file_copies.ts";
import { patchFile } from "../platform/random_file.ts";
import { checkFileWritable, checkWritable } from "../platform/writable.ts";
import type { OperationContext } from "./context.ts";
import { locateProved } from "./file_location.ts";
import { withOrigin } from "./file_origin.ts";
import { hashFile } from "./hash_file.ts";
import { type PullFileFacts, type StagedFacts, stagedFacts } from "./pull_facts.ts";
import { lockFiles } from "./pull_locks.ts";
import { hasPieces, runTasks } from "./pull_transfer.ts";
import { announceRun, claimedBytes } from "./run_claim.ts";

/** A file that is not as it should be, and what was found. */
export interface DamagedFile {
  readonly file: VerifiableFile;
  readonly found: VerifiedFile;
}

/** A file of which it is known where it can be had. */
type Originated = Awaited<ReturnType<typeof withOrigin>>;

/** How a repair runs. */
interface Run {
  readonly context: OperationContext;
  readonly signal: AbortSignal;
  readonly emit: (event: VerifyEvent) => void;
}

/**
 * Repairs files, one after another. What cannot be repaired stays as it was found, with the reason.
 *
 * @returns one result a file, in their order.
 * @throws {ModelManagerError} `CANCELLED`
 */
export function repairFiles(
  context: OperationContext,
  files: readonly DamagedFile[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined> {
  return streamedRun<VerifyEvent, VerifiedFile[]>(
    (emit, signal) => repairAll({ context, signal, emit }, files),
    { signal: options.signal, coalesceKey: (event) => `${event.type} ${event.file}` },
  );
}

async function repairAll(run: Run, files: readonly DamagedFile[]): Promise<VerifiedFile[]> {
  const { context, signal } = run;
  using _waits = context.waits.subscribe(({ message }) => context.notices.emit(message));
  using _limit = context.machinery().limiter.hold(undefined);
  const results: VerifiedFile[] = [];
  for (const damaged of files) {
    throwIfAborted(signal);
    try {
      const repaired = await repairFile(run, damaged);
      results.push(repaired);
      // At once: what comes after it may be broken off.
      await context.library.noteVerified([repaired]).catch((error) => {
        context.notices.emit(`A repair could not be noted in the registry: ${toErrorData(error).message}`);
      });
    } catch (error) {
      throwIfAborted(signal);
      if (!isModelManagerError(error) || error.code === "CANCELLED") throw error;
      results.push({ ...damaged.found, error: toErrorData(error) });
    }
  }
  return results;
}

async function repairFile(run: Run, { file: damaged, found }: DamagedFile): Promise<VerifiedFile> {
  const { context, signal } = run;
  const file = await withOrigin(context, damaged, { signal });
  const locate = await askFirst(run, file);
  const folder = partialFolder({ modelsDir: context.library.modelsDir, repo: file.repo });
  await checkWritable([file.path, `${folder}/part`]);
  const { digest, sizeBytes } = file;
  const runId = crypto.randomUUID().slice(0, 8);
  const look = () => stagedFacts(folder, { digest, sizeBytes, bootId: context.bootId, runId });
  const before = { atTarget: "older", keptBytes: 0, seen: undefined } as const;
  const names = { path: file.file, finalPath: file.path };
  const facts: PullFileFacts = { ...before, ...names, sizeBytes, digest, staged: await look() };
  let said = false;
  await using locks = await lockFiles(context, [facts], {
    partialFolder: folder,
    noWait: false,
    signal,
    onWait: ({ message }) => {
      if (!said) context.notices.emit(message);
      said = true;
    },
  });
  const { repo, path } = file;
  const expected = found.expected;
  if (locks.waited && await isRight(run, file)) {
    return { repo, path, status: "ok", expected, actual: expected };
  }
  const work = { file, folder, runId, look, locate };
  const locked = { ...run, signal: locks.signal };
  const { task, outcome } = await mend(locked, work).catch(async (error) => {
    // Digests of pieces are a note of ours: when they lead to nothing, the file is fetched without them.
    if (!isMismatch(error) || !await forgetPieces(await look())) throw error;
    context.notices.emit(
      `The digests of the pieces of "${file.file}" are of no use: it is fetched as a whole`,
    );
    return await mend(locked, work);
  });
  const status = task.repairs === undefined || outcome.mended.length > 0 || found.status === "missing" ||
      task.repairs.sizeBytes !== sizeBytes
    ? "repaired"
    : "ok";
  return { repo, path, status, expected, actual: expected, bytesFetched: outcome.bytesFetched };
}

/** One file to be made right, and how to look at what is there of it. */
interface MendWork {
  readonly file: Originated;
  /** Of partial data. */
  readonly folder: string;
  readonly runId: string;
  readonly look: () => Promise<StagedFacts>;
  readonly locate: (how: LocateOptions) => Promise<SourceLocation>;
}

async function mend(
  run: Run,
  { file, folder, runId, look, locate }: MendWork,
): Promise<{ readonly task: FileTask; readonly outcome: FileOutcome }> {
  const { context } = run;
  const shared = await isShared(file.path);
  const task = await makeTask(file, { staged: await look(), locate, shared });
  const claim = { stagedPath: task.stagedPath, finalPath: file.path, sizeBytes: file.sizeBytes };
  // What is mended in its place takes next to nothing.
  const files = task.repairs === undefined || shared ? [claim] : [];
  await using announced = await announceRun(context, { folder, id: runId, files });
  await requireSpace(context, { file, task, shared, ownLockPath: announced.lockPath });
  try {
    return { task, outcome: await fetchInto(run, task) };
  } catch (error) {
    throw await explainFullDisk(context, error, { file, task });
  }
}

function isMismatch(error: unknown): boolean {
  return isModelManagerError(error) && error.code === "CHECKSUM_MISMATCH";
}

/** @returns whether there were any; then what they have led to goes, too. */
async function forgetPieces({ piecesPath, stagedPath, journalPath }: StagedFacts): Promise<boolean> {
  if (!await removeFile(piecesPath)) return false;
  await removeFile(stagedPath);
  await removeJournal(journalPath);
  return true;
}

/** A disk that became full in the middle: how much is missing. Every other error comes back as it is. */
async function explainFullDisk(
  context: OperationContext,
  error: unknown,
  { file, task }: { readonly file: VerifiableFile; readonly task: FileTask },
): Promise<unknown> {
  if (!isModelManagerError(error) || error.code !== "INSUFFICIENT_SPACE") return error;
  try {
    const folder = dirname(file.path);
    const [{ freeBytes }, staged] = await Promise.all([diskOf(folder), fileFacts(task.stagedPath)]);
    const neededBytes = Math.max(0, file.sizeBytes - (staged?.allocatedBytes ?? 0));
    const { reserveBytes } = context.settings;
    return fullDiskError({ neededBytes, claimedBytes: 0, freeBytes, reserveBytes, folder }, error);
  } catch {
    return error;
  }
}

/** Asks where the bytes are before anything is made for them: where nobody answers, nothing changes. */
async function askFirst(
  { context, signal }: Run,
  file: Originated,
): Promise<(how: LocateOptions) => Promise<SourceLocation>> {
  const { repo, commit, file: path, sizeBytes, digest } = file;
  const hub = await context.hub();
  const ask = (how: LocateOptions) =>
    locateProved(context, hub, { repo, commit, path, sizeBytes, digest, ...how });
  let first: SourceLocation | undefined = await ask({ signal });
  return async (how) => {
    const known = first;
    first = undefined;
    return known ?? await ask(how);
  };
}

/** Whether another process has repaired the file in the meantime. */
async function isRight({ context, signal }: Run, file: VerifiableFile): Promise<boolean> {
  const { path, digest, sizeBytes } = file;
  if ((await fileFacts(path))?.sizeBytes !== sizeBytes) return false;
  return await hashFile(context, { path, algorithm: digest.algorithm }, { signal }) === digest.hex;
}

interface TaskParts {
  readonly staged: StagedFacts;
  readonly locate: (how: LocateOptions) => Promise<SourceLocation>;
  /** The bytes have other names. */
  readonly shared: boolean;
}

/**
 * Whether other names, perhaps of other programs, mean the same bytes: those are never written to. Nor is what we may
 * not write to: it came from a program that protects its files, and only its name is ours.
 */
async function isShared(path: string): Promise<boolean> {
  const facts = await fileFacts(path, { followLinks: false });
  if (facts === undefined) return false;
  return !facts.isFile || facts.linkCount > 1 || !await mayWrite(path);
}

async function mayWrite(path: string): Promise<boolean> {
  try {
    await checkFileWritable(path);
    return true;
  } catch (error) {
    if (isModelManagerError(error) && error.code === "PERMISSION_ERROR") return false;
    throw error;
  }
}

/** With digests of its pieces a file is mended in its place; without them it is fetched as a whole. */
async function makeTask(file: Originated, { staged, locate, shared }: TaskParts): Promise<FileTask> {
  const { path, file: name, repo, commit, digest, sizeBytes } = file;
  const { stagedPath, journalPath, quarantinePath, piecesPath, kept, keptSynced, begunAnew } = staged;
  const common = {
    source: { path: name, sizeBytes, digest, locate },
    identity: { repo, commit, path: name, digest, sizeBytes },
    stagedPath,
    journalPath,
    quarantinePath,
    kept,
    keptSynced,
    begunAnew,
  };
  const pieces = await piecesOf(file, piecesPath);
  const facts = await fileFacts(path);
  if (pieces !== undefined && facts?.isFile === true) {
    return {
      ...common,
      repairs: { path, sizeBytes: facts.sizeBytes, pieces },
      publish: async (_pieces, mended) => {
        const patch = { from: stagedPath, ranges: mended, sizeBytes };
        // Another name may have been made since.
        if (shared || await isShared(path)) await patchOwn(path, { ...patch, folder: dirname(journalPath) });
        else await patchFile(path, patch);
        await removeFile(stagedPath);
        return path;
      },
    };
  }
  return {
    ...common,
    publish: async (proved) => {
      if (hasPieces(file)) await writeFileAtomic(piecesPath, formatPieces(proved));
      await makeDirectory(dirname(path));
      return await publishFile(stagedPath, path, { replace: true, seen: facts });
    },
  };
}

/** The name gets bytes of its own; what other names mean stays as it is. */
async function patchOwn(
  path: string,
  { folder, ...patch }: Parameters<typeof patchFile>[1] & { readonly folder: string },
): Promise<void> {
  const own = join(folder, `.${basename(patch.from, ".part")}.own.tmp`);
  await removeFile(own);
  try {
    await copyBytes(path, own);
    await patchFile(own, patch);
    await renameFile(own, path);
  } finally {
    await removeFile(own).catch(() => false);
  }
}

async function piecesOf(file: VerifiableFile, piecesPath: string): Promise<PieceDigests | undefined> {
  const { sizeBytes, digest } = file;
  if (isWholeFile(sizeBytes)) return undefined;
  const text = await readTextFileIfExists(piecesPath);
  return text === undefined ? undefined : parsePieces(text, { sizeBytes, algorithm: digest.algorithm });
}

/** A whole file is gathered beside the one it replaces; of a file that is mended, only what is wrong, unless it is shared. */
async function requireSpace(
  context: OperationContext,
  needs: {
    readonly file: VerifiableFile;
    readonly task: FileTask;
    readonly shared: boolean;
    readonly ownLockPath: string;
  },
): Promise<void> {
  const { file, task, shared, ownLockPath } = needs;
  const { repairs, kept } = task;
  const size = repairs === undefined
    ? file.sizeBytes
    : 2 * Math.max(0, file.sizeBytes - repairs.sizeBytes) + (shared ? repairs.sizeBytes : 0);
  const folder = dirname(file.path);
  const { id: disk, freeBytes } = await diskOf(folder);
  const ownStaged = new Set([task.stagedPath]);
  checkSpace({
    neededBytes: Math.max(0, size - totalLength(kept)),
    claimedBytes: await claimedBytes(context, { folders: [], ownStaged, disk, ownLockPath }),
    freeBytes,
    reserveBytes: context.settings.reserveBytes,
    folder,
  });
}

async function fetchInto(run: Run, task: FileTask): Promise<FileOutcome> {
  const { context, signal } = run;
  const { connections, maxConnections } = context.settings;
  await makeDirectory(dirname(task.stagedPath));
  try {
    const emit = (event: EngineEvent) => report(run, event);
    const { limiter } = context.machinery();
    const [outcome] = await runTasks(context, [task], { connections, maxConnections, limiter, signal, emit });
    if (outcome === undefined) throw new TypeError("Cannot repair a file without an outcome");
    return outcome;
  } catch (error) {
    await dropIfEmpty(context, task);
    throw error;
  }
}

/** What has brought nothing leaves nothing behind. */
async function dropIfEmpty(context: OperationContext, task: FileTask): Promise<void> {
  const { digest, sizeBytes } = task.source;
  const { bootId } = context;
  const { kept } = await stagedFacts(dirname(task.journalPath), { digest, sizeBytes, bootId, runId: "" })
    .catch(() => ({ kept: [] }));
  if (kept.length > 0) return;
  await removeFile(task.stagedPath).catch(() => false);
  await removeJournal(task.journalPath).catch(() => {});
}

function report({ context, emit }: Run, event: EngineEvent): void {
  const { totalBytes } = event;
  if (event.type === "waiting") {
    context.notices.emit(event.message);
    return;
  }
  const { file } = event;
  if (event.type === "retrying") context.notices.emit(`${file}: ${event.error.message}`);
  else if (event.type === "progress") {
    emit({ type: "repairing", file, receivedBytes: event.receivedBytes, totalBytes });
  } else if (event.type === "verifying") {
    emit({ type: "verifying", file, receivedBytes: event.verifiedBytes, totalBytes });
  }
}
