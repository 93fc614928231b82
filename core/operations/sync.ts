/**
 * Sync: make the library match the manifest, or its lock.
 *
 * @module
 */
import { isModelManagerError, ModelManagerError } from "../base/errors.ts";
import { redactTyped } from "../base/redact.ts";
import { parseReference } from "../base/reference.ts";
import { streamedRun } from "../base/streamed_run.ts";
import type { DownloadEvent } from "../download/events.ts";
import { rankOf } from "../jobs/priority.ts";
import type { Manifest, ManifestModel, ManifestPriority } from "../library/manifest.ts";
import { compareWithLock, isRenamed, type LockedModel } from "../library/manifest_lock.ts";
import type { JobPriority } from "../state/job_record.ts";
import { checkPullRequest } from "./check_request.ts";
import type { OperationContext } from "./context.ts";
import { requireRenamed, resolveLocked } from "./locked_pull.ts";
import { entriesOf, type ManifestAccess, stateKey } from "./manifest_access.ts";
import { loadLock, lockPathOf } from "./manifest_file.ts";
import type { PullResult } from "./model_manager.ts";
import { coalesceKey, pull, type PullOptions } from "./pull.ts";
import type { LocalPull } from "./pull_item.ts";
import { findLocally } from "./pull_offline.ts";
import { resolvePull } from "./pull_plan.ts";
import { syncSettings, withSettings } from "./sync_context.ts";
import { explained } from "./sync_failure.ts";
import { SyncPlan } from "./sync_plan.ts";
import { planPrune, prune } from "./sync_prune.ts";
import type { SyncOptions, SyncPlanItem, SyncReport, SyncRequest, SyncResult } from "./sync_request.ts";
import { SyncStates } from "./sync_states.ts";

/** The priorities of the queue. */
const JOB_PRIORITY: Readonly<Record<ManifestPriority, JobPriority>> = {
  high: "high",
  medium: "normal",
  low: "low",
};
const CHECK_EVERY_MS: Readonly<Record<string, number>> = {
  hourly: 3_600_000,
  daily: 86_400_000,
  weekly: 7 * 86_400_000,
  monthly: 30 * 86_400_000,
};

interface Run {
  readonly access: ManifestAccess;
  /** With the settings of the manifest. */
  readonly context: OperationContext;
  readonly request: SyncRequest;
  readonly signal: AbortSignal;
  readonly emit: (event: DownloadEvent) => void;
  readonly manifest: Manifest;
  /** First the most urgent. */
  readonly models: readonly ManifestModel[];
  readonly locked: readonly LockedModel[] | undefined;
  /** Why the Hub could not be asked about models that the lock has under another name. */
  readonly doubts: ReadonlyMap<LockedModel, ModelManagerError>;
  readonly states: SyncStates;
  readonly onPlan: (plan: readonly SyncPlanItem[]) => void;
  readonly admit: SyncOptions["admit"];
}

/**
 * Makes the library match the manifest: plans all of it, then fetches what is missing, the most urgent first.
 *
 * @throws {ModelManagerError} `CANCELLED`, and what is wrong with the manifest or the lock. Failures of single models
 * are in the results.
 */
export function sync(
  access: ManifestAccess,
  request: SyncRequest = {},
  options: SyncOptions = {},
): AsyncGenerator<DownloadEvent, SyncReport, undefined> {
  const { connections, limitBytesPerSecond } = request;
  checkPullRequest({
    references: ["the manifest"],
    ...(connections === undefined ? {} : { connections }),
    ...(limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond }),
  });
  return streamedRun<DownloadEvent, SyncReport>(
    (emit, signal) => {
      const { onPlan = () => {}, admit } = options;
      return syncAll(access, request, { emit, signal, onPlan, admit });
    },
    { signal: options.signal, coalesceKey },
  );
}

async function syncAll(
  access: ManifestAccess,
  request: SyncRequest,
  how: Pick<Run, "emit" | "signal" | "onPlan" | "admit">,
): Promise<SyncReport> {
  const { frozen = false, dryRun = false, keepGood = false } = request;
  const { path, manifest, warnings, outdated: outdatedManifest } = await access.files.load(request.manifest, {
    keepGood,
  });
  for (const warning of warnings) access.context.notices.emit(warning);
  const models = inPriorityOrder(manifest.models.filter((model) => model.enabled));
  const locked = frozen ? requireAgreement(path, models, await loadLock(path)) : undefined;
  const doubts = await findDoubts(access.context, locked ?? [], how.signal);
  const states = await SyncStates.open(access, {
    path,
    models: new Map(models.map((model) => [redactTyped(model.name), model])),
    writeBack: !frozen && !dryRun,
  });
  const context = withSettings(access.context, syncSettings(access.context.settings, manifest.settings));
  const run: Run = { access, context, request, manifest, models, locked, doubts, states, ...how };
  const { results, plan } = await fetchAll(run);
  if (!dryRun) await pinAll(run, results);
  const pruning = await pruneAll(run, results);
  const lock = frozen ? locked : await loadLock(path).catch(() => undefined);
  return {
    manifest: path,
    ...(outdatedManifest === undefined ? {} : { outdatedManifest }),
    lock: lock === undefined ? undefined : lockPathOf(path),
    plan,
    results,
    ...pruning,
    outdatedLock: outdated(models, results, lock),
  };
}

/** Of models that are equally urgent, first the one that stands first. */
function inPriorityOrder(models: readonly ManifestModel[]): ManifestModel[] {
  const rank = ({ priority }: ManifestModel): number => rankOf(JOB_PRIORITY[priority]);
  return models.toSorted((a, b) => rank(b) - rank(a));
}

/** @throws {ModelManagerError} `CONFIG_INVALID` when manifest and lock do not name the same models. */
function requireAgreement(
  path: string,
  models: readonly ManifestModel[],
  locked: readonly LockedModel[],
): readonly LockedModel[] {
  const { missing, extra, misfits } = compareWithLock(models, locked);
  if (missing.length === 0 && extra.length === 0 && misfits.length === 0) return locked;
  const parts = [
    ...(missing.length === 0 ? [] : [`not locked: ${missing.join(", ")}`]),
    ...(extra.length === 0 ? [] : [`locked, but not wanted: ${extra.join(", ")}`]),
    ...misfits,
  ];
  throw new ModelManagerError(
    "CONFIG_INVALID",
    `The lock "${lockPathOf(path)}" does not fit the manifest: ${parts.join("; ")}`,
    { hints: ["Bring the lock up to date: mm lock", "Or follow the manifest without it: mm sync"] },
  );
}

/** Before anything is fetched: a lock that somebody has changed fails as a whole. */
async function findDoubts(
  context: OperationContext,
  locked: readonly LockedModel[],
  signal: AbortSignal,
): Promise<ReadonlyMap<LockedModel, ModelManagerError>> {
  const doubts = new Map<LockedModel, ModelManagerError>();
  for (const model of locked.filter(isRenamed)) {
    try {
      await requireRenamed(context, model, signal);
    } catch (error) {
      const isFinal = !isModelManagerError(error) || ["CONFIG_INVALID", "CANCELLED"].includes(error.code);
      if (isFinal) throw error;
      doubts.set(model, error);
    }
  }
  return doubts;
}

/** A model that is in place, and that the Hub is not asked about. */
interface Settled {
  readonly local: LocalPull;
  readonly reason: "pinned" | "checked";
}

async function fetchAll(run: Run): Promise<{ results: SyncResult[]; plan: SyncPlanItem[] }> {
  const { models, states, request: { dryRun = false } } = run;
  const settled = new Map<ManifestModel, Settled>();
  if (run.locked === undefined) {
    for (const model of models) {
      const found = await findSettled(run, model);
      if (found !== undefined) settled.set(model, found);
    }
  }
  const plan = new SyncPlan({ models, settled, onPlan: run.onPlan });
  try {
    const asked = models.filter((model) => !settled.has(model));
    const pulled = await pullAll(run, asked, plan);
    plan.announce();
    const byModel = new Map(asked.map((model, index) => [model, pulled[index]]));
    const results = models.map((model): SyncResult => {
      const found = settled.get(model);
      if (found !== undefined) return settledResult(model, found);
      const result = byModel.get(model);
      if (result === undefined) throw new TypeError(`"${model.name}" has no result`);
      return {
        ...explained(result, { locked: run.locked, manifest: run.manifest }),
        priority: model.priority,
      };
    });
    if (!dryRun) {
      for (const { reference, error } of results) {
        // Where the Hub could not be asked, what is here counts, but was not compared.
        const checked = error === undefined && plan.has(reference) && run.locked === undefined;
        states.finish(reference, { error, checked });
      }
    }
    return { results, plan: plan.items(results) };
  } finally {
    if (!dryRun) {
      states.stop();
      await states.close();
    }
  }
}

/** What is pinned stays as it is; what was compared not long ago is not compared again. */
async function findSettled(run: Run, model: ManifestModel): Promise<Settled | undefined> {
  const { context, manifest, request, states } = run;
  const local = await findLocally(context, model.name, { references: [model.name] });
  if (local === undefined) return undefined;
  const entries = entriesOf(model, await context.library.entries());
  if (model.pinned ?? entries.some((entry) => entry.pinned === true)) return { local, reason: "pinned" };
  const { status, checkedAt } = states.get(model) ?? {};
  const everyMs = CHECK_EVERY_MS[manifest.settings.checkFrequency ?? ""];
  if (
    request.refresh === true || everyMs === undefined || checkedAt === undefined || status !== "completed"
  ) {
    return undefined;
  }
  const sinceMs = context.clock.now() - Date.parse(checkedAt);
  // A time in the future: somebody has set the clock back.
  return sinceMs >= 0 && sinceMs < everyMs ? { local, reason: "checked" } : undefined;
}

async function pullAll(run: Run, models: readonly ManifestModel[], plan: SyncPlan): Promise<PullResult[]> {
  if (models.length === 0) return [];
  const { context, request, signal, locked, admit } = run;
  const { connections, limitBytesPerSecond, dryRun, maxConcurrent } = request;
  const generator = pull(context, {
    references: models.map(({ name }) => name),
    ...(connections === undefined ? {} : { connections }),
    ...(limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond }),
    ...(dryRun === undefined ? {} : { dryRun }),
  }, {
    signal,
    maxConcurrent,
    admit,
    // What the manifest says of a revision, it says on purpose.
    resolve: locked === undefined
      ? (text, how) => resolvePull(context, text, { ...how, heedPins: true })
      : lockedResolver(run, locked),
  });
  let next = await generator.next();
  for (; next.done !== true; next = await generator.next()) {
    plan.see(next.value);
    if (dryRun !== true) run.states.see(next.value);
    run.emit(next.value);
  }
  return next.value;
}

function lockedResolver(
  { context, models, doubts }: Run,
  locked: readonly LockedModel[],
): NonNullable<PullOptions["resolve"]> {
  const byKey = new Map(compared(locked).map(({ key, model }) => [key, model]));
  const keys = new Map(models.map((model) => [model.name, stateKey(model)]));
  return (text) => {
    const found = byKey.get(keys.get(text) ?? "");
    if (found === undefined) throw new TypeError(`Nothing is locked for "${text}"`);
    const doubt = doubts.get(found);
    if (doubt !== undefined) return Promise.reject(doubt);
    return Promise.resolve(resolveLocked(context, found));
  };
}

function compared(
  locked: readonly LockedModel[],
): { readonly key: string; readonly model: LockedModel }[] {
  return locked.map((model) => ({ key: stateKey({ reference: parseReference(model.name) }), model }));
}

function settledResult(model: ManifestModel, { local, reason }: Settled): SyncResult {
  const { repo, commit, paths, sizeBytes } = local;
  return {
    reference: redactTyped(model.name),
    repo,
    commit,
    status: "present",
    paths,
    bytesFetched: 0,
    bytesResumed: 0,
    bytesTotal: sizeBytes,
    elapsedMs: 0,
    priority: model.priority,
    notAsked: reason,
  };
}

/** What the manifest says of pins counts for what is here; where it says nothing, they stay as they are. */
async function pinAll({ context: { library }, models }: Run, results: readonly SyncResult[]): Promise<void> {
  const done = new Set(results.filter(({ status }) => status !== "failed").map(({ reference }) => reference));
  for (const pinned of [true, false]) {
    const meant = models.filter((model) => model.pinned === pinned && done.has(redactTyped(model.name)));
    if (meant.length === 0) continue;
    const entries = await library.entries();
    const others = meant.flatMap((model) => entriesOf(model, entries))
      .filter((entry) => (entry.pinned ?? false) !== pinned);
    if (others.length > 0) await library.setPinned(others.map((entry) => entry.modelId), pinned);
  }
}

async function pruneAll(
  { context, request, manifest }: Run,
  results: readonly SyncResult[],
): Promise<Pick<SyncReport, "pruned" | "notPruned">> {
  if (request.prune !== true) return { pruned: [] };
  // What replaces a model may be just what has failed.
  if (results.some(({ status }) => status === "failed")) return { pruned: [], notPruned: "failures" };
  const keepPaths = results.flatMap(({ paths }) => paths);
  const work = request.dryRun === true ? planPrune : prune;
  return { pruned: await work(context, manifest.models, { keepPaths }) };
}

function outdated(
  models: readonly ManifestModel[],
  results: readonly SyncResult[],
  locked: readonly LockedModel[] | undefined,
): string[] {
  if (locked === undefined) return [];
  const commits = new Map(compared(locked).map(({ key, model }) => [key, model.commit]));
  return models.flatMap((model, index) => {
    const { status, commit, reference = "" } = results[index] ?? {};
    const isOther = status !== "failed" && commit !== undefined && commits.get(stateKey(model)) !== commit;
    return isOther ? [reference] : [];
  });
}
