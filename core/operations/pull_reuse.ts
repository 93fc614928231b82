/**
 * Takes files from elsewhere on this machine: each gets a second name, or is copied, is proved, and gets its place like
 * one that was fetched.
 *
 * A second name is never the one under which an interrupted download would be gone on with, so that nobody ever writes
 * into it.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { totalLength } from "../base/byte_range.ts";
import { toErrorData } from "../base/errors.ts";
import type { FileEvent } from "../download/events.ts";
import { removeJournal } from "../download/journal_keeper.ts";
import { formatPieces, type PieceDigests } from "../download/pieces.ts";
import { type FilePlan, isReused, withoutCopies } from "../download/plan.ts";
import { isWholeFile } from "../download/segment_plan.ts";
import { writeFileAtomic } from "../platform/atomic_file.ts";
import { makeDirectory, removeFile, syncDirectory } from "../platform/directory.ts";
import type { OperationContext } from "./context.ts";
import { warnOfBrokenGguf } from "./gguf_notice.ts";
import type { UsableCopy } from "./pull_copies.ts";
import { gatherBytes, type Refusal } from "./pull_gather.ts";
import type { PullFileFacts } from "./pull_facts.ts";
import type { PullPlan, ResolvedPull } from "./pull_plan.ts";
import type { ReusedFile } from "./pull_request.ts";
import { hasBytes, hasPieces } from "./pull_transfer.ts";

/** Files at once: small ones, above all. */
const LANES = 4;

type ReuseContext = Pick<OperationContext, "clock" | "machinery" | "notices">;

/** How files are taken. */
export interface ReuseOptions {
  readonly signal: AbortSignal;
  readonly emit: (event: FileEvent) => void;
  /** Told of each file that is in its place. */
  readonly onReused: (file: ReusedFile) => void;
}

/** One file, and all that is needed for it. */
interface Work extends ReuseOptions {
  readonly context: ReuseContext;
  readonly pull: ResolvedPull;
  readonly file: FilePlan;
  readonly facts: PullFileFacts;
  /** Takes the folders whose new names are not yet on the disk. */
  readonly unsynced: Set<string>;
  /** Takes the files that the system allows no second name for. */
  readonly unlinked: string[];
}

/**
 * Puts the plan's files that are elsewhere on this machine in their places.
 *
 * @returns the plan, in which those whose copies were of no use are to be fetched.
 * @throws {ModelManagerError} `CANCELLED`, `INSUFFICIENT_SPACE`, or what giving a file its name failed with.
 */
export async function reuseCopies(
  context: ReuseContext,
  work: { readonly pull: ResolvedPull; readonly plan: PullPlan },
  options: ReuseOptions,
): Promise<PullPlan> {
  const { pull, plan } = work;
  const files = plan.download.files.filter(isReused);
  const refused = new Set<string>();
  if (files.length === 0) return plan;
  await makeDirectory(pull.target.partialFolder);
  const unsynced = new Set<string>();
  const unlinked: string[] = [];
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const next = files.values();
  const lane = async (): Promise<void> => {
    for (const file of next) {
      const facts = plan.facts.get(file.path);
      const one = facts && { ...options, signal, context, pull, file, facts, unsynced, unlinked };
      if (one === undefined || !await takeOne(one)) refused.add(file.path);
    }
  };
  const lanes = Array.from({ length: LANES }, () =>
    lane().catch((error) => {
      stop.abort(error);
      throw error;
    }));
  try {
    // All of them have to have stopped before anybody hears of it.
    const ends = await Promise.allSettled(lanes);
    for (const end of ends) if (end.status === "rejected") throw stop.signal.reason ?? end.reason;
    if (refused.size === 0) return plan;
    tellUnlinked(context, unlinked);
    const keptBytesOf = (path: string): number => totalLength(plan.facts.get(path)?.staged.kept ?? []);
    return { ...plan, download: withoutCopies(plan.download, refused, keptBytesOf) };
  } finally {
    await Promise.all([...unsynced].map((folder) => syncDirectory(folder)));
  }
}

/** Tries one copy after the other. */
async function takeOne(work: Work): Promise<boolean> {
  const wrong = new Set<string>();
  let told: string | undefined;
  for (const copy of work.facts.copies ?? []) {
    if (wrong.has(copy.path)) continue;
    const { file: { path, sizeBytes }, emit } = work;
    const counts = { file: path, receivedBytes: sizeBytes, totalBytes: sizeBytes };
    // Told once of a file that cannot be linked and is copied then.
    if (copy.path !== told) emit({ type: "started", ...counts, resumedBytes: sizeBytes, from: copy.path });
    told = copy.path;
    const refusal = await takeCopy(work, copy);
    if (refusal === undefined) {
      work.onReused({ path, from: copy.path, store: copy.store, way: copy.way, sizeBytes });
      return true;
    }
    if (refusal.reason !== "no-link") wrong.add(copy.path);
    tell(work, copy, refusal);
  }
  return false;
}

/** Once for all: a disk or an owner is the same for many files. */
function tellUnlinked({ notices }: ReuseContext, paths: readonly string[]): void {
  const [first] = paths;
  if (first === undefined) return;
  const others = paths.length === 1 ? "" : `, nor for ${paths.length - 1} more`;
  notices.emit(
    `The system allows no second name for "${first}"${others}: ` +
      "fetched instead, copy what is there with --reuse copy",
  );
}

/** A file that only happens to have the same name and size is nothing to speak of. */
function tell({ context, file: { path }, unlinked }: Work, copy: UsableCopy, refusal: Refusal): void {
  const where = `"${copy.path}"`;
  if (refusal.reason === "wrong-bytes") {
    if (!copy.isNamed) return;
    const advice = copy.store === "hf-cache" ? ", see mm verify --hf-cache" : "";
    context.notices.emit(
      `The copy of "${path}" at ${where} has other bytes than it should: not used${advice}`,
    );
  } else if (refusal.reason === "no-link") unlinked.push(copy.path);
  else context.notices.emit(`The copy of "${path}" at ${where} cannot be used: ${refusal.message}`);
}

async function takeCopy(work: Work, copy: UsableCopy): Promise<Refusal | undefined> {
  const { pull: { target }, file } = work;
  // Named like a small file of this run: when the run dies, whoever comes next deletes it.
  const name = `${file.digest.hex}.${target.runId}.${crypto.randomUUID().slice(0, 8)}.part`;
  const stagedPath = join(target.partialFolder, name);
  let isKept = false;
  try {
    const proof = await gatherBytes(work, { copy, stagedPath });
    if ("reason" in proof) return proof;
    await publish(work, { stagedPath, pieces: proof.pieces });
    isKept = target.holds?.(file.path) ?? false;
    return undefined;
  } finally {
    // Where the final name has the same content already, a rename leaves both names.
    if (!isKept) await removeFile(stagedPath).catch(() => false);
  }
}

/** The file gets its name as one that was fetched does, and what was fetched of it before goes. */
async function publish(
  { context, pull: { target }, file, facts, emit, unsynced }: Work,
  staged: { readonly stagedPath: string; readonly pieces: PieceDigests | undefined },
): Promise<void> {
  const { path, sizeBytes, digest } = file;
  const { stagedPath, pieces } = staged;
  const counts = { file: path, receivedBytes: sizeBytes, totalBytes: sizeBytes };
  emit({ type: "verified", ...counts, digest });
  if (pieces !== undefined && hasPieces(file)) {
    await writeFileAtomic(facts.staged.piecesPath, formatPieces(pieces));
  }
  const sync = !isWholeFile(sizeBytes);
  const finalPath = await target.publish(path, {
    stagedPath,
    replace: file.atTarget !== "nothing",
    sync,
    seen: facts.seen,
    isSame: (where) => hasBytes(context, where, { digest, sizeBytes }),
  });
  if (!sync) unsynced.add(dirname(finalPath));
  const isHeld = target.holds?.(path) ?? false;
  await warnOfBrokenGguf(context, { path, finalPath: isHeld ? stagedPath : finalPath });
  if (!isWholeFile(sizeBytes)) await forgetPartial(context, facts);
  emit({ type: "finished", ...counts, path: finalPath });
}

/** Its lock is ours. That it cannot be deleted harms nothing but the room on the disk. */
async function forgetPartial(
  { notices }: ReuseContext,
  { path, staged: { stagedPath, journalPath } }: PullFileFacts,
): Promise<void> {
  try {
    await removeJournal(journalPath);
    await removeFile(stagedPath);
  } catch (error) {
    notices.emit(`What was fetched of "${path}" before could not be deleted: ${toErrorData(error).message}`);
  }
}
