/**
 * The process that works the queue in the background: started, heard of, and what it left.
 *
 * @module
 */
import type { BackgroundRun, JobRecord, JobResult, SilentOwner } from "../core/operations/model_manager.ts";
import { EXIT_CODES } from "./exit_code.ts";
import { formatDateAge, plural } from "./output/humanize.ts";
import type { Session } from "./session.ts";

/** How long a process may take to be there: Deno has to start, on a busy machine too. */
const START_LIMIT_MS = 10_000;
const START_LOOK_MS = 50;

/** A token is for the process that it was given to: it is never written down. */
export function sayTokenStays(session: Session): void {
  if (session.globals.token === undefined) return;
  session.output.warn("The token is not kept with the job: the process that works the queue uses its own");
  session.output.suggest("Store it for all: mm login");
}

/** What to type when nobody works the queue. */
export const WORK_IT = "mm queue run, or in the background: mm queue run --background";

/** Says that the process which has the queue does not answer. */
export function saySilentOwner({ pid, isSuspended, hints }: SilentOwner, { output }: Session): void {
  const doubt = isSuspended === undefined ? " (suspended?)" : "";
  output.warn(
    `Process ${pid} holds the queue, but ${
      isSuspended === true ? "is suspended" : `does not answer${doubt}`
    }`,
  );
  for (const hint of hints) output.suggest(hint);
}

/**
 * Says what to type where nobody answers who works the queue, or what is the matter with the process that should.
 *
 * @param hint Where nobody is there at all.
 */
export async function suggestWorking(hint: string, session: Session): Promise<void> {
  const { queue } = await session.app();
  const silent = await queue.silentOwner();
  if (silent === undefined) session.output.suggest(hint);
  else saySilentOwner(silent, session);
}

/**
 * Makes sure that somebody works the queue, and says so.
 *
 * @returns the number of the process; `undefined` when nobody could be started, or it has ended already.
 */
export async function workInBackground(session: Session): Promise<number | undefined> {
  const { output } = session;
  const manager = await session.app();
  const owner = await manager.queue.owner();
  if (owner !== undefined) {
    sayTokenStays(session);
    output.say(`Process ${owner.pid} works the queue`);
    output.suggest("Follow it: mm queue run, or look at it: mm queue list");
    return owner.pid;
  }
  const silent = await manager.queue.silentOwner();
  // Any other one that is silent is about to answer, or to make room.
  if (silent?.isSuspended === true) {
    saySilentOwner(silent, session);
    session.exitCode = EXIT_CODES.LOCKED;
    return undefined;
  }
  const sinceMs = session.clock.now();
  if (!await session.startInBackground(["queue", "run", "--detached"])) {
    output.warn("Nothing can be started in the background: that needs deno run -A");
    output.suggest("Work the queue here: mm queue run");
    return undefined;
  }
  return await awaitStart(sinceMs, session);
}

/** A process that cannot even begin is to be heard of now, not when somebody wonders. */
async function awaitStart(sinceMs: number, session: Session): Promise<number | undefined> {
  const { output, clock, signal } = session;
  const { queue } = await session.app();
  for (const startMs = clock.monotonic(); clock.monotonic() - startMs < START_LIMIT_MS;) {
    const owner = await queue.owner();
    const run = owner === undefined ? await queue.lastBackgroundRun() : undefined;
    const ended = run?.endedAt !== undefined && Date.parse(run.startedAt) >= sinceMs;
    if (owner !== undefined || (ended && run.error === undefined)) {
      output.say(`Downloading in the background${owner === undefined ? "" : `, process ${owner.pid}`}`);
      output.suggest("Follow it: mm queue run, or look at it: mm queue list");
      return owner?.pid;
    }
    if (ended) {
      sayBackgroundEnd(run, session);
      session.exitCode = EXIT_CODES[run.error?.code ?? "FAILED"];
      return undefined;
    }
    await clock.sleep(START_LOOK_MS, { signal });
  }
  output.warn(`The process in the background has not answered for ${START_LIMIT_MS / 1000} s`);
  output.suggest("See whether it is at work: mm queue list");
  return undefined;
}

/** Says how the process in the background ended, when that is not how it should. */
export function sayBackgroundEnd(run: BackgroundRun, session: Session): void {
  const { output, clock } = session;
  const { pid, startedAt, endedAt, error, logPath } = run;
  if (error?.code === "CANCELLED" || (endedAt !== undefined && error === undefined)) return;
  const what = error === undefined
    ? "was killed or has crashed"
    : `failed ${formatDateAge(endedAt, clock.now())}: ${error.message}`;
  output.warn(
    `The process in the background (${pid}, begun ${formatDateAge(startedAt, clock.now())}) ${what}`,
  );
  for (const hint of error?.hints ?? []) output.suggest(hint);
  output.suggest(`See what happened: cat "${logPath}"`);
}

/** Says why there was nothing to do. */
export async function sayNothingToDo(session: Session): Promise<void> {
  const { output } = session;
  const { queue } = await session.app();
  const jobs = output.mode === "human" ? await queue.list() : [];
  const count = (status: JobRecord["status"]): number => jobs.filter((job) => job.status === status).length;
  const [paused, failed] = [count("paused"), count("failed")];
  output.say("Nothing in the queue waits to be downloaded");
  if (paused > 0) output.suggest(`Let ${plural(paused, "paused job")} go on: mm queue resume all`);
  if (failed > 0) output.suggest(`Try ${plural(failed, "failed job")} again: mm queue retry all`);
  if (paused + failed === 0) output.suggest("Queue a download: mm queue add REF");
}

/** `mm queue run --background`. */
export async function runInBackground(session: Session): Promise<void> {
  const { queue } = await session.app();
  const { output } = session;
  const jobs = await queue.list();
  const open = jobs.some(({ status }) => status === "pending" || status === "downloading");
  const pid = open ? await workInBackground(session) : undefined;
  const document = { owner: pid === undefined ? null : { pid } };
  if (output.mode === "events") return output.jsonLine({ type: "owner", ...document });
  await output.result({ json: () => document, quiet: () => [], human: () => [] });
  if (!open) await sayNothingToDo(session);
}

/** After jobs have been let go on: what was to be done in the background is, the rest needs somebody to do it. */
export async function workResumed(results: readonly JobResult[], session: Session): Promise<void> {
  const waiting = results.filter(({ changed, job }) => changed && job?.status === "pending");
  if (waiting.length === 0) return;
  const { queue } = await session.app();
  if (await queue.owner() !== undefined) return;
  const failures = session.exitCode;
  if (waiting.some(({ job }) => job?.background === true)) await workInBackground(session);
  else await suggestWorking(`Nobody works the queue. Work it: ${WORK_IT}`, session);
  if (failures !== 0) session.exitCode = failures;
}
