/**
 * What commands have in common that queue jobs, and that work on them.
 *
 * @module
 */
import { ModelManagerError } from "../core/base/errors.ts";
import type {
  JobRecord,
  JobResult,
  PullRequest,
  QueueAddRequest,
  QueueEvent,
} from "../core/operations/model_manager.ts";
import { exitCodeOf } from "./exit_code.ts";
import { plural } from "./output/humanize.ts";
import type { ProgressView } from "./output/progress_view.ts";
import { jobResultsDocument, queuedPullsDocument } from "./output/queue_view.ts";
import { sayTokenStays, suggestWorking, WORK_IT, workInBackground } from "./queue_background.ts";
import type { Session } from "./session.ts";

/** Shows failures of single jobs, and ends with their code. */
export function reportFailures(results: readonly JobResult[], session: Session): void {
  session.exitCode = exitCodeOf(results.map(({ error }) => error?.code));
  for (const { error } of results) if (error !== undefined) session.output.failPart(error);
}

function addedLine({ id, joined, changed, job }: JobResult): string {
  const name = job?.reference ?? id;
  if (joined !== true) return `Queued ${name} as ${id}`;
  if (job?.status === "paused") return `${name} is queued already as ${id}, and is paused`;
  if (!changed) return `${name} is queued already as ${id}`;
  return job?.attempts === 0
    ? `${name} is queued already as ${id}: now with priority ${job.priority}`
    : `Queued ${name} again as ${id}`;
}

/** Where `MM_KV_URL` is set. */
const SHARED_QUEUE =
  "Other machines use this queue, too: what a job fetches goes into the library of the machine that takes it";

/** Queues references and says what became of each; prints the ids. */
export async function addJobs(
  request: QueueAddRequest,
  document: (results: readonly JobResult[]) => object,
  session: Session,
): Promise<readonly JobResult[]> {
  const manager = await session.app();
  const results = await manager.queue.add(request);
  const { output } = session;
  if (output.mode === "events") output.jsonLine({ type: "results", ...document(results) });
  else {
    await output.result({
      json: () => document(results),
      quiet: () => results.flatMap(({ id, error }) => error === undefined ? [id] : []),
      human: () => results.flatMap((result) => result.error === undefined ? [addedLine(result)] : []),
    });
  }
  reportFailures(results, session);
  for (const { id, job } of results) {
    if (job?.status === "paused") output.suggest(`Let it go on: mm queue resume ${id}`);
  }
  const added = results.filter(({ error }) => error === undefined);
  if (added.length > 0 && manager.queue.isShared === true) output.say(SHARED_QUEUE);
  return added;
}

/** `mm queue add`. */
export async function queueDownloads(request: QueueAddRequest, session: Session): Promise<void> {
  const added = await addJobs(request, jobResultsDocument, session);
  if (added.length === 0) return;
  const { queue } = await session.app();
  const isWorked = await queue.owner() !== undefined;
  sayTokenStays(session, { isWorked });
  if (!isWorked) await suggestWorking(`Work the queue: ${WORK_IT}`, session);
}

/** `mm pull --background`. */
export async function pullInBackground(request: QueueAddRequest, session: Session): Promise<void> {
  const added = await addJobs({ ...request, background: true }, queuedPullsDocument, session);
  if (added.some(({ job }) => job?.status !== "paused")) await workInBackground(session);
}

/** The request of a pull as that of a job. */
export function toJobRequest(
  { dryRun: _, noWait: __, ...request }: PullRequest,
  priority: QueueAddRequest["priority"],
): QueueAddRequest {
  return { ...request, ...(priority === undefined ? {} : { priority }) };
}

/** Follows the jobs: their states are said, their bytes are shown. */
export class QueueFollower {
  readonly #session: Session;
  readonly #view: ProgressView;
  readonly #last = new Map<string, JobRecord["status"]>();

  constructor(session: Session, view: ProgressView) {
    this.#session = session;
    this.#view = view;
  }

  /** Takes an event in. */
  handle(event: QueueEvent): void {
    if (event.type === "job") return this.#changed(event.job, { preempted: event.preempted === true });
    // What is still on its way from one that was stopped is no news any more.
    if (this.#last.get(event.jobId) !== "downloading") return;
    // Two jobs may have the same reference: each is shown for itself.
    this.#view.handle({ ...event, reference: event.jobId });
  }

  #changed(job: JobRecord, { preempted }: { readonly preempted: boolean }): void {
    const { id, status, reference } = job;
    const before = this.#last.get(id);
    this.#last.set(id, status);
    if (before === status) return;
    const machine = job.elsewhere === true ? job.machine : undefined;
    if ((status !== "downloading" && status !== "completed") || machine !== undefined) this.#view.forget(id);
    const { output } = this.#session;
    switch (status) {
      case "downloading":
        return output.say(
          `Job ${id}: ${reference}${machine === undefined ? "" : `, on machine "${machine}"`}`,
        );
      case "completed":
        if (machine !== undefined) output.say(`Job ${id} was completed by machine "${machine}"`);
        return;
      case "paused":
        return output.say(`Job ${id} is paused; it goes on with: mm queue resume ${id}`);
      case "cancelled":
        return output.say(`Job ${id} was cancelled`);
      case "pending":
        return before === "downloading"
          ? output.say(`Job ${id} waits again${preempted ? ": another one is more urgent" : ""}`)
          : undefined;
      default:
        return undefined;
    }
  }
}

/** Says who works the queue whenever that changes, and what it means to stop here. */
export function tellOwner(session: Session): (pid: number | undefined) => void {
  const { output } = session;
  let before: number | undefined;
  return (pid) => {
    session.whenStopped = pid === undefined ? undefined : new ModelManagerError(
      "CANCELLED",
      `Stopped following; process ${pid} goes on with the queue`,
      { hints: ["See how far it is: mm queue list", "Stop what it does, too: mm queue pause all"] },
    );
    if (pid === undefined) {
      if (before !== undefined) output.say(`Process ${before} has ended; this one goes on with the queue`);
    } else if (pid !== before) output.say(`Process ${pid} works the queue; Ctrl+C leaves it at work`);
    before = pid;
  };
}

/** Says how the jobs ended; the exit code is that of what failed. */
export function reportRun(jobs: readonly JobRecord[], session: Session): void {
  const { output } = session;
  const of = (status: JobRecord["status"]): JobRecord[] => jobs.filter((job) => job.status === status);
  const [done, failed, paused] = [of("completed"), of("failed"), of("paused")];
  const completed = done.filter(({ elsewhere }) => elsewhere !== true);
  for (const { id, reference, error, elsewhere, machine } of failed) {
    if (error !== undefined) {
      output.failPart({
        ...error,
        message: `${reference}${elsewhere === true ? ` on machine "${machine}"` : ""}: ${error.message}`,
        hints: [...error.hints, `Try it again: mm queue retry ${id}`],
      });
    }
  }
  session.exitCode = exitCodeOf(
    [...done, ...failed].map(({ status, error }) =>
      status === "failed" ? error?.code ?? "FAILED" : undefined
    ),
  );
  if (completed.length > 0) output.say(`${plural(completed.length, "job")} completed`);
  if (done.length > completed.length) {
    const others = plural(done.length - completed.length, "job");
    output.say(`${others} completed by other machines: the files are in their libraries`);
  }
  const away = of("downloading").filter(({ elsewhere }) => elsewhere === true);
  if (away.length > 0) {
    const machines = [...new Set(away.map(({ machine = "" }) => `"${machine}"`))].join(", ");
    output.say(`${plural(away.length, "job")} still at work on other machines: ${machines}`);
  }
  if (paused.length > 0) output.say(`${plural(paused.length, "job")} paused`);
}
