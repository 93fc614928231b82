/**
 * What a run of a schedule does: it pulls references, or makes the library match the manifest.
 *
 * @module
 */
import type { ErrorData } from "../base/errors.ts";
import type { JobPlaces } from "../jobs/job_places.ts";
import type { ScheduledWork, WorkOnSchedule, WorkResult } from "../jobs/schedule_runner.ts";
import type { ScheduleCounts } from "../state/schedule_record.ts";
import type { OperationContext } from "./context.ts";
import type { PullResult } from "./model_manager.ts";
import { pull, type PullOptions } from "./pull.ts";

/** What a run that has no references does. */
export type SyncManifest = (
  work: Pick<ScheduledWork, "manifest" | "limitBytesPerSecond"> & ScheduleTurns,
  call: Parameters<WorkOnSchedule>[1],
) => Promise<{ readonly results: readonly SyncedReference[]; readonly warning?: string | undefined }>;

/** How many references are fetched at once, and when it is their turn. */
type ScheduleTurns = Required<Pick<PullOptions, "admit">> & { readonly maxConcurrent: number };

/** Without a number of its own, a schedule takes the places that it can get. */
const MOST_AT_ONCE = 64;

/** What became of one model of the manifest. */
export type SyncedReference = Pick<PullResult, "status" | "bytesFetched" | "error">;

function countOf(results: readonly SyncedReference[], status: PullResult["status"]): number {
  return results.filter((result) => result.status === status).length;
}

/** Results as they are noted down. */
export function toWorkResult(results: readonly SyncedReference[], warning?: string): WorkResult {
  const counts: ScheduleCounts = {
    downloaded: countOf(results, "downloaded"),
    present: countOf(results, "present"),
    failed: countOf(results, "failed"),
    bytesFetched: results.reduce((sum, { bytesFetched }) => sum + bytesFetched, 0),
  };
  const unsaid: ErrorData = {
    code: "FAILED",
    message: "It failed without saying why",
    hints: [],
    causes: [],
  };
  const failures = results.flatMap(({ status, error }) => status === "failed" ? [error ?? unsaid] : []);
  return { counts, failures, ...(warning === undefined ? {} : { warning }) };
}

/** Pulls them in their order, several of them at once. */
async function pullAll(
  context: OperationContext,
  { references, limitBytesPerSecond, maxConcurrent, admit }: ScheduledWork & ScheduleTurns,
  { signal, onEvent }: Parameters<WorkOnSchedule>[1],
): Promise<readonly PullResult[]> {
  const limit = limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond };
  const events = pull(context, { references, ...limit }, { signal, maxConcurrent, admit });
  let next = await events.next();
  for (; next.done !== true; next = await events.next()) onEvent(next.value);
  return next.value;
}

/** The work of schedules. They share places with the queue. */
export function scheduleWork(
  context: OperationContext,
  options: { readonly places: JobPlaces; readonly sync: SyncManifest },
): WorkOnSchedule {
  return async (request, call) => {
    const { maxConcurrent: own } = request;
    const admit = (signal: AbortSignal): Promise<Disposable> => options.places.enter({ signal, own });
    const work = { ...request, maxConcurrent: own ?? MOST_AT_ONCE, admit };
    if (work.references.length > 0) return toWorkResult(await pullAll(context, work, call));
    const { results, warning } = await options.sync(work, call);
    return toWorkResult(results, warning);
  };
}
