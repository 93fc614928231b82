/**
 * Attempts in the history: noted when they begin, so that one whose process was killed is recorded by the next one
 * that looks, and recorded when they end, each exactly once.
 *
 * An attempt holds the lock of its run until its record is written. Whoever finds it noted and its lock free knows
 * that its process has died.
 *
 * @module
 */
import { join } from "node:path";
import { totalLength } from "../base/byte_range.ts";
import type { Clock } from "../base/clock.ts";
import { toErrorData } from "../base/errors.ts";
import { parseJournal } from "../download/journal.ts";
import { isFetched } from "../download/plan.ts";
import { isWholeFile } from "../download/segment_plan.ts";
import { readTextFileIfExists } from "../platform/atomic_file.ts";
import { fileFacts } from "../platform/directory.ts";
import { hostname } from "../platform/environment.ts";
import { acquireFileLock } from "../platform/file_lock.ts";
import { findLockHolder } from "../platform/lock_state.ts";
import type { HistoryStore } from "../state/history.ts";
import { isSameInstallation } from "../state/installation.ts";
import type { HistoryRecord } from "../state/history_record.ts";
import type { AttemptFile, OpenAttempt, OpenAttemptEntry } from "../state/open_attempt.ts";
import type { OperationContext } from "./context.ts";
import type { PullPlan, ResolvedPull } from "./pull_plan.ts";

type AttemptContext = Pick<OperationContext, "clock" | "history" | "notices">;

/** In a store that machines share, one that has been silent for so long is taken for gone. */
const OTHER_HOST_LIMIT_MS = 30 * 86_400_000;

/** An attempt that has begun. */
export interface Attempt {
  /** Ends it with its record. History that cannot be written is said, and fails nothing. */
  record(record: Omit<HistoryRecord, "id">): Promise<void>;
}

/** What is about to be attempted. */
export interface AttemptStart {
  readonly reference: string;
  readonly startedAtMs: number;
  readonly pull: ResolvedPull;
  readonly plan: PullPlan;
  /** Absolute: held until the attempt has ended. */
  readonly lockPath: string;
}

/** Begins an attempt: its bytes are about to be moved. They do not wait until that is noted. */
export function beginAttempt(context: AttemptContext, start: AttemptStart): Attempt {
  const noted = note(context, start).catch(() => undefined);
  return { record: (record) => writeRecord(context, record, noted) };
}

/** Records an attempt, which may have been noted. History that cannot be written is said, and fails nothing. */
export async function writeRecord(
  context: AttemptContext,
  record: Omit<HistoryRecord, "id">,
  noted?: Promise<OpenAttemptEntry | undefined>,
): Promise<void> {
  try {
    const history = await context.history();
    const entry = await noted;
    if (entry === undefined) await history.append(record);
    // Where somebody took us for dead and has recorded that, it stays: one attempt, one record.
    else await history.close(entry, record);
  } catch (cause) {
    context.notices.emit(`The history could not be written: ${toErrorData(cause).message}`);
  }
}

async function note(context: AttemptContext, start: AttemptStart): Promise<OpenAttemptEntry> {
  const { reference, startedAtMs, pull, plan, lockPath } = start;
  const { repo, revision, commit } = pull.info;
  const names = pull.selection.files.map((file) => file.path);
  const [first = ""] = names;
  const history = await context.history();
  return await history.open({
    id: crypto.randomUUID(),
    lockPath,
    host: hostname(),
    ...(history.installation === undefined ? {} : { installation: history.installation }),
    reference,
    repo,
    revision,
    commit,
    names,
    folder: pull.target.pathOf(first).slice(0, -first.length),
    files: attemptFiles(plan),
    startedAt: new Date(startedAtMs).toISOString(),
  });
}

function attemptFiles({ download, facts }: PullPlan): AttemptFile[] {
  // What is taken from elsewhere on this machine is there in a moment, and nothing of it is fetched.
  return download.files.filter(isFetched).map((file) => {
    const { path: name, sizeBytes } = file;
    const journalPath = isWholeFile(sizeBytes) ? undefined : facts.get(name)?.staged.journalPath;
    return {
      name,
      sizeBytes,
      keptBytes: file.action === "resume" ? file.keptBytes : 0,
      ...(journalPath === undefined ? {} : { journalPath }),
    };
  });
}

/** Records the attempts whose processes have died, each once, whoever looks. */
export async function recordInterrupted(
  { clock }: Pick<OperationContext, "clock">,
  history: HistoryStore,
): Promise<void> {
  for (const entry of await history.openAttempts()) {
    const { startedAt, lockPath } = entry.attempt;
    if (history.isShared && !isOurs(entry.attempt, history)) {
      if (clock.now() - Date.parse(startedAt) < OTHER_HOST_LIMIT_MS) continue;
    } else if (await isHeld(lockPath, clock)) continue;
    await history.close(entry, await interruptedRecord(clock, entry.attempt));
  }
}

/** Only of this installation a lock can be looked for: another one's has the same path on another disk. */
function isOurs(attempt: OpenAttempt, { installation }: HistoryStore): boolean {
  return installation !== undefined && isSameInstallation(attempt, { installation, host: hostname() });
}

/** Looking is not enough where a lock that is held cannot be read, as on Windows. */
async function isHeld(lockPath: string, clock: Clock): Promise<boolean> {
  try {
    if (await findLockHolder(lockPath, clock) !== undefined) return true;
    if (await fileFacts(lockPath) === undefined) return false;
    await using _lock = await acquireFileLock(lockPath, { clock });
    return false;
  } catch {
    // Where nobody may look, nobody is dead.
    return true;
  }
}

/** What can be told of an attempt by what it has left. */
async function interruptedRecord(clock: Clock, attempt: OpenAttempt): Promise<Omit<HistoryRecord, "id">> {
  const { reference, repo, revision, commit, names, startedAt } = attempt;
  const startedAtMs = Date.parse(startedAt);
  const { folder } = attempt;
  const look = (file: AttemptFile) => traceOf(file, { folder, startedAtMs }).catch(() => NO_TRACE);
  const traces = await Promise.all(attempt.files.map(look));
  const bytesFetched = traces.reduce((sum, trace) => sum + trace.fetchedBytes, 0);
  const lastSeenMs = Math.max(startedAtMs, ...traces.map((trace) => trace.seenAtMs));
  const endedAtMs = Math.min(lastSeenMs, Math.max(startedAtMs, clock.now()));
  const seconds = (endedAtMs - startedAtMs) / 1000;
  const speed = seconds > 0 ? Math.round(bytesFetched / seconds) : 0;
  return {
    reference,
    repo,
    revision,
    commit,
    files: names,
    status: "failed",
    bytesFetched,
    bytesResumed: attempt.files.reduce((sum, file) => sum + file.keptBytes, 0),
    averageBytesPerSecond: speed,
    peakBytesPerSecond: speed,
    retries: 0,
    startedAt,
    endedAt: new Date(endedAtMs).toISOString(),
    error: { code: "FAILED", message: "Interrupted: the process ended before the download did" },
  };
}

interface Trace {
  readonly fetchedBytes: number;
  readonly seenAtMs: number;
}

const NO_TRACE: Trace = { fetchedBytes: 0, seenAtMs: 0 };

/** How far a file has come: by its journal, or by its final name when it has got it. */
async function traceOf(
  file: AttemptFile,
  { folder, startedAtMs }: { readonly folder: string; readonly startedAtMs: number },
): Promise<Trace> {
  const { name, journalPath, sizeBytes, keptBytes } = file;
  const text = journalPath === undefined ? undefined : await readTextFileIfExists(journalPath);
  const journal = text === undefined ? undefined : parseJournal(text);
  if (journalPath !== undefined && journal !== undefined) {
    const fetchedBytes = Math.max(0, totalLength(journal.written) - keptBytes);
    return { fetchedBytes, seenAtMs: (await fileFacts(journalPath))?.modifiedAtMs ?? 0 };
  }
  const facts = await fileFacts(join(folder, ...name.split("/")));
  const isOurs = facts?.isFile === true && facts.sizeBytes === sizeBytes && facts.modifiedAtMs >= startedAtMs;
  return isOurs ? { fetchedBytes: sizeBytes - keptBytes, seenAtMs: facts.modifiedAtMs } : NO_TRACE;
}
