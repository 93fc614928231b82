/**
 * `mm queue list`: the jobs, and what a person should know of those who work on them.
 *
 * @module
 */
import type { BackgroundRun, JobRecord, JobStatus } from "../core/operations/model_manager.ts";
import { plural } from "./output/humanize.ts";
import { jobColumns, queueListDocument } from "./output/queue_view.ts";
import { sayBackgroundEnd, saySilentOwner, WORK_IT } from "./queue_background.ts";
import type { Session } from "./session.ts";

/** Lists the jobs: all, or those of one status. */
export async function listQueue(status: JobStatus | undefined, session: Session): Promise<void> {
  const { queue } = await session.app();
  const all = await queue.list();
  const jobs = status === undefined ? all : all.filter((job) => job.status === status);
  const { output } = session;
  const owner = output.mode === "quiet" ? undefined : await queue.owner();
  const silent = owner === undefined && output.mode !== "quiet" ? await queue.silentOwner() : undefined;
  const background = owner === undefined && silent === undefined && output.mode !== "quiet"
    ? await queue.lastBackgroundRun()
    : undefined;
  await output.result({
    json: () =>
      queueListDocument(jobs, {
        owner: silent === undefined ? owner : { pid: silent.pid, answers: false },
        background,
      }),
    quiet: () => jobs.map(({ id }) => id),
    human: () => jobs.length === 0 ? [] : output.table(jobColumns(session.clock.now(), jobs), jobs),
  });
  if (all.length === 0) {
    output.say("The queue is empty");
    output.suggest("Queue a download: mm queue add REF");
  } else if (jobs.length === 0) output.say(`No job is ${status}`);
  if (output.mode !== "human") return;
  sayFailed(jobs, { inFull: status === "failed" }, session);
  // At its end, it is only about to go.
  const isOpen = all.some(({ status }) => status === "pending" || status === "downloading");
  if (silent !== undefined && isOpen) saySilentOwner(silent, session);
  if (silent === undefined && owner === undefined) {
    sayNobodyWorks(all, { background, isShared: queue.isShared === true }, session);
  }
}

/** The table has room for the beginnings of errors only. */
function sayFailed(
  jobs: readonly JobRecord[],
  { inFull }: { readonly inFull: boolean },
  session: Session,
): void {
  const { output } = session;
  const failed = jobs.filter(({ status }) => status === "failed");
  for (const { id, reference, error } of inFull ? failed : []) {
    if (error !== undefined) output.failPart({ ...error, message: `${id}, ${reference}: ${error.message}` });
  }
  if (failed.length === 0) return;
  output.suggest(
    inFull ? "Try them again: mm queue retry all" : "See why jobs failed: mm queue list --status failed",
  );
}

function sayNobodyWorks(
  jobs: readonly JobRecord[],
  { background, isShared }: { readonly background: BackgroundRun | undefined; readonly isShared: boolean },
  session: Session,
): void {
  const { output } = session;
  const waiting = jobs.filter(({ status }) => status === "pending").length;
  const where = isShared ? " on this machine" : "";
  if (waiting > 0) output.say(`${plural(waiting, "job")} waiting, and nobody works the queue${where}`);
  if (background !== undefined) sayBackgroundEnd(background, session);
  if (waiting > 0) output.suggest(`Work it: ${WORK_IT}`);
}
