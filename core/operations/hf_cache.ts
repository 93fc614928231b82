/**
 * What is done with the cache of the Hub's own tools: look through it, verify it, delete from it.
 *
 * @module
 */
import { type ErrorData, ModelManagerError, throwIfAborted, toErrorData } from "../base/errors.ts";
import { parseReference, webHosts } from "../base/reference.ts";
import type { HfCache, HfCacheFile, HfCacheRepo, HfCacheRevision } from "../library/hf_cache/cache_model.ts";
import type { HfCleanedItem } from "../library/hf_cache/cleanup.ts";
import { aboutHfCache, inHfCache } from "../library/hf_cache/cache_error.ts";
import { findHfRevisions, type HfFound } from "../library/hf_cache/find_revisions.ts";
import { scanHfCache } from "../library/hf_cache/scan.ts";
import { readHfTree } from "../library/hf_cache/tree_note.ts";
import {
  type VerifiableFile,
  type VerifiedFile,
  type VerifyEvent,
  verifyFiles,
} from "../library/integrity.ts";
import type { OperationContext } from "./context.ts";
import { hashesAtOnce, hashFile } from "./hash_file.ts";
import type { CallOptions, RemoveResult } from "./model_manager.ts";

export type * from "../library/hf_cache/cache_model.ts";
export type { HfCleanedItem, HfCleanupReason } from "../library/hf_cache/cleanup.ts";

/** What to clean up in the cache. */
export interface HfCleanupRequest {
  /** How long something must not have been used, or grown. @default the setting `cleanup.age_days` */
  readonly olderThanMs?: number;
}

/** What a cleanup of the cache did, or would do. */
export interface HfCleanupResult {
  /** Damage first, then what was not finished, revisions, and bytes. */
  readonly removed: readonly HfCleanedItem[];
  /** What the disk gets back. */
  readonly bytesFreed: number;
  /** What stayed because another program has begun to use it. */
  readonly inUse: readonly HfCleanedItem[];
  /** What could not be looked at or deleted; everything else was. */
  readonly problems: readonly ErrorData[];
}

/** The cache of the Hub's own tools, which transformers, llama.cpp, vLLM and others read. */
export interface HfCacheAccess {
  /** Absolute: `HF_HUB_CACHE`, or where the Hub's own tools look without it. */
  readonly directory: string;
  /** Looks through the cache. */
  scan(options?: CallOptions): Promise<HfCache>;
  /** What `remove` would delete, without deleting. */
  planRemove(references: readonly string[], options?: CallOptions): Promise<RemoveResult>;
  /**
   * Deletes models, revisions (`org/name@revision`) or files of them (`org/name:QUANT`); bytes that another revision or
   * another repository uses stay.
   */
  remove(references: readonly string[], options?: CallOptions): Promise<RemoveResult>;
  /** Hashes files and compares them with the names that the cache gave them. Everything without a reference. */
  verify(
    references?: readonly string[],
    options?: CallOptions,
  ): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined>;
  /** What `cleanup` would delete, without deleting. */
  planCleanup(request?: HfCleanupRequest, options?: CallOptions): Promise<HfCleanupResult>;
  /** Deletes what was not finished, what nothing means any more, and names without bytes; never what was used lately. */
  cleanup(request?: HfCleanupRequest, options?: CallOptions): Promise<HfCleanupResult>;
}

type CacheContext = Pick<OperationContext, "clock" | "endpoint" | "hfCache" | "machinery" | "settings">;

/** What one reference means in the cache. */
interface Meant {
  readonly text: string;
  readonly found: HfFound;
}

function findAll(context: CacheContext, cache: HfCache, references: readonly string[]): Meant[] {
  return references.map((text) => {
    const reference = parseReference(text, { hosts: webHosts(context.endpoint) });
    return { text, found: findHfRevisions(cache, reference) };
  });
}

function placeOf({ hfCache: { directory }, clock }: CacheContext) {
  return { directory, clock };
}

/** Looks through the cache. @throws {ModelManagerError} When it cannot be read. */
export async function scanCache(context: CacheContext): Promise<HfCache> {
  return await scanHfCache(context.hfCache.directory);
}

/**
 * Deletes what the references mean; with `dryRun`, only tells.
 *
 * @throws {ModelManagerError} Before anything is deleted: `NOT_FOUND` naming the first that is not there, `LOCKED`, or
 * `FAILED` for what only a link leads to.
 */
export async function removeFromCache(
  context: CacheContext,
  references: readonly string[],
  options: CallOptions & { readonly dryRun: boolean },
): Promise<RemoveResult> {
  throwIfAborted(options.signal);
  const { planHfRemoval, removeFromHfCache, requireHfFree } = await import("../library/hf_cache/removal.ts");
  const { requireOurs } = await import("../library/hf_cache/removal_scope.ts");
  const { HfUses } = await import("../library/hf_cache/uses.ts");
  const place = placeOf(context);
  const cache = await scanCache(context);
  const meant = findAll(context, cache, references);
  const uses = await HfUses.of(cache.repos);
  await requireOurs(meant.map(({ found }) => found), uses);
  if (!options.dryRun) { for (const { found } of meant) await requireHfFree(place, found.repo); }
  const removed: RemoveResult["removed"][number][] = [];
  const seen = new Set<string>();
  let planned = 0;
  for (const [index, { text, found }] of meant.entries()) {
    throwIfAborted(options.signal);
    // Bytes that several references share go with the last of them.
    const { paths, bytesFreed } = options.dryRun
      ? await planHfRemoval(place, meant.slice(0, index + 1).map((each) => each.found), uses)
      : await inHfCache(() => removeFromHfCache(place, found, uses));
    removed.push({
      reference: text,
      repo: found.repo.repo,
      quant: undefined,
      isPart: !found.isRepo && found.revisions.every(({ isWhole }) => !isWhole),
      paths: paths.filter((path) => !seen.has(path)),
      bytesFreed: options.dryRun ? bytesFreed - planned : bytesFreed,
      pinned: false,
    });
    for (const path of paths) seen.add(path);
    planned = bytesFreed;
  }
  return { removed, bytesFreed: removed.reduce((sum, each) => sum + each.bytesFreed, 0) };
}

/**
 * Hashes what the references mean, or everything, each file's bytes once.
 *
 * @throws {ModelManagerError} `NOT_FOUND` naming the first reference that is not there, or `CANCELLED`.
 */
export async function* verifyCache(
  context: CacheContext,
  references: readonly string[] = [],
  options: CallOptions = {},
): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined> {
  const cache = await scanCache(context);
  const parts = references.length === 0
    ? cache.repos.flatMap((repo) =>
      repo.revisions.map((revision) => ({ repo, revision, files: revision.files }))
    )
    : findAll(context, cache, references).flatMap(({ found: { repo, revisions } }) =>
      revisions.map(({ revision, files }) => ({ repo, revision, files }))
    );
  const { known, others } = await sortOut(parts);
  const threads = hashesAtOnce();
  const results = known.length === 0 ? [] : yield* verifyFiles(known, {
    signal: options.signal,
    concurrency: threads,
    hashFile: (path, algorithm, call) => hashFile(context, { path, algorithm }, { ...call, threads }),
  });
  return [...results, ...others].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Files of one revision that are to be verified. */
interface VerifiedPart {
  readonly repo: HfCacheRepo;
  readonly revision: HfCacheRevision;
  readonly files: readonly HfCacheFile[];
}

/** What can be hashed, each file's bytes once, and what can be told without. */
async function sortOut(
  parts: readonly VerifiedPart[],
): Promise<{ readonly known: readonly VerifiableFile[]; readonly others: readonly VerifiedFile[] }> {
  const known: VerifiableFile[] = [];
  const others: VerifiedFile[] = [];
  const seen = new Set<string>();
  for (const { repo: { repo, path: folder }, revision: { commit }, files } of parts) {
    const tree = await readHfTree(folder, commit);
    for (const { path: file, snapshotPath: path, realPath, ...facts } of files) {
      if (seen.has(realPath ?? path)) continue;
      seen.add(realPath ?? path);
      const noted = tree?.get(file);
      const digest = facts.digest ?? noted?.digest;
      if (digest !== undefined) {
        known.push({ repo, file, path, sizeBytes: noted?.sizeBytes ?? facts.sizeBytes, digest, commit });
      } else {
        const status = realPath === undefined ? "missing" : "unproved";
        others.push({ repo, path, status, expected: "unknown" });
      }
    }
  }
  return { known, others };
}

/** Deletes what nobody needs any more; with `dryRun`, only tells. */
export async function cleanUpCache(
  context: CacheContext,
  request: HfCleanupRequest,
  options: CallOptions & { readonly dryRun: boolean },
): Promise<HfCleanupResult> {
  const { olderThanMs: ageMs = context.settings.cleanupAgeMs } = request;
  if (!(ageMs >= 0)) {
    throw new ModelManagerError("USAGE_ERROR", "The age of what is to be cleaned up is negative", {
      hints: ["Name one such as 7d: mm cleanup --hf-cache --older-than 7d"],
    });
  }
  throwIfAborted(options.signal);
  const { planHfCleanup, carryOutHfCleanup } = await import("../library/hf_cache/cleanup.ts");
  const limits = { nowMs: context.clock.now(), ageMs };
  const plan = await planHfCleanup(placeOf(context), await scanCache(context), limits);
  throwIfAborted(options.signal);
  const outcome = options.dryRun
    ? { removed: plan.tasks.map(({ item }) => item), inUse: [], problems: [] }
    : await carryOutHfCleanup(plan);
  return {
    removed: outcome.removed,
    bytesFreed: outcome.removed.reduce((sum, { bytes }) => sum + bytes, 0),
    inUse: outcome.inUse,
    problems: [...plan.problems, ...outcome.problems].map((each) => toErrorData(aboutHfCache(each))),
  };
}
