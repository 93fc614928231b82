/**
 * One reference on its way through a pull: what is known of it, its result, its record in the history.
 *
 * @module
 */
import { type ModelManagerError, toErrorData } from "../base/errors.ts";
import { redactText, redactTyped } from "../base/redact.ts";
import { parseReference, webHosts } from "../base/reference.ts";
import type { FileEvent, ReferenceEvent } from "../download/events.ts";
import type { FileOutcome } from "../download/file_task.ts";
import type { OperationContext } from "./context.ts";
import type { PullResult } from "./model_manager.ts";
import type { PullPlan, ResolvedPull } from "./pull_plan.ts";

/** A reference on its way. */
export interface PullItem {
  /** As it was typed, without secrets: it is shown and recorded. */
  readonly text: string;
  /** In milliseconds since 1970, and on the monotonic clock. */
  readonly startedAt: number;
  readonly startedMonotonic: number;
  readonly tally: TransferTally;
  pull?: ResolvedPull;
  plan?: PullPlan;
  outcomes: readonly FileOutcome[];
  error?: ModelManagerError;
  /** What is here of it, when the Hub may not be asked. */
  local?: LocalPull;
}

/** A reference that is in place, as the registry knows. */
export interface LocalPull {
  readonly repo: string;
  readonly commit: string;
  /** Absolute. */
  readonly paths: readonly string[];
  readonly sizeBytes: number;
}

/** Begins with a reference. */
export function startItem(context: Pick<OperationContext, "clock">, text: string): PullItem {
  const { clock } = context;
  return {
    text: redactTyped(text),
    startedAt: clock.now(),
    startedMonotonic: clock.monotonic(),
    tally: new TransferTally(),
    outcomes: [],
  };
}

/** Counts what a transfer moves, from its events: right also when it fails half-way. */
export class TransferTally {
  readonly #received = new Map<string, number>();
  readonly #resumed = new Map<string, number>();
  readonly #finished = new Set<string>();
  #retries = 0;

  /** Takes an event in. */
  count(event: FileEvent | ReferenceEvent): void {
    if (!("file" in event)) return;
    if (event.type === "started") this.#resumed.set(event.file, event.resumedBytes);
    if (event.type === "retrying") this.#retries++;
    if (event.type === "finished") this.#finished.add(event.file);
    this.#received.set(event.file, event.receivedBytes);
  }

  /** Whether a file has got its final name. */
  isFinished(path: string): boolean {
    return this.#finished.has(path);
  }

  /** Bytes there of all files, those of earlier runs included. */
  get receivedBytes(): number {
    return sum(this.#received.values());
  }

  /** Bytes kept from earlier runs. */
  get resumedBytes(): number {
    return sum(this.#resumed.values());
  }

  /** Tries after a failure. */
  get retries(): number {
    return this.#retries;
  }
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Bytes that came over the network: exact for what is finished, else as far as events told. */
function fetchedBytes(item: PullItem): number {
  if (item.outcomes.length > 0) return sum(item.outcomes.map((outcome) => outcome.bytesFetched));
  return Math.max(0, item.tally.receivedBytes - item.tally.resumedBytes);
}

/** What the caller is told of a reference. */
export function pullResult(
  context: Pick<OperationContext, "clock" | "endpoint">,
  item: PullItem,
  status: PullResult["status"],
): PullResult {
  const { pull, plan, error, local } = item;
  const pulled = pull?.selection.files.map((file) => pull.target.pathOf(file.path)) ?? local?.paths ?? [];
  return {
    reference: item.text,
    repo: pull?.info.repo ?? local?.repo ?? repoOf(item.text, context.endpoint),
    commit: pull?.info.commit ?? local?.commit,
    status,
    paths: status === "failed" ? [] : pulled,
    bytesFetched: fetchedBytes(item),
    bytesResumed: item.tally.resumedBytes,
    bytesTotal: plan?.download.totalBytes ?? local?.sizeBytes ?? 0,
    elapsedMs: Math.round(context.clock.monotonic() - item.startedMonotonic),
    ...(error === undefined ? {} : { error: toErrorData(error) }),
  };
}

function repoOf(text: string, endpoint: string): string {
  try {
    return parseReference(text, { hosts: webHosts(endpoint) }).repo;
  } catch {
    return text;
  }
}

/** Writes one history record for the attempt. History that cannot be written is said, and fails nothing. */
export async function recordPull(context: OperationContext, item: PullItem, error?: unknown): Promise<void> {
  const failure = error === undefined ? undefined : toErrorData(error);
  if (failure?.code === "USAGE_ERROR") return;
  const { clock } = context;
  const elapsedMs = clock.monotonic() - item.startedMonotonic;
  const endedAt = clock.now();
  // Somebody has set the clock back meanwhile: then the two times are told by the same clock, the one of now.
  const startedAt = item.startedAt <= endedAt ? item.startedAt : endedAt - elapsedMs;
  const bytesFetched = fetchedBytes(item);
  try {
    const history = await context.history();
    await history.append({
      reference: item.text,
      repo: item.pull?.info.repo ?? repoOf(item.text, context.endpoint),
      revision: item.pull?.info.revision,
      commit: item.pull?.info.commit,
      files: item.pull?.selection.files.map((file) => file.path) ?? [],
      status: failure === undefined ? "completed" : failure.code === "CANCELLED" ? "cancelled" : "failed",
      bytesFetched,
      bytesResumed: item.tally.resumedBytes,
      averageBytesPerSecond: elapsedMs > 0 ? Math.round((bytesFetched / elapsedMs) * 1000) : 0,
      retries: item.tally.retries,
      startedAt: new Date(startedAt).toISOString(),
      endedAt: new Date(endedAt).toISOString(),
      ...(failure === undefined
        ? {}
        : { error: { code: failure.code, message: redactText(failure.message) } }),
    });
  } catch (cause) {
    context.notices.emit(`The history could not be written: ${toErrorData(cause).message}`);
  }
}
