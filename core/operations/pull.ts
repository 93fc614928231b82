/**
 * Pull: resolve → plan → check the space → transfer → register → record.
 *
 * @module
 */
import { isModelManagerError, type ModelManagerError, toErrorData } from "../base/errors.ts";
import { streamedRun } from "../base/streamed_run.ts";
import type { DownloadEvent, EventBase, FileEvent, ReferenceEvent } from "../download/events.ts";
import { isFetched } from "../download/plan.ts";
import type { RateLimiter } from "../download/rate_limiter.ts";
import { isWholeFile } from "../download/segment_plan.ts";
import { beginAttempt, recordInterrupted } from "./attempt.ts";
import { checkPullRequest } from "./check_request.ts";
import type { OperationContext } from "./context.ts";
import type { CallOptions, PullRequest, PullResult } from "./model_manager.ts";
import { Outage } from "./outage.ts";
import { type ReusePlan, reusePlan } from "./pull_copies.ts";
import { planPull, type PullPlan, type ResolvedPull, resolvePull } from "./pull_plan.ts";
import { plannedEvent } from "./pull_planned.ts";
import type { ReusedFile } from "./pull_request.ts";
import { reuseCopies } from "./pull_reuse.ts";
import type { PullFileFacts } from "./pull_facts.ts";
import { findLocally } from "./pull_offline.ts";
import { lockFiles, type PullLocks } from "./pull_locks.ts";
import {
  beginWait,
  endWait,
  planResult,
  type PullItem,
  pullResult,
  recordPull,
  startItem,
} from "./pull_item.ts";
import { cleanUpAfterPull, fitIntoQuota } from "./pull_quota.ts";
import { checkRunSpace, claimedFiles, explainDiskFailure, refuseWhatDoesNotFit } from "./pull_space.ts";
import type { OutsideLocks } from "./pull_target.ts";
import { hasPieces, transferPlan } from "./pull_transfer.ts";
import { type AnnouncedRun, announceRun } from "./run_claim.ts";
import { noteFetched } from "./update_notes.ts";

interface PlanningRun {
  readonly context: OperationContext;
  readonly request: PullRequest;
  readonly signal: AbortSignal;
  readonly emit: (event: DownloadEvent) => void;
  readonly resolve: ResolveReference;
  readonly maxConcurrent: number;
  readonly admit: PullOptions["admit"];
  readonly outage: Outage;
  /** What is elsewhere on this machine, as it is when the pull begins. */
  readonly reuse: ReusePlan | undefined;
}

interface Run extends PlanningRun {
  /** What its bytes are limited by. */
  readonly limiter: RateLimiter;
}

/** Finds out what a reference means on the Hub. */
export type ResolveReference = (
  text: string,
  options: { readonly request: PullRequest; readonly signal: AbortSignal },
) => Promise<ResolvedPull>;

/** How a pull is stopped, and what its references mean. */
export interface PullOptions extends CallOptions {
  /** @default what the Hub says */
  readonly resolve?: ResolveReference;
  /** References that are fetched at once, each with connections of its own. @default {1} */
  readonly maxConcurrent?: number | undefined;
  /** Waits until the bytes of one reference may be fetched; disposed when they are. @default at once */
  readonly admit?: ((signal: AbortSignal) => Promise<Disposable>) | undefined;
}

/**
 * Makes sure that the files the references mean are in place.
 *
 * @returns one result a reference; failures of single references are in there.
 * @throws {ModelManagerError} `CANCELLED`, or `USAGE_ERROR` for a request that means nothing.
 */
export function pull(
  context: OperationContext,
  request: PullRequest,
  options: PullOptions = {},
): AsyncGenerator<DownloadEvent, PullResult[], undefined> {
  checkPullRequest(request);
  const { maxConcurrent = 1, admit } = options;
  const resolve: ResolveReference = options.resolve ??
    ((text, how) => resolvePull(context, text, { ...how, heedPins: true }));
  return streamedRun<DownloadEvent, PullResult[]>(
    (emit, signal) =>
      pullAll({
        context,
        request,
        signal,
        emit,
        resolve,
        maxConcurrent,
        admit,
        outage: new Outage(context.endpoint),
        reuse: reusePlan(context, request),
      }),
    { signal: options.signal, coalesceKey },
  );
}

/** Of events with the same key, only the newest matters to a slow reader. */
export function coalesceKey(event: DownloadEvent): string | undefined {
  if (event.type !== "progress" && event.type !== "verifying") return undefined;
  return `${event.type} ${event.reference} ${event.file}`;
}

async function pullAll(run: PlanningRun): Promise<PullResult[]> {
  const { context, request } = run;
  if (!request.dryRun) {
    const { pool } = context.machinery();
    pool.admit(targetFolder(run));
    pool.warmUp(["download"]);
  }
  const items: PullItem[] = [];
  try {
    for (const text of request.references) items.push(await prepare(run, text));
    await refuseWhatDoesNotFit(context, items, { folder: targetFolder(run) });
    await fitIntoQuota(context, items, { dryRun: request.dryRun ?? false });
    using limit = context.machinery().limiter.hold(request.limitBytesPerSecond);
    const results = await carryOutAll({ ...run, limiter: limit.limiter }, items);
    if (results.some(({ status }) => status === "downloaded")) await cleanUpAfterPull(context, items);
    return results;
  } catch (error) {
    // What has failed before it was stopped was an attempt; what only waited for its turn was none.
    for (const item of items) if (item.error !== undefined) await record(run, item, item.error);
    throw error;
  }
}

/** A dry run attempts nothing. */
async function record({ context, request }: PlanningRun, item: PullItem, error?: unknown): Promise<void> {
  if (!request.dryRun) await recordPull(context, item, error);
}

function emitFor(run: PlanningRun, text: string): (event: FileEvent | ReferenceEvent) => void {
  return (event) => run.emit({ ...event, reference: text });
}

/** Resolves and plans; an error is kept for the reference's result. */
async function prepare(run: PlanningRun, text: string): Promise<PullItem> {
  const { context, request, signal } = run;
  const item = startItem(context, text);
  using _waits = context.waits.subscribe(({ until, message }) =>
    run.emit({
      type: "waiting",
      reason: "rate-limit",
      until,
      message,
      reference: item.text,
      receivedBytes: 0,
      totalBytes: 0,
    })
  );
  try {
    run.outage.check();
    item.pull = await run.resolve(text, { request, signal });
    const { reuse } = run;
    item.plan = await planPull(context, item.pull, { force: request.force ?? false, signal, reuse });
    emitFor(run, item.text)(plannedEvent(item.pull, item.plan));
  } catch (error) {
    if (!isItemError(error)) {
      await record(run, item, error);
      throw error;
    }
    run.outage.note(error);
    const local = error.code === "OFFLINE" ? await findLocally(context, text, request) : undefined;
    if (local === undefined) item.error = error;
    else item.local = local;
  }
  beginWait(context, item);
  return item;
}

/** Cancellation ends the whole pull, and so do our own bugs; everything else is one reference's failure. */
function isItemError(error: unknown): error is ModelManagerError {
  return isModelManagerError(error) && error.code !== "CANCELLED";
}

/** Where everything goes, as a person knows it. */
function targetFolder({ context, request: { to = "library" } }: PlanningRun): string {
  if (to === "hf-cache") return context.hfCache.directory;
  return to === "library" ? context.library.modelsDir : to;
}

/** In their order, so many at once. */
async function carryOutAll(run: Run, items: readonly PullItem[]): Promise<PullResult[]> {
  const results: PullResult[] = [];
  const turns = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of turns) results[index] = await carryOut(run, item, items.slice(index + 1));
  };
  const lanes = Math.max(1, Math.min(run.maxConcurrent, items.length));
  // All of them have to have stopped before anybody hears of it.
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return results;
}

async function carryOut(run: Run, item: PullItem, waiting: readonly PullItem[]): Promise<PullResult> {
  const { context, request } = run;
  if (item.error === undefined && request.dryRun) return planResult(context, item);
  using _place = needsBytes(item) ? await run.admit?.(run.signal) : undefined;
  const emit = emitFor(run, item.text);
  let moved = false;
  endWait(context, item);
  try {
    if (item.error !== undefined) throw item.error;
    if (needsBytes(item)) run.outage.check();
    moved = await transferLocked(run, item, waiting);
  } catch (error) {
    await record(run, item, error);
    if (!isItemError(error)) throw error;
    // What was under way when it went down has had its own patience.
    if (item.tally.receivedBytes === item.tally.heldBytes) run.outage.note(error);
    item.error = error;
    const data = toErrorData(item.error);
    emit({ type: "failed", ...byteCounts(item), error: data });
    return pullResult(context, item, "failed");
  }
  const finished = pullResult(context, item, moved ? "downloaded" : "present");
  const bytes = totalBytes(item);
  emit({ type: "finished", paths: finished.paths, receivedBytes: bytes, totalBytes: bytes });
  return finished;
}

function needsBytes({ error, plan }: PullItem): boolean {
  return error === undefined && plan !== undefined &&
    plan.download.files.some(isFetched);
}

function totalBytes(item: PullItem): number {
  return item.plan?.download.totalBytes ?? 0;
}

/** Of all files of a reference: what is there, and what there will be. */
function byteCounts(item: PullItem): EventBase {
  const { plan, tally } = item;
  const held = (plan?.download.heldBytes ?? 0) + tally.receivedBytes - tally.heldBytes;
  return { receivedBytes: Math.max(0, Math.min(held, totalBytes(item))), totalBytes: totalBytes(item) };
}

function missingFiles({ download, facts }: PullPlan): PullFileFacts[] {
  return download.files.filter((file) => file.action !== "present").flatMap((file) =>
    facts.get(file.path) ?? []
  );
}

/** Fetches what is missing, in sight of other processes. */
async function transferLocked(run: Run, item: PullItem, waiting: readonly PullItem[]): Promise<boolean> {
  const { context } = run;
  const { pull, plan } = item;
  if (item.local !== undefined) return false;
  if (pull === undefined || plan === undefined) throw new TypeError("Cannot transfer without a plan");
  if (plan.download.files.every((file) => file.action === "present")) {
    await register(pull);
    return false;
  }
  const emit = (event: FileEvent | ReferenceEvent) => {
    item.tally.count(event);
    // The engine knows the files that it fetches, and nobody but us those that are there.
    emitFor(run, item.text)("file" in event ? event : { ...event, ...byteCounts(item) });
  };
  if (missingFiles(plan).some((file) => !isWholeFile(file.sizeBytes))) {
    context.machinery().pool.warmUp(["hash"]);
  }
  // Where it cannot be written, not a byte is fetched.
  await pull.target.prepare(pull.selection.files.map((file) => file.path));
  await using announced = await announceRun(context, {
    folder: pull.target.partialFolder,
    id: pull.target.runId,
    files: claimedFiles(plan, pull.target),
  });
  try {
    const moved = await transferAnnounced(run, item, { pull, plan, announced, emit });
    if (moved) await recordPull(context, item);
    return moved;
  } catch (error) {
    const explained = await explainDiskFailure(context, error, { item, waiting, folder: targetFolder(run) });
    // Before its lock is free: others take an attempt for dead that has no record and no lock.
    await recordPull(context, item, explained);
    throw explained;
  }
}

/** What is to be transferred, in sight of other processes. */
interface AnnouncedWork {
  readonly pull: ResolvedPull;
  readonly plan: PullPlan;
  readonly announced: AnnouncedRun;
  readonly emit: (event: FileEvent | ReferenceEvent) => void;
}

function lockWork(
  { context, request, signal }: Run,
  work: AnnouncedWork,
): Promise<PullLocks> {
  const { pull, plan } = work;
  return lockFiles(context, missingFiles(plan), {
    partialFolder: pull.target.partialFolder,
    unit: pull.selection.files.map((file) => file.digest),
    noWait: request.noWait ?? false,
    signal,
    onWait: ({ message }) => tellOfLock(work, message),
  });
}

/** Of a place that other programs fill, too. */
async function lockOutside(
  { request }: Run,
  work: AnnouncedWork,
  signal: AbortSignal,
): Promise<OutsideLocks | undefined> {
  return await work.pull.target.lockOutside?.(missingFiles(work.plan), {
    noWait: request.noWait ?? false,
    signal,
    onWait: (message) => tellOfLock(work, message),
  });
}

function tellOfLock({ plan, emit }: AnnouncedWork, message: string): void {
  emit({
    type: "waiting",
    reason: "lock",
    until: undefined,
    message,
    receivedBytes: plan.download.heldBytes,
    totalBytes: plan.download.totalBytes,
  });
}

/** One process fetches a file; who waited for it looks again at what is there. */
async function transferAnnounced(run: Run, item: PullItem, work: AnnouncedWork): Promise<boolean> {
  const { context, request } = run;
  const { pull, announced, emit } = work;
  const force = request.force ?? false;
  await using locks = await lockWork(run, work);
  await using outside = await lockOutside(run, work, locks.signal);
  // Who waited finds the other's work done, and does not do it again, force or not.
  const waited = locks.waited || outside?.waited === true;
  const { signal } = locks;
  // Looked at anew: a reference before this one may have brought just what is wanted.
  const reuse = reusePlan(context, request);
  const fresh = await planPull(context, pull, { force: force && !waited, signal, reuse });
  item.plan = fresh;
  const space = { folder: targetFolder(run), ownLockPath: announced.lockPath };
  await checkRunSpace(context, item, space);
  if (missingFiles(fresh).length > 0) await begin(context, item, { pull, plan: fresh, announced });
  const onReused = (file: ReusedFile): void => void item.reused.push(file);
  const plan = await reuseCopies(context, { pull, plan: fresh }, { signal, emit, onReused });
  item.plan = plan;
  if (plan !== fresh) await checkRunSpace(context, item, space);
  using _waits = context.waits.subscribe(({ until, message }) =>
    emit({
      type: "waiting",
      reason: "rate-limit",
      until,
      message,
      ...byteCounts(item),
    })
  );
  const { settings } = context;
  const lanes = {
    connections: request.connections ?? settings.connections,
    maxConnections: request.connections ?? settings.maxConnections,
  };
  item.outcomes = await transferPlan(context, { pull, plan }, {
    ...lanes,
    limiter: run.limiter,
    signal,
    emit,
  });
  await register(pull);
  if (item.outcomes.length === 0 && item.reused.length === 0) return false;
  await noteFetched(context, pull.info);
  return true;
}

/** Notes the attempt; those of the dead come first, while their journals are as they left them. */
async function begin(
  context: OperationContext,
  item: PullItem,
  { pull, plan, announced }: Pick<AnnouncedWork, "pull" | "plan" | "announced">,
): Promise<void> {
  // Only when the history cannot be used; that is said when this attempt is recorded.
  await context.history().then((history) => recordInterrupted(context, history)).catch(() => {});
  const { text: reference, startedAt: startedAtMs } = item;
  const { lockPath } = announced;
  item.attempt = beginAttempt(context, { reference, startedAtMs, pull, plan, lockPath });
}

async function register(pull: ResolvedPull): Promise<void> {
  const files = pull.selection.files.map((file) => ({ ...file, hasPieces: hasPieces(file) }));
  await pull.target.register(files, pull.selection.quant);
}
