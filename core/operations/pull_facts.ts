/**
 * What is on this machine of the files that a pull wants.
 *
 * @module
 */
import { join } from "node:path";
import { type ByteRange, mergeRanges, subtractRanges, totalLength } from "../base/byte_range.ts";
import type { Digest } from "../base/digest.ts";
import { type ErrorData, ModelManagerError, throwIfAborted } from "../base/errors.ts";
import { journalFiles, keptOf, parseJournal } from "../download/journal.ts";
import type { FileFacts } from "../download/plan.ts";
import { isWholeFile } from "../download/segment_plan.ts";
import type { RepoFile } from "../hub/model.ts";
import type { SeenFile } from "../library/publish.ts";
import { readTextFileIfExists } from "../platform/atomic_file.ts";
import { fileFacts } from "../platform/directory.ts";
import { findWrittenData } from "../platform/written_data.ts";
import type { OperationContext } from "./context.ts";
import { hashFile } from "./hash_file.ts";
import type { UsableCopy } from "./pull_copies.ts";
import type { PullTarget } from "./pull_target.ts";

/** All lanes together are never further ahead than this. */
const MAX_SEARCHED_BYTES = 1024 * 1024 * 1024;
const CHANGED = "was changed since it was downloaded";

/** A wanted file whose digest the Hub has told. */
export interface ProvableFile extends RepoFile {
  readonly digest: Digest;
  /** The commit that its bytes came from, when it is to stay as it is here. @default the one that is pulled */
  readonly commit?: string | undefined;
}

/** Where a file is gathered, and what is there of it. */
export interface StagedFacts {
  readonly stagedPath: string;
  readonly journalPath: string;
  readonly piecesPath: string;
  readonly quarantinePath: string;
  readonly kept: readonly ByteRange[];
  readonly keptSynced: readonly ByteRange[];
  /** Whether there may be bytes besides that are not trusted. */
  readonly begunAnew: boolean;
}

/** Facts of a file for the plan, and for the engine. */
export interface PullFileFacts extends FileFacts {
  readonly staged: StagedFacts;
  /** The name that it gets when it is complete and proved. */
  readonly finalPath: string;
  /** Where the bytes can be had without fetching them, the surest first. */
  readonly copies?: readonly UsableCopy[] | undefined;
  /** The older version that has the final name just now, and may be replaced. */
  readonly seen?: SeenFile | undefined;
}

/** Whose facts are wanted. */
interface WantedFile {
  readonly file: ProvableFile;
  readonly target: PullTarget;
  readonly signal: AbortSignal;
  /** What is in the way is replaced. @default {false} */
  readonly force?: boolean;
}

/**
 * Looks at a file's final name and at what an earlier run left of it.
 *
 * @throws {ModelManagerError} `FAILED` when a file of ours was changed since, and is not to be replaced, or when a folder
 * has the name.
 */
export async function gatherFacts(context: OperationContext, wanted: WantedFile): Promise<PullFileFacts> {
  const { file, target, signal } = wanted;
  throwIfAborted(signal);
  const { path, sizeBytes, digest } = file;
  const atTarget = await target.recognise(file, signal) ?? await compareBytes(context, wanted);
  if (atTarget === "foreign" && !wanted.force) await refuseChanged(wanted);
  const { bootId } = context;
  const { partialFolder, runId } = target;
  const staged = await stagedFacts(partialFolder, { digest, sizeBytes, bootId, runId });
  const finalPath = target.pathOf(path);
  const seen = atTarget === "older" ? await fileFacts(finalPath) : undefined;
  return { path, sizeBytes, digest, atTarget, keptBytes: totalLength(staged.kept), staged, finalPath, seen };
}

/** Something that we know nothing of has the name: the same bytes are as good as ours. */
async function compareBytes(
  context: OperationContext,
  wanted: WantedFile,
): Promise<"same" | "foreign"> {
  const { file, target, signal } = wanted;
  const path = target.pathOf(file.path);
  const facts = await fileFacts(path);
  if (facts?.isDirectory) throw folderInTheWay(path);
  if (facts === undefined || !facts.isFile || facts.sizeBytes !== file.sizeBytes) return "foreign";
  const hex = await hashFile(context, { path, algorithm: file.digest.algorithm }, { signal });
  return hex === file.digest.hex ? "same" : "foreign";
}

/** Nobody who asks for a file to be replaced means a folder with all that is in it. */
function folderInTheWay(path: string): ModelManagerError {
  return new ModelManagerError("FAILED", `A folder has the name that a file was to get: "${path}"`, {
    hints: ["Move the folder away, then run the same command again"],
  });
}

/** Somebody may have meant the change: only a look at the whole file makes it damage. */
async function refuseChanged({ file, target }: WantedFile): Promise<void> {
  const reference = await target.registeredAs(file.path);
  if (reference === undefined) return;
  const path = target.pathOf(file.path);
  throw new ModelManagerError("FAILED", `The file "${path}" ${CHANGED}`, {
    hints: [
      `Put it right when it was not meant: mm verify --repair "${reference}"`,
      `Or pull it anew: mm pull --force "${reference}"`,
    ],
  });
}

/** Whether something failed because somebody, or the disk, has changed a file of the library. */
export function isChangedFile({ code, message }: Pick<ErrorData, "code" | "message">): boolean {
  return code === "FAILED" && message.endsWith(CHANGED);
}

/** Partial data is named by its content, so that it is found again whatever name or commit it had. */
export async function stagedFacts(
  folder: string,
  wanted: {
    readonly digest: Digest;
    readonly sizeBytes: number;
    readonly bootId: string | undefined;
    /** The run whose small files they are; without it they are nobody's. */
    readonly runId?: string;
  },
): Promise<StagedFacts> {
  const base = join(folder, wanted.digest.hex);
  const journalPath = `${base}.journal`;
  // Small files are fetched without a lock of their own: runs that fetch the same one must not share a staged file,
  // and whoever finds one later looks for the lock of its run.
  const run = wanted.runId === undefined ? "" : `.${wanted.runId}`;
  const isSmall = isWholeFile(wanted.sizeBytes);
  const own = isSmall ? `${run}.${crypto.randomUUID().slice(0, 8)}` : "";
  const stagedPath = `${base}${own}.part`;
  const sound = !isSmall && (await fileFacts(stagedPath))?.sizeBytes === wanted.sizeBytes;
  const texts = sound ? await Promise.all(journalFiles(journalPath).map(readTextFileIfExists)) : [];
  const notes = texts.map((text) => text === undefined ? undefined : parseJournal(text));
  const { kept, synced, mayHoldMore, begunAnew } = keptOf(notes, wanted);
  return {
    stagedPath,
    journalPath,
    piecesPath: `${base}.pieces`,
    quarantinePath: `${base}.bad`,
    kept: mayHoldMore ? withUnnoted(stagedPath, kept, wanted.sizeBytes) : kept,
    keptSynced: synced,
    begunAnew,
  };
}

/**
 * A process that was killed has written a little more than it came to note. That it is the right bytes is proved with
 * all the others in the end. Bytes are fetched in order, so it lies not far from what is noted.
 */
function withUnnoted(
  stagedPath: string,
  kept: readonly ByteRange[],
  sizeBytes: number,
): readonly ByteRange[] {
  const gaps: ByteRange[] = [];
  let roomBytes = MAX_SEARCHED_BYTES;
  for (const { start, end } of subtractRanges({ start: 0, end: sizeBytes }, kept)) {
    if (roomBytes <= 0) break;
    gaps.push({ start, end: Math.min(end, start + roomBytes) });
    roomBytes -= end - start;
  }
  return mergeRanges([...kept, ...findWrittenData(stagedPath, gaps)]);
}
