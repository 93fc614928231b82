/**
 * Pull: resolve → plan → check the space → transfer → register → record.
 *
 * @module
 */
import { isModelManagerError, type ModelManagerError, toErrorData } from "../base/errors.ts";
import { streamedRun } from "../base/streamed_run.ts";
import type { DownloadEvent } from "../download/events.ts";
import { isFetched } from "../download/plan.ts";
import { checkPullRequest } from "./check_request.ts";
import type { OperationContext } from "./context.ts";
import type { CallOptions, PullRequest, PullResult } from "./model_manager.ts";
import { Outage } from "./outage.ts";
import { reusePlan } from "./pull_copies.ts";
import { planPull, resolvePull } from "./pull_plan.ts";
import { plannedEvent } from "./pull_planned.ts";
import { findLocally } from "./pull_offline.ts";
import { beginWait, endWait, planResult, type PullItem, pullResult, startItem } from "./pull_item.ts";
import { cleanUpAfterPull, fitIntoQuota } from "./pull_quota.ts";
import { transferLocked } from "./pull_reference.ts";
import {
  byteCounts,
  emitFor,
  type PlanningRun,
  record,
  type ResolveReference,
  type Run,
  targetFolder,
  totalBytes,
} from "./pull_run.ts";
import { refuseWhatDoesNotFit } from "./pull_space.ts";

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
