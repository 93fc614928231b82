/**
 * Cleanup: delete what interrupted, failed and crashed runs have left, and nothing that anybody may still need; then,
 * where the library may take only so much, the models that were not used for longest.
 *
 * @module
 */
import {
  type ErrorData,
  isModelManagerError,
  type ModelManagerError,
  throwIfAborted,
  toErrorData,
} from "../base/errors.ts";
import { carryOutCleanup } from "../library/cleanup.ts";
import { type CleanupPlaces, gatherCleanupFacts, type GatheredFacts } from "../library/cleanup_facts.ts";
import {
  type CleanupItem,
  type CleanupLimits,
  type CleanupReason,
  planCleanup,
} from "../library/cleanup_plan.ts";
import type { ModelEntry } from "../library/model_entry.ts";
import { gatherQuotaModels } from "../library/quota_facts.ts";
import { type KeepReason, type KeptModel, planQuota, type QuotaPlan } from "../library/quota_plan.ts";
import type { Removal } from "../library/removal.ts";
import type { OperationContext } from "./context.ts";
import type { CallOptions } from "./model_manager.ts";

export type { CleanupReason, KeepReason };

/** What to clean up. */
export interface CleanupRequest {
  /** How long a download must have rested before it counts as given up. @default the setting `cleanup.age_days` */
  readonly olderThanMs?: number;
  /** What the library may take, in bytes. @default the setting `cleanup.max_total_size` */
  readonly maxTotalBytes?: number;
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

/** A model that was deleted, or would be. */
export interface CleanedModel {
  /** As commands take it. */
  readonly reference: string;
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** The quantization label, when it has one. */
  readonly quant: string | undefined;
  /** What the disk gets back. */
  readonly bytes: number;
  /** ISO 8601, UTC. */
  readonly lastUsedAt: string;
}

/** What a quota came to. */
export interface QuotaReport {
  /** What the library may take. */
  readonly limitBytes: number;
  /** What it took before. */
  readonly bytesBefore: number;
  /** What it takes, or would take, after it. */
  readonly bytesAfter: number;
  /** Whether that is within the limit. */
  readonly fits: boolean;
  /** When it is not: models that stay all the same, the least recently used first, and why. */
  readonly kept: readonly {
    readonly reference: string;
    readonly reason: KeepReason;
    /** ISO 8601, UTC. */
    readonly lastUsedAt: string;
  }[];
}

/** What a cleanup did, or would do. */
export interface CleanupResult {
  /** Files and folders: those of models that went for the quota, then leftovers, in the order of the models. */
  readonly removed: readonly CleanedFile[];
  /** Models that went for the quota, the least recently used first. */
  readonly models: readonly CleanedModel[];
  /** What the disk gets back. */
  readonly bytesFreed: number;
  /** `undefined` where the library may take what it wants. */
  readonly quota: QuotaReport | undefined;
  /** What stayed because another process has begun to use it. */
  readonly inUse: readonly CleanedFile[];
  /** What could not be looked at or deleted; everything else was. */
  readonly problems: readonly ErrorData[];
}

/** What a cleanup needs of the program. */
export type CleanupContext = Pick<OperationContext, "clock" | "library" | "settings" | "ownFolders">;

/** A cleanup before it is carried out. */
export interface CleanupWork {
  readonly places: CleanupPlaces;
  readonly limits: CleanupLimits;
  readonly leftovers: readonly CleanupItem[];
  readonly problems: readonly ModelManagerError[];
  readonly quota: QuotaPlan | undefined;
  /** For {@link QuotaPlan.evicted}, in its order. */
  readonly models: readonly {
    readonly entry: ModelEntry;
    readonly removal: Removal;
    readonly lastUsedAt: string;
  }[];
  /** Names of entries that are just being asked for. */
  readonly wanted: ReadonlySet<string>;
}

/** What `cleanup` would delete. Nothing is changed. */
export async function planLeftovers(
  context: CleanupContext,
  request: CleanupRequest = {},
  { signal }: CallOptions = {},
): Promise<CleanupResult> {
  throwIfAborted(signal);
  const { leftovers, models, quota, problems } = await planWork(context, request);
  throwIfAborted(signal);
  return toResult({ leftovers, models, quota, inUse: [], problems });
}

/**
 * Deletes what nobody needs any more; whatever a running process uses stays.
 *
 * @throws {ModelManagerError} `CANCELLED` between two folders or models: what was deleted is deleted.
 */
export async function cleanup(
  context: CleanupContext,
  request: CleanupRequest = {},
  call: CallOptions = {},
): Promise<CleanupResult> {
  throwIfAborted(call.signal);
  return await carryOutWork(context, await planWork(context, request), call);
}

/**
 * Works out what a cleanup deletes.
 *
 * @param options.wanted Names of entries that are just being asked for: they stay.
 * @param options.spare Leftovers that stay, too.
 * @param options.lastMayGo See `planQuota`.
 */
export async function planWork(
  context: CleanupContext,
  request: CleanupRequest,
  options: {
    readonly wanted?: ReadonlySet<string>;
    readonly spare?: (path: string) => boolean;
    readonly lastMayGo?: boolean;
  } = {},
): Promise<CleanupWork> {
  const { clock, library, ownFolders, settings } = context;
  const { wanted = new Set(), spare = () => false, lastMayGo } = options;
  const places = { modelsDir: library.modelsDir, ownFolders, clock };
  const limits = { nowMs: clock.now(), ageMs: request.olderThanMs ?? settings.cleanupAgeMs };
  const limitBytes = request.maxTotalBytes ?? settings.maxTotalBytes;
  const facts = await gatherCleanupFacts(places);
  const planned = planCleanup(facts, limits).filter((item) => !spare(item.path));
  const common = { places, limits, problems: facts.problems, wanted };
  if (limitBytes === undefined) return { ...common, leftovers: planned, quota: undefined, models: [] };
  const { quota, entries } = await planModels(context, {
    facts,
    leftovers: planned,
    limitBytes,
    wanted,
    lastMayGo,
  });
  const byId = new Map(entries.map((entry) => [entry.modelId, entry]));
  const going = quota.evicted.flatMap(({ modelId, lastUsedAt }) => {
    const entry = byId.get(modelId);
    return entry === undefined ? [] : [{ entry, lastUsedAt }];
  });
  const removals = await library.planRemoveAll(going);
  const models = going.flatMap((each, index) => {
    const removal = removals[index];
    return removal === undefined ? [] : [{ ...each, removal }];
  });
  const gone = new Set(models.flatMap(({ removal }) => [...removal.paths, ...removal.leftovers]));
  return { ...common, leftovers: planned.filter(({ path }) => !gone.has(path)), quota, models };
}

async function planModels(
  { library }: CleanupContext,
  sources: {
    readonly facts: GatheredFacts;
    readonly leftovers: readonly CleanupItem[];
    readonly limitBytes: number;
    readonly wanted: ReadonlySet<string>;
    readonly lastMayGo: boolean | undefined;
  },
): Promise<{ readonly quota: QuotaPlan; readonly entries: readonly ModelEntry[] }> {
  const { facts: { folders }, leftovers, limitBytes, wanted, lastMayGo } = sources;
  const entries = await library.entries();
  const models = await gatherQuotaModels({ modelsDir: library.modelsDir, entries, folders, wanted });
  const going = new Set(leftovers.map(({ path }) => path));
  const otherBytes = folders.flatMap(({ files }) => files)
    .reduce((sum, { path, freesBytes }) => sum + (going.has(path) ? 0 : freesBytes), 0);
  return { quota: planQuota({ models, otherBytes, limitBytes, lastMayGo }), entries };
}

/** Deletes what was planned, as far as it is still so. */
export async function carryOutWork(
  context: CleanupContext,
  work: CleanupWork,
  { signal }: CallOptions = {},
): Promise<CleanupResult> {
  const { leftovers: items, limits, places } = work;
  throwIfAborted(signal);
  const outcome = await carryOutCleanup(places, { items, limits, signal });
  const { gone, inUse, problems } = await removeModels(context, work, signal);
  return toResult({
    leftovers: outcome.removed,
    models: gone,
    quota: work.quota,
    inUse: [...inUse.flatMap(({ removal }) => modelFiles(removal)), ...outcome.inUse.map(toFile)],
    problems: [...work.problems, ...outcome.problems, ...problems],
  });
}

type PlannedModel = CleanupWork["models"][number];

/** Who has begun to use a model, or pinned it, since it was looked at keeps it. */
async function removeModels(
  context: CleanupContext,
  work: CleanupWork,
  signal: AbortSignal | undefined,
): Promise<{
  readonly gone: readonly PlannedModel[];
  readonly inUse: readonly PlannedModel[];
  readonly problems: readonly ModelManagerError[];
}> {
  const gone: PlannedModel[] = [];
  const inUse: PlannedModel[] = [];
  const problems: ModelManagerError[] = [];
  if (work.models.length === 0) return { gone, inUse, problems };
  const { library } = context;
  const { folders } = await gatherCleanupFacts(work.places);
  const sources = { modelsDir: library.modelsDir, entries: await library.entries(), folders };
  const now = await gatherQuotaModels({ ...sources, wanted: work.wanted });
  const free = new Set(now.filter(({ keep }) => keep === undefined).map(({ modelId }) => modelId));
  for (const model of work.models) {
    const { entry } = model;
    throwIfAborted(signal);
    if (!free.has(entry.modelId)) {
      inUse.push(model);
      continue;
    }
    try {
      const removal = await library.remove({ entry }, { unlessPinned: true });
      (removal.paths.length > 0 ? gone : inUse).push({ ...model, removal });
    } catch (error) {
      if (!isModelManagerError(error)) throw error;
      if (error.code === "LOCKED") inUse.push(model);
      else problems.push(error);
    }
  }
  return { gone, inUse, problems };
}

function toResult(outcome: {
  readonly leftovers: readonly CleanupItem[];
  readonly models: readonly PlannedModel[];
  readonly quota: QuotaPlan | undefined;
  readonly inUse: readonly CleanedFile[];
  readonly problems: readonly ModelManagerError[];
}): CleanupResult {
  const models = outcome.models.map(toModel);
  const leftovers = outcome.leftovers.map(toFile);
  const sum = (each: readonly { readonly bytes: number }[]): number =>
    each.reduce((total, { bytes }) => total + bytes, 0);
  const evictedBytes = sum(models);
  return {
    removed: [...outcome.models.flatMap(({ removal }) => modelFiles(removal)), ...leftovers],
    models,
    bytesFreed: evictedBytes + sum(leftovers),
    quota: outcome.quota === undefined ? undefined : toReport(outcome.quota, evictedBytes),
    inUse: outcome.inUse,
    problems: outcome.problems.map(toErrorData),
  };
}

function toReport(quota: QuotaPlan, evictedBytes: number): QuotaReport {
  const { limitBytes, bytesBefore, kept } = quota;
  const bytesAfter = Math.max(0, bytesBefore - evictedBytes);
  return {
    limitBytes,
    bytesBefore,
    bytesAfter,
    fits: bytesAfter <= limitBytes,
    kept: kept.map(({ modelId, reason, lastUsedAt }: KeptModel) => ({
      reference: modelId,
      reason,
      lastUsedAt,
    })),
  };
}

function toModel({ entry, removal, lastUsedAt }: PlannedModel): CleanedModel {
  const { modelId: reference, metadata: { repo, quant } } = entry;
  return { reference, repo, quant: quant ?? undefined, bytes: removal.bytesFreed, lastUsedAt };
}

function modelFiles({ freed }: Removal): CleanedFile[] {
  return freed.map(({ path, bytes }) => ({ path, reason: "quota", bytes }));
}

function toFile({ path, reason, bytes }: CleanupItem): CleanedFile {
  return { path, reason, bytes };
}
