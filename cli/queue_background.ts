/**
 * The process that works the queue in the background: started, heard of, and what it left.
 *
 * @module
 */
import type { BackgroundRun, JobRecord, JobResult, SilentOwner } from "../core/operations/model_manager.ts";
import { EXIT_CODES } from "./exit_code.ts";
import { formatDateAge, plural } from "./output/humanize.ts";
import { silentOwnerText, startQueueWork } from "./queue_start.ts";
import type { Session } from "./session.ts";

/** A token is for the process that it was given to: it is never written down. */
export const TOKEN_STAYS = {
  message: "The token is not kept with the job: the process that works the queue uses its own",
  hint: "Store it for all: mm login",
} as const;

/** Where the Hub's tools look first. */
const TOKEN_VARIABLES = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"];

/**
 * Says so where a token was given.
 *
 * @param options.isWorked A process works the queue that was there before: it does not know our variables, either.
 */
export function sayTokenStays(session: Session, options: { readonly isWorked: boolean }): void {
  const { globals, output, environment } = session;
  if (globals.token !== undefined) {
    output.warn(TOKEN_STAYS.message);
    output.suggest(TOKEN_STAYS.hint);
    return;
  }
  const variable = TOKEN_VARIABLES.find((name) => (environment[name] ?? "").trim() !== "");
  if (variable === undefined || !options.isWorked) return;
  output.say(
    `The token in ${variable} is not kept with the job: the process that works the queue uses its own`,
  );
  output.suggest("When it has none, store yours for all: mm login");
}

/** What to type when nobody works the queue. */
export const WORK_IT = "mm queue run, or in the background: mm queue run --background";

/** Says that the process which has the queue does not answer. */
export function saySilentOwner(owner: SilentOwner, { output }: Session): void {
  output.warn(silentOwnerText(owner));
  for (const hint of owner.hints) output.suggest(hint);
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
  const { output, clock, signal } = session;
  const { queue } = await session.app();
  const start = await startQueueWork(queue, {
    clock,
    signal,
    start: (args) => session.startInBackground(args),
  });
  switch (start.kind) {
    case "working":
      if (start.isNew) output.say(`Downloading in the background, process ${start.pid}`);
      else {
        sayTokenStays(session, { isWorked: true });
        output.say(`Process ${start.pid} works the queue`);
      }
      output.suggest("Follow it: mm queue run, or look at it: mm queue list");
      return start.pid;
    case "done":
      output.say("Downloading in the background");
      output.suggest("Follow it: mm queue run, or look at it: mm queue list");
      return undefined;
    case "suspended":
      saySilentOwner(start.owner, session);
      session.exitCode = EXIT_CODES.LOCKED;
      return undefined;
    case "failed":
      sayBackgroundEnd(start.run, session);
      session.exitCode = EXIT_CODES[start.run.error?.code ?? "FAILED"];
      return undefined;
    default:
      output.warn(start.message);
      for (const hint of start.hints) output.suggest(hint);
      return undefined;
  }
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
