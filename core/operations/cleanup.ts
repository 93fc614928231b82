/**
 * Cleanup: delete what interrupted, failed and crashed runs have left, and nothing that anybody may still need.
 *
 * @module
 */
import { type ErrorData, type ModelManagerError, toErrorData } from "../base/errors.ts";
import { carryOutCleanup } from "../library/cleanup.ts";
import { type CleanupPlaces, gatherCleanupFacts } from "../library/cleanup_facts.ts";
import {
  type CleanupItem,
  type CleanupLimits,
  type CleanupReason,
  planCleanup,
} from "../library/cleanup_plan.ts";
import type { OperationContext } from "./context.ts";

export type { CleanupReason };

/** What to clean up. */
export interface CleanupRequest {
  /** How long a download must have rested before it counts as given up. @default the setting `cleanup.age_days` */
  readonly olderThanMs?: number;
}

/** Something that was deleted, or would be. */
export interface CleanedFile {
  /** Absolute. */
  readonly path: string;
  /** Why. */
  readonly reason: CleanupReason;
  /** What the disk gets back. */
  readonly bytes: number;
}

/** What a cleanup did, or would do. */
export interface CleanupResult {
  /** In the order of the models. */
  readonly removed: readonly CleanedFile[];
  /** What the disk gets back. */
  readonly bytesFreed: number;
  /** What stayed because another process has begun to use it. */
  readonly inUse: readonly CleanedFile[];
  /** What could not be looked at or deleted; everything else was. */
  readonly problems: readonly ErrorData[];
}

type CleanupContext = Pick<OperationContext, "clock" | "library" | "settings" | "ownFolders">;

/** What `cleanup` would delete. Nothing is changed. */
export async function planLeftovers(
  context: CleanupContext,
  request: CleanupRequest = {},
): Promise<CleanupResult> {
  const { items, problems } = await plan(context, request);
  return toResult({ removed: items, inUse: [], problems });
}

/** Deletes what nobody needs any more; whatever a running process uses stays. */
export async function cleanup(context: CleanupContext, request: CleanupRequest = {}): Promise<CleanupResult> {
  const { items, problems, places, limits } = await plan(context, request);
  const outcome = await carryOutCleanup(places, { items, limits });
  return toResult({ ...outcome, problems: [...problems, ...outcome.problems] });
}

async function plan(context: CleanupContext, request: CleanupRequest): Promise<{
  readonly items: readonly CleanupItem[];
  readonly problems: readonly ModelManagerError[];
  readonly places: CleanupPlaces;
  readonly limits: CleanupLimits;
}> {
  const { clock, library, ownFolders, settings } = context;
  const places = { modelsDir: library.modelsDir, ownFolders, clock };
  const limits = { nowMs: clock.now(), ageMs: request.olderThanMs ?? settings.cleanupAgeMs };
  const { problems, ...facts } = await gatherCleanupFacts(places);
  return { items: planCleanup(facts, limits), problems, places, limits };
}

function toResult(outcome: {
  readonly removed: readonly CleanupItem[];
  readonly inUse: readonly CleanupItem[];
  readonly problems: readonly ModelManagerError[];
}): CleanupResult {
  const removed = outcome.removed.map(toFile);
  return {
    removed,
    bytesFreed: removed.reduce((sum, { bytes }) => sum + bytes, 0),
    inUse: outcome.inUse.map(toFile),
    problems: outcome.problems.map(toErrorData),
  };
}

function toFile({ path, reason, bytes }: CleanupItem): CleanedFile {
  return { path, reason, bytes };
}
