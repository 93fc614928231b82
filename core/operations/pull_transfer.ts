/**
 * A plan carried out: the Hub's files become the engine's, and the engine's results the library's.
 *
 * @module
 */
import { formatDigest, sameDigest } from "../base/digest.ts";
import { ModelManagerError } from "../base/errors.ts";
import { runTransfers } from "../download/engine.ts";
import type { EngineEvent } from "../download/engine_options.ts";
import type { FileOutcome, FileTask, PieceDigests } from "../download/file_task.ts";
import type { FilePlan } from "../download/plan.ts";
import type { SourceLocation } from "../download/source_file.ts";
import type { HubClient } from "../hub/client.ts";
import { writeFileAtomic } from "../platform/atomic_file.ts";
import { makeDirectory } from "../platform/directory.ts";
import type { OperationContext } from "./context.ts";
import type { PullFileFacts } from "./pull_facts.ts";
import type { PullPlan, ResolvedPull } from "./pull_plan.ts";

/** How a plan is carried out. */
export interface TransferOptions {
  readonly connections: number;
  readonly maxConnections: number;
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
  const missing = plan.download.files.filter((file) => file.action !== "present");
  await makeDirectory(pull.target.partialFolder);
  const hub = await context.hub();
  const tasks = missing.flatMap((file) => {
    const facts = plan.facts.get(file.path);
    return facts === undefined ? [] : [fileTask({ context, pull, hub, file, facts })];
  });
  const { pool, limiter } = context.machinery();
  const { settings, clock, bootId } = context;
  const { stallTimeoutMs, timeoutMs, maxRetries } = settings;
  const { connections, maxConnections, signal } = options;
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
}): FileTask {
  const { context, pull, hub, file, facts } = parts;
  const { path, sizeBytes, digest } = file;
  const { repo, commit } = pull.info;
  const { stagedPath, journalPath, quarantinePath, piecesPath, kept, keptSynced } = facts.staged;
  const resumes = file.action === "resume";
  return {
    source: { path, sizeBytes, digest, locate: ({ signal }) => locate({ context, hub, pull, file, signal }) },
    identity: { repo, commit, path, digest, sizeBytes },
    stagedPath,
    journalPath,
    quarantinePath,
    kept: resumes ? kept : [],
    keptSynced: resumes ? keptSynced : [],
    publish: async (pieces) => {
      if (pieces.prefixes.length > 0) await writeFileAtomic(piecesPath, formatPieces(pieces));
      return await pull.target.publish(path, { stagedPath, replace: file.atTarget !== "nothing" });
    },
  };
}

/** Whether a file is large enough for digests of its pieces. */
export function hasPieces(file: { readonly sizeBytes: number }, pieceBytes: number): boolean {
  return file.sizeBytes > pieceBytes;
}

function formatPieces(pieces: PieceDigests): string {
  return JSON.stringify({ version: 1, pieceBytes: pieces.pieceBytes, prefixes: pieces.prefixes });
}

async function locate(wanted: {
  readonly context: OperationContext;
  readonly hub: HubClient;
  readonly pull: ResolvedPull;
  readonly file: FilePlan;
  readonly signal: AbortSignal;
}): Promise<SourceLocation> {
  const { context, hub, pull, file, signal } = wanted;
  const { repo, commit } = pull.info;
  const location = await hub.locateFile(repo, commit, file.path, { signal });
  const { digest, sizeBytes } = location;
  const changed = digest !== undefined && digest.algorithm === file.digest.algorithm &&
    !sameDigest(digest, file.digest);
  if (changed || (sizeBytes !== undefined && sizeBytes !== file.sizeBytes)) {
    const stated = digest === undefined ? `${sizeBytes} bytes` : formatDigest(digest);
    throw new ModelManagerError(
      "FAILED",
      `The Hub contradicts itself about "${file.path}" of "${repo}": its file is ${stated}, its list says ` +
        `${formatDigest(file.digest)}, ${file.sizeBytes} bytes`,
      { hints: ["Run the same command again in a while"] },
    );
  }
  const headers = { "user-agent": context.userAgent, ...location.headers };
  return { url: location.url, headers, expiresAt: location.expiresAt };
}
