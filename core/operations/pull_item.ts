/**
 * One reference on its way through a pull: what is known of it, its result, its record in the history.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { type ErrorData, type ModelManagerError, toErrorData } from "../base/errors.ts";
import { redactText, redactTyped } from "../base/redact.ts";
import { parseReference, webHosts } from "../base/reference.ts";
import type { FileEvent, ReferenceEvent } from "../download/events.ts";
import type { FileOutcome } from "../download/file_task.ts";
import { isReused } from "../download/plan.ts";
import type { HistoryRecord } from "../state/history_record.ts";
import { type Attempt, writeRecord } from "./attempt.ts";
import type { OperationContext } from "./context.ts";
import type { PullResult } from "./model_manager.ts";
import { PeakSpeed } from "./peak_speed.ts";
import type { PullPlan, ResolvedPull } from "./pull_plan.ts";
import type { ReusedFile } from "./pull_request.ts";

/** A reference on its way. */
export interface PullItem {
  /** As it was typed, without secrets: it is shown and recorded. */
  readonly text: string;
  /** In milliseconds since 1970, and on the monotonic clock. */
  startedAt: number;
  startedMonotonic: number;
  /** Since when it has been waiting for the references before it, on the monotonic clock. */
  waitingSince?: number | undefined;
  readonly tally: TransferTally;
  pull?: ResolvedPull;
  plan?: PullPlan;
  outcomes: readonly FileOutcome[];
  /** What was taken from elsewhere on this machine. */
  readonly reused: ReusedFile[];
  error?: ModelManagerError;
  /** Set once its bytes are being moved. */
  attempt?: Attempt;
  /** Whether its record has been written: it gets one, whatever comes after. */
  recorded: boolean;
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
    tally: new TransferTally(clock),
    outcomes: [],
    reused: [],
    recorded: false,
  };
}

/** It is planned, and its turn comes after others. */
export function beginWait({ clock }: Pick<OperationContext, "clock">, item: PullItem): void {
  item.waitingSince = clock.monotonic();
}

/** It is its turn. The time in which others were fetched is no part of what it took. */
export function endWait({ clock }: Pick<OperationContext, "clock">, item: PullItem): void {
  if (item.waitingSince === undefined) return;
  const waitedMs = clock.monotonic() - item.waitingSince;
  item.startedAt += waitedMs;
  item.startedMonotonic += waitedMs;
  item.waitingSince = undefined;
}

/** Counts what a transfer moves, from its events: right also when it fails half-way. */
export class TransferTally {
  readonly #received = new Map<string, number>();
  readonly #resumed = new Map<string, number>();
  readonly #reused = new Map<string, number>();
  readonly #finished = new Set<string>();
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #peak = new PeakSpeed();
  #receivedBytes = 0;
  #resumedBytes = 0;
  #reusedBytes = 0;
  #retries = 0;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Takes an event in. */
  count(event: FileEvent | ReferenceEvent): void {
    if (!("file" in event)) return;
    const { file, receivedBytes } = event;
    if (event.type === "started") {
      this.#resumedBytes += event.resumedBytes - (this.#resumed.get(file) ?? 0);
      this.#resumed.set(file, event.resumedBytes);
      // A copy that was of no use counts no more: the file is begun once more, and fetched.
      const reusedBytes = event.from === undefined ? 0 : event.resumedBytes;
      this.#reusedBytes += reusedBytes - (this.#reused.get(file) ?? 0);
      this.#reused.set(file, reusedBytes);
    }
    if (event.type === "retrying") this.#retries++;
    if (event.type === "finished") this.#finished.add(file);
    this.#receivedBytes += receivedBytes - (this.#received.get(file) ?? 0);
    this.#received.set(file, receivedBytes);
    this.#peak.add(this.#clock.monotonic(), this.#receivedBytes - this.heldBytes);
  }

  /** Whether a file has got its final name. */
  isFinished(path: string): boolean {
    return this.#finished.has(path);
  }

  /** Bytes there of all files, those of earlier runs included. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Bytes that were not fetched: kept from earlier runs, or from elsewhere on this machine. */
  get heldBytes(): number {
    return this.#resumedBytes;
  }

  /** Bytes kept from earlier runs. */
  get resumedBytes(): number {
    return this.#resumedBytes - this.#reusedBytes;
  }

  /** Tries after a failure. */
  get retries(): number {
    return this.#retries;
  }

  /** The most in any second; 0 for what took less than one. */
  get peakBytesPerSecond(): number {
    return this.#peak.bytesPerSecond;
  }
}

/** Bytes that came over the network: exact for what is finished, else as far as events told. */
function fetchedBytes(item: PullItem): number {
  if (item.outcomes.length > 0) return item.outcomes.reduce((sum, outcome) => sum + outcome.bytesFetched, 0);
  return Math.max(0, item.tally.receivedBytes - item.tally.heldBytes);
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
    ...reusedFields(status === "planned" ? plannedCopies(plan) : item.reused),
    bytesTotal: plan?.download.totalBytes ?? local?.sizeBytes ?? 0,
    elapsedMs: Math.round(context.clock.monotonic() - item.startedMonotonic),
    ...(error === undefined ? {} : { error: toErrorData(error) }),
  };
}

/** What the caller is told of a reference that was only looked at. */
export function planResult(
  context: Pick<OperationContext, "clock" | "endpoint">,
  item: PullItem,
): PullResult {
  const download = item.plan?.download;
  const isHere = item.local !== undefined || download?.files.every(({ action }) => action === "present");
  const result = pullResult(context, item, isHere === true ? "present" : "planned");
  return { ...result, bytesToFetch: download?.fetchBytes ?? 0 };
}

/** What would be taken from elsewhere on this machine. */
function plannedCopies(plan: PullPlan | undefined): ReusedFile[] {
  return plan?.download.files.filter(isReused).flatMap(({ path, sizeBytes }) => {
    const copy = plan.facts.get(path)?.copies?.[0];
    return copy === undefined ? [] : [{ path, from: copy.path, store: copy.store, way: copy.way, sizeBytes }];
  }) ?? [];
}

function reusedFields(reused: readonly ReusedFile[]): Pick<PullResult, "bytesReused" | "reused"> {
  return reused.length === 0 ? {} : { bytesReused: sumOf(reused), reused: [...reused] };
}

function sumOf(files: readonly ReusedFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function repoOf(text: string, endpoint: string): string {
  try {
    return parseReference(text, { hosts: webHosts(endpoint) }).repo;
  } catch {
    return text;
  }
}

/** Writes the history record of the attempt, once. History that cannot be written is said, and fails nothing. */
export async function recordPull(context: OperationContext, item: PullItem, error?: unknown): Promise<void> {
  if (item.recorded) return;
  item.recorded = true;
  const failure = error === undefined ? undefined : toErrorData(error);
  if (failure?.code === "USAGE_ERROR") return;
  const record = recordOf(context, item, failure);
  await (item.attempt === undefined ? writeRecord(context, record) : item.attempt.record(record));
}

function recordOf(
  context: Pick<OperationContext, "clock" | "endpoint">,
  item: PullItem,
  failure: ErrorData | undefined,
): Omit<HistoryRecord, "id"> {
  const { clock } = context;
  const elapsedMs = clock.monotonic() - item.startedMonotonic;
  const endedAt = clock.now();
  // Somebody has set the clock back meanwhile: then the two times are told by the same clock, the one of now.
  const startedAt = item.startedAt <= endedAt ? item.startedAt : endedAt - elapsedMs;
  const bytesFetched = fetchedBytes(item);
  const averageBytesPerSecond = elapsedMs > 0 ? Math.round((bytesFetched / elapsedMs) * 1000) : 0;
  return {
    reference: item.text,
    repo: item.pull?.info.repo ?? repoOf(item.text, context.endpoint),
    revision: item.pull?.info.revision,
    commit: item.pull?.info.commit,
    files: item.pull?.selection.files.map((file) => file.path) ?? [],
    status: failure === undefined ? "completed" : failure.code === "CANCELLED" ? "cancelled" : "failed",
    bytesFetched,
    bytesResumed: item.tally.resumedBytes,
    ...(item.reused.length === 0 ? {} : { bytesReused: sumOf(item.reused) }),
    averageBytesPerSecond,
    peakBytesPerSecond: Math.max(Math.round(item.tally.peakBytesPerSecond), averageBytesPerSecond),
    retries: item.tally.retries,
    startedAt: new Date(startedAt).toISOString(),
    endedAt: new Date(endedAt).toISOString(),
    ...(failure === undefined ? {} : { error: { code: failure.code, message: redactText(failure.message) } }),
  };
}
