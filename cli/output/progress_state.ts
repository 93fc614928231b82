/**
 * Download events folded into what a screen needs: pure, with the time passed in.
 *
 * @module
 */
import type { DownloadEvent, FileEvent, PlannedFile } from "../../core/download/events.ts";
import { addSample, type SpeedWindow } from "../../core/base/speed_window.ts";

/** What is being done to a file just now. */
export type FilePhase = "connecting" | "downloading" | "retrying" | "verifying" | "publishing";

/** A file that is being worked on. */
export interface FileProgress {
  readonly reference: string;
  readonly path: string;
  readonly phase: FilePhase;
  /** On disk, earlier runs included. */
  readonly receivedBytes: number;
  readonly totalBytes: number;
  readonly resumedBytes: number;
  /** Hashed so far, while verifying. */
  readonly verifiedBytes: number;
  readonly startedAtMs: number;
  /** While retrying: which attempt, and when it starts. */
  readonly retry: { readonly attempt: number; readonly atMs: number } | undefined;
  readonly window: SpeedWindow;
}

/** Everything that a screen shows of a pull. Files that are waiting or done are kept as sums only. */
export interface ProgressState {
  readonly startedAtMs: number;
  /** Files to fetch, as planned; those that are finished are no longer among them. */
  readonly planned: ReadonlyMap<string, PlannedFile>;
  /** In the order in which they were started. */
  readonly active: ReadonlyMap<string, FileProgress>;
  readonly finishedFiles: number;
  readonly failedFiles: number;
  /** Of the files to fetch, failed ones included. */
  readonly totalFiles: number;
  readonly totalBytes: number;
  /** On disk of the files to fetch, earlier runs included. */
  readonly receivedBytes: number;
  /** Moved over the network in this run. */
  readonly fetchedBytes: number;
  readonly window: SpeedWindow;
  /** Why nothing moves; until when, in milliseconds since 1970. */
  readonly waiting: { readonly message: string; readonly untilMs: number | undefined } | undefined;
}

/** The state before the first event. */
export function startProgress(nowMs: number): ProgressState {
  return {
    startedAtMs: nowMs,
    planned: new Map(),
    active: new Map(),
    finishedFiles: 0,
    failedFiles: 0,
    totalFiles: 0,
    totalBytes: 0,
    receivedBytes: 0,
    fetchedBytes: 0,
    window: [{ atMs: nowMs, bytes: 0 }],
    waiting: undefined,
  };
}

function keyOf(reference: string, path: string): string {
  return `${reference}\0${path}`;
}

/** Whether an event is of one file. */
export function isFileEvent(event: DownloadEvent): event is FileEvent & { readonly reference: string } {
  return "file" in event;
}

function plan(state: ProgressState, reference: string, files: readonly PlannedFile[]): ProgressState {
  const wanted = files.filter(({ action }) => action !== "present");
  const sum = (of: (file: PlannedFile) => number): number =>
    wanted.reduce((total, file) => total + of(file), 0);
  return {
    ...state,
    planned: new Map([
      ...state.planned,
      ...wanted.map((file) => [keyOf(reference, file.path), file] as const),
    ]),
    totalFiles: state.totalFiles + wanted.length,
    totalBytes: state.totalBytes + sum(({ totalBytes }) => totalBytes),
    receivedBytes: state.receivedBytes + sum(({ resumedBytes }) => resumedBytes),
  };
}

/** A file that no plan has named counts from its first event on. */
function ensurePlanned(
  state: ProgressState,
  event: FileEvent & { readonly reference: string },
): ProgressState {
  if (state.planned.has(keyOf(event.reference, event.file))) return state;
  const resumedBytes = event.type === "started" ? event.resumedBytes : 0;
  const { file: path, totalBytes } = event;
  return plan(state, event.reference, [{ path, totalBytes, resumedBytes, action: "fetch" }]);
}

const PHASES: Readonly<Record<Exclude<FileEvent["type"], "finished" | "failed">, FilePhase>> = {
  started: "connecting",
  progress: "downloading",
  retrying: "retrying",
  verifying: "verifying",
  verified: "publishing",
};

function before(state: ProgressState, key: string, nowMs: number): Omit<FileProgress, "reference" | "path"> {
  const planned = state.planned.get(key);
  const bytes = planned?.resumedBytes ?? 0;
  return state.active.get(key) ?? {
    phase: "connecting",
    receivedBytes: bytes,
    totalBytes: planned?.totalBytes ?? 0,
    resumedBytes: bytes,
    verifiedBytes: 0,
    startedAtMs: nowMs,
    retry: undefined,
    window: [],
  };
}

/** Moves the sums by what changed in one file. */
function addBytes(
  state: ProgressState,
  change: { readonly receivedBytes: number; readonly resumedBytes: number },
  nowMs: number,
): ProgressState {
  const fetchedBytes = state.fetchedBytes + change.receivedBytes - change.resumedBytes;
  return {
    ...state,
    receivedBytes: state.receivedBytes + change.receivedBytes,
    fetchedBytes,
    window: addSample(state.window, { atMs: nowMs, bytes: fetchedBytes }),
  };
}

/** The retry that is still waited for: progress is told at times also when there is none. */
function retryThatWaits(
  earlier: Pick<FileProgress, "receivedBytes" | "retry">,
  event: FileEvent,
  nowMs: number,
): FileProgress["retry"] {
  const { retry, receivedBytes } = earlier;
  const isNews = event.type !== "progress" || event.receivedBytes > receivedBytes;
  return isNews || retry === undefined || nowMs >= retry.atMs ? undefined : retry;
}

function reduceFile(
  state: ProgressState,
  event: FileEvent & { readonly reference: string },
  nowMs: number,
): ProgressState {
  const key = keyOf(event.reference, event.file);
  const earlier = before(state, key, nowMs);
  const resumedBytes = event.type === "started" ? event.resumedBytes : earlier.resumedBytes;
  const receivedBytes = event.type === "finished" ? event.totalBytes : event.receivedBytes;
  const change = {
    receivedBytes: receivedBytes - earlier.receivedBytes,
    resumedBytes: resumedBytes - earlier.resumedBytes,
  };
  const next = addBytes({ ...state, waiting: undefined }, change, nowMs);
  const active = new Map(next.active);
  if (event.type === "finished" || event.type === "failed") {
    active.delete(key);
    const planned = new Map(next.planned);
    const file = planned.get(key);
    if (event.type === "finished") planned.delete(key);
    else if (file !== undefined) planned.set(key, { ...file, resumedBytes: receivedBytes });
    return event.type === "finished"
      ? { ...next, planned, active, finishedFiles: next.finishedFiles + 1 }
      : { ...next, planned, active, failedFiles: next.failedFiles + 1 };
  }
  const waits = retryThatWaits(earlier, event, nowMs);
  active.set(key, {
    reference: event.reference,
    path: event.file,
    phase: waits === undefined ? PHASES[event.type] : "retrying",
    receivedBytes,
    totalBytes: event.totalBytes,
    resumedBytes,
    verifiedBytes: event.type === "verifying" ? event.verifiedBytes : 0,
    startedAtMs: earlier.startedAtMs,
    retry: event.type === "retrying" ? { attempt: event.attempt, atMs: nowMs + event.delayMs } : waits,
    window: addSample(earlier.window, { atMs: nowMs, bytes: receivedBytes - resumedBytes }),
  });
  return { ...next, active };
}

/**
 * The state after an event.
 *
 * @param nowMs On a clock that never goes back.
 */
export function reduceProgress(state: ProgressState, event: DownloadEvent, nowMs: number): ProgressState {
  if (isFileEvent(event)) return reduceFile(ensurePlanned(state, event), event, nowMs);
  if (event.type === "planned") return plan(state, event.reference, event.files);
  if (event.type === "waiting") {
    return { ...state, waiting: { message: event.message, untilMs: event.until } };
  }
  // A reference has ended: what was active of it is no longer.
  const active = [...state.active].filter(([, file]) => file.reference !== event.reference);
  return { ...state, active: new Map(active), waiting: undefined };
}

/** The state without what is not finished of a reference: it was stopped, and may be planned anew. */
export function forgetProgress(state: ProgressState, reference: string): ProgressState {
  const planned = new Map(state.planned);
  const active = new Map(state.active);
  let { totalFiles, totalBytes, receivedBytes } = state;
  for (const [key, file] of state.planned) {
    if (!key.startsWith(keyOf(reference, ""))) continue;
    totalFiles -= 1;
    totalBytes -= file.totalBytes;
    receivedBytes -= state.active.get(key)?.receivedBytes ?? file.resumedBytes;
    planned.delete(key);
    active.delete(key);
  }
  return { ...state, planned, active, totalFiles, totalBytes, receivedBytes, waiting: undefined };
}
