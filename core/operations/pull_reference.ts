/**
 * Fetches what is missing of one reference, in sight of other processes: announce → lock → look again → transfer →
 * register.
 *
 * @module
 */
import type { FileEvent, ReferenceEvent } from "../download/events.ts";
import { isWholeFile } from "../download/segment_plan.ts";
import { beginAttempt, recordInterrupted } from "./attempt.ts";
import type { OperationContext } from "./context.ts";
import { reusePlan } from "./pull_copies.ts";
import type { PullFileFacts } from "./pull_facts.ts";
import { type PullItem, recordPull } from "./pull_item.ts";
import { lockFiles, type PullLocks } from "./pull_locks.ts";
import { planPull, type PullPlan, type ResolvedPull } from "./pull_plan.ts";
import type { ReusedFile } from "./pull_request.ts";
import { reuseCopies } from "./pull_reuse.ts";
import { byteCounts, emitFor, type Run, targetFolder } from "./pull_run.ts";
import { checkRunSpace, claimedFiles, explainDiskFailure } from "./pull_space.ts";
import type { OutsideLocks } from "./pull_target.ts";
import { hasPieces, transferPlan } from "./pull_transfer.ts";
import { type AnnouncedRun, announceRun } from "./run_claim.ts";
import { noteFetched } from "./update_notes.ts";

function missingFiles({ download, facts }: PullPlan): PullFileFacts[] {
  return download.files.filter((file) => file.action !== "present").flatMap((file) =>
    facts.get(file.path) ?? []
  );
}

/**
 * Fetches what is missing, and registers what is there.
 *
 * @param waiting References that come after it: they want their space, too.
 * @returns whether anything was moved.
 */
export async function transferLocked(
  run: Run,
  item: PullItem,
  waiting: readonly PullItem[],
): Promise<boolean> {
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
