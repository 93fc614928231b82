/**
 * A pull that is under way: what its steps share.
 *
 * @module
 */
import type { DownloadEvent, EventBase, FileEvent, ReferenceEvent } from "../download/events.ts";
import type { RateLimiter } from "../download/rate_limiter.ts";
import type { OperationContext } from "./context.ts";
import type { PullRequest } from "./model_manager.ts";
import type { Outage } from "./outage.ts";
import type { ReusePlan } from "./pull_copies.ts";
import { type PullItem, recordPull } from "./pull_item.ts";
import type { ResolvedPull } from "./pull_plan.ts";

/** A pull while it is planned. */
export interface PlanningRun {
  readonly context: OperationContext;
  readonly request: PullRequest;
  readonly signal: AbortSignal;
  readonly emit: (event: DownloadEvent) => void;
  readonly resolve: ResolveReference;
  readonly maxConcurrent: number;
  readonly admit: ((signal: AbortSignal) => Promise<Disposable>) | undefined;
  readonly outage: Outage;
  /** What is elsewhere on this machine, as it is when the pull begins. */
  readonly reuse: ReusePlan | undefined;
}

/** A pull that fetches. */
export interface Run extends PlanningRun {
  /** What its bytes are limited by. */
  readonly limiter: RateLimiter;
}

/** Finds out what a reference means on the Hub. */
export type ResolveReference = (
  text: string,
  options: { readonly request: PullRequest; readonly signal: AbortSignal },
) => Promise<ResolvedPull>;

/** Notes what came of a reference; a dry run attempts nothing. */
export async function record(
  { context, request }: PlanningRun,
  item: PullItem,
  error?: unknown,
): Promise<void> {
  if (!request.dryRun) await recordPull(context, item, error);
}

/** Tells of one reference. */
export function emitFor(run: PlanningRun, text: string): (event: FileEvent | ReferenceEvent) => void {
  return (event) => run.emit({ ...event, reference: text });
}

/** Where everything goes, as a person knows it. */
export function targetFolder({ context, request: { to = "library" } }: PlanningRun): string {
  if (to === "hf-cache") return context.hfCache.directory;
  return to === "library" ? context.library.modelsDir : to;
}

/** Of all files of a reference. */
export function totalBytes(item: PullItem): number {
  return item.plan?.download.totalBytes ?? 0;
}

/** Of all files of a reference: what is there, and what there will be. */
export function byteCounts(item: PullItem): EventBase {
  const { plan, tally } = item;
  const held = (plan?.download.heldBytes ?? 0) + tally.receivedBytes - tally.heldBytes;
  return { receivedBytes: Math.max(0, Math.min(held, totalBytes(item))), totalBytes: totalBytes(item) };
}
