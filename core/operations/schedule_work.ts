/**
 * What a run of a schedule does: it pulls references, or makes the library match the manifest.
 *
 * @module
 */
import type { ErrorData } from "../base/errors.ts";
import type { ScheduledWork, WorkOnSchedule, WorkResult } from "../jobs/schedule_runner.ts";
import type { ScheduleCounts } from "../state/schedule_record.ts";
import type { OperationContext } from "./context.ts";
import type { PullResult } from "./model_manager.ts";
import { pull } from "./pull.ts";

/** What a run that has no references does. */
export type SyncManifest = (
  work: Pick<ScheduledWork, "manifest" | "limitBytesPerSecond" | "maxConcurrent">,
  call: Parameters<WorkOnSchedule>[1],
) => Promise<readonly SyncedReference[]>;

/** What became of one model of the manifest. */
export type SyncedReference = Pick<PullResult, "status" | "bytesFetched" | "error">;

function countOf(results: readonly SyncedReference[], status: PullResult["status"]): number {
  return results.filter((result) => result.status === status).length;
}

/** Results as they are noted down. */
export function toWorkResult(results: readonly SyncedReference[]): WorkResult {
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
  return { counts, failures };
}

/** Pulls them in their order, several of them at once. */
async function pullAll(
  context: OperationContext,
  { references, limitBytesPerSecond, maxConcurrent }: ScheduledWork,
  { signal, onEvent }: Parameters<WorkOnSchedule>[1],
): Promise<readonly PullResult[]> {
  const limit = limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond };
  const events = pull(context, { references, ...limit }, { signal, maxConcurrent });
  let next = await events.next();
  for (; next.done !== true; next = await events.next()) onEvent(next.value);
  return next.value;
}

/** The work of schedules; what a schedule does not say itself is as in `options`. */
export function scheduleWork(
  context: OperationContext,
  options: { readonly maxConcurrent: number; readonly sync: SyncManifest },
): WorkOnSchedule {
  return async (request, call) => {
    const work = { ...request, maxConcurrent: request.maxConcurrent ?? options.maxConcurrent };
    const results = work.references.length === 0
      ? await options.sync(work, call)
      : await pullAll(context, work, call);
    return toWorkResult(results);
  };
}
