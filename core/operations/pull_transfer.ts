/**
 * A plan carried out: the Hub's files become the engine's, and the engine's results the library's.
 *
 * @module
 */
import { dirname } from "node:path";
import type { Digest } from "../base/digest.ts";
import { runTransfers } from "../download/engine.ts";
import type { EngineEvent } from "../download/engine_options.ts";
import type { FileOutcome, FileTask } from "../download/file_task.ts";
import { formatPieces, MAX_PIECE_BYTES } from "../download/pieces.ts";
import { type FilePlan, isFetched } from "../download/plan.ts";
import type { RateLimiter } from "../download/rate_limiter.ts";
import { isWholeFile } from "../download/segment_plan.ts";
import type { HubClient } from "../hub/client.ts";
import { writeFileAtomic } from "../platform/atomic_file.ts";
import { fileFacts, makeDirectory, syncDirectory } from "../platform/directory.ts";
import type { OperationContext } from "./context.ts";
import { locateProved } from "./file_location.ts";
import { warnOfBrokenGguf } from "./gguf_notice.ts";
import { hashFile } from "./hash_file.ts";
import type { PullFileFacts } from "./pull_facts.ts";
import type { PullPlan, ResolvedPull } from "./pull_plan.ts";

/** How a plan is carried out. */
export interface TransferOptions {
  readonly connections: number;
  readonly maxConnections: number;
  /** What the request is limited by. */
  readonly limiter: RateLimiter;
  readonly signal: AbortSignal;
  readonly emit: (event: EngineEvent) => void;
}

/** Fetches, proves and publishes what is missing. */
export async function transferPlan(
  context: OperationContext,
  work: { readonly pull: ResolvedPull; readonly plan: PullPlan },
  options: TransferOptions,
): Promise<FileOutcome[]> {
  const { pull, plan } = work;
  const missing = plan.download.files.filter(isFetched);
  await makeDirectory(pull.target.partialFolder);
  const hub = await context.hub();
  const unsynced = new Set<string>();
  const tasks = missing.flatMap((file) => {
    const facts = plan.facts.get(file.path);
    return facts === undefined ? [] : [fileTask({ context, pull, hub, file, facts, unsynced })];
  });
  try {
    const outcomes: FileOutcome[] = [];
    for (const round of inRounds(tasks)) outcomes.push(...await runTasks(context, round, options));
    return outcomes;
  } finally {
    await Promise.all([...unsynced].map((folder) => syncDirectory(folder)));
  }
}

/** Partial data is named by its content: of files that have the same, one is fetched after the other. */
function inRounds(tasks: readonly FileTask[]): FileTask[][] {
  const rounds: FileTask[][] = [];
  const seen = new Map<string, number>();
  for (const task of tasks) {
    const round = seen.get(task.stagedPath) ?? 0;
    seen.set(task.stagedPath, round + 1);
    (rounds[round] ??= []).push(task);
  }
  return rounds;
}

/** Has the engine carry out tasks with the program's own settings. */
export async function runTasks(
  context: Pick<OperationContext, "machinery" | "settings" | "clock" | "bootId">,
  tasks: readonly FileTask[],
  options: TransferOptions,
): Promise<FileOutcome[]> {
  const { pool } = context.machinery();
  const { settings, clock, bootId } = context;
  const { stallTimeoutMs, timeoutMs, maxRetries } = settings;
  const { connections, maxConnections, limiter, signal } = options;
  const run = runTransfers(tasks, {
    pool,
    limiter,
    clock,
    bootId,
    stallTimeoutMs,
    timeoutMs,
    maxRetries,
    connections,
    maxConnections,
    signal,
  });
  for (let next = await run.next();; next = await run.next()) {
    if (next.done) return next.value;
    options.emit(next.value);
  }
}

function fileTask(parts: {
  readonly context: OperationContext;
  readonly pull: ResolvedPull;
  readonly hub: HubClient;
  readonly file: FilePlan;
  readonly facts: PullFileFacts;
  /** Takes the folders whose new names are not yet on the disk. */
  readonly unsynced: Set<string>;
}): FileTask {
  const { context, pull, hub, file, facts, unsynced } = parts;
  const { path, sizeBytes, digest } = file;
  const { repo, commit } = pull.info;
  const { stagedPath, journalPath, quarantinePath, piecesPath, kept, keptSynced, begunAnew } = facts.staged;
  const resumes = file.action === "resume";
  const held = pull.target.holds?.(path) ?? false;
  return {
    source: {
      path,
      sizeBytes,
      digest,
      hasMirrors: hub.hasMirrors,
      locate: (how) => locateProved(context, hub, { repo, commit, ...file, ...how }),
    },
    identity: { repo, commit, path, digest, sizeBytes },
    stagedPath,
    journalPath,
    quarantinePath,
    kept: resumes ? kept : [],
    keptSynced: resumes ? keptSynced : [],
    begunAnew,
    keepsJournal: held,
    follower: pull.target.follower?.(path),
    publish: async (pieces) => {
      if (hasPieces(file)) await writeFileAtomic(piecesPath, formatPieces(pieces));
      // The names of small files are synced together, before they are registered: until then, all that a power cut
      // can do is that some are fetched again.
      const sync = !isWholeFile(sizeBytes);
      const replace = file.atTarget !== "nothing";
      const isSame = (path: string) => hasBytes(context, path, { digest, sizeBytes });
      const how = { stagedPath, replace, sync, seen: facts.seen, isSame };
      const finalPath = await pull.target.publish(path, how);
      if (!sync) unsynced.add(dirname(finalPath));
      await warnOfBrokenGguf(context, { path, finalPath: held ? stagedPath : finalPath });
      return finalPath;
    },
  };
}

/** Whether a file is so large that digests of its pieces are kept; a smaller one is fetched again as a whole. */
export function hasPieces(file: { readonly sizeBytes: number }): boolean {
  return file.sizeBytes > MAX_PIECE_BYTES;
}

/** Small files have no lock each: another process may have put the same one in its place a moment ago. */
export async function hasBytes(
  context: Pick<OperationContext, "clock" | "machinery">,
  path: string,
  wanted: { readonly digest: Digest; readonly sizeBytes: number },
): Promise<boolean> {
  const { digest: { algorithm, hex }, sizeBytes } = wanted;
  const facts = await fileFacts(path);
  if (facts?.isFile !== true || facts.sizeBytes !== sizeBytes) return false;
  return await hashFile(context, { path, algorithm }) === hex;
}
