/**
 * `mm queue`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { ModelManagerError } from "../../core/base/errors.ts";
import { meantHints } from "../../core/base/near_names.ts";
import type {
  JobPlace,
  JobPriority,
  JobRecord,
  JobResult,
  JobStatus,
  Queue,
  QueueRunOptions,
} from "../../core/operations/model_manager.ts";
import { drain } from "../drain.ts";
import { eventDocument } from "../output/documents.ts";
import { plural } from "../output/humanize.ts";
import { jobDocument, jobResultsDocument, queueDocument } from "../output/queue_view.ts";
import {
  runInBackground,
  sayNothingToDo,
  suggestWorking,
  WORK_IT,
  workResumed,
} from "../queue_background.ts";
import { listQueue } from "../queue_listing.ts";
import {
  queueDownloads,
  QueueFollower,
  reportFailures,
  reportRun,
  tellOwner,
  toJobRequest,
} from "../queue_work.ts";
import { followRateLimit } from "../follow_rate_limit.ts";
import type { Session } from "../session.ts";
import { isPriority, PRIORITIES, pullOptions, readPriority, readPullOptions } from "./pull_options.ts";

/** What each command says of a job. */
const DONE: Readonly<Record<string, readonly [changed: string, same: string]>> = {
  pause: ["Paused", "paused already"],
  resume: ["Resumed", "not paused"],
  retry: ["Queued again", "queued already"],
  cancel: ["Cancelled", "cancelled already"],
  priority: ["Changed the priority of", "of that priority already"],
  move: ["Moved", "in that place already"],
};

/** Commands after which there is something to do. */
const RESUMING = ["resume", "retry"];

function resultLine(name: string, { id, changed, job }: JobResult): string {
  const [done, same] = DONE[name] ?? ["Changed", "so already"];
  const model = job === undefined ? "" : `: ${job.reference}`;
  return changed ? `${done} ${id}${model}` : `Job ${id} is ${same}${model}`;
}

/** Shows what became of the jobs. */
async function report(name: string, results: readonly JobResult[], session: Session): Promise<void> {
  const { output } = session;
  const sound = results.filter(({ error }) => error === undefined);
  await output.result({
    json: () => jobResultsDocument(results),
    quiet: () => sound.map(({ id }) => id),
    human: () => sound.map((result) => resultLine(name, result)),
  });
  if (results.length === 0) output.say("There is no job that this could be meant for");
  reportFailures(results, session);
}

async function change(
  name: string,
  act: (queue: Queue) => Promise<readonly JobResult[]>,
  session: Session,
): Promise<void> {
  const manager = await session.app();
  const results = await act(manager.queue);
  await report(name, results, session);
  if (RESUMING.includes(name)) await workResumed(results, session);
}

async function clear(status: JobStatus | undefined, session: Session): Promise<void> {
  const manager = await session.app();
  const results = await manager.queue.clear(status === undefined ? {} : { status });
  const { output } = session;
  await output.result({
    json: () => jobResultsDocument(results),
    quiet: () => results.map(({ id }) => id),
    human: () => [],
  });
  const damaged = results.filter(({ job }) => job === undefined).length;
  const finished = results.length - damaged;
  if (damaged > 0) output.say(`Deleted ${plural(damaged, "damaged record")}`);
  if (finished > 0) output.say(`Forgot ${plural(finished, "finished job")}`);
  if (results.length > 0) return;
  output.say("No finished jobs to forget");
  output.suggest("End what is not finished first: mm queue cancel all");
}

/** Nobody sees it; what happens is in the log and in the records of the jobs. */
async function runDetached(session: Session): Promise<void> {
  const manager = await session.app();
  using _limit = followRateLimit(manager, session);
  await manager.queue.runInBackground({ signal: session.signal });
}

async function run({ takeOver }: { readonly takeOver: boolean }, session: Session): Promise<void> {
  const manager = await session.app();
  const { output, signal } = session;
  const options: QueueRunOptions = {
    signal,
    takeOver,
    waitForPaused: true,
    onOwner: tellOwner(session),
    onIdle: () => {
      output.say("All that is left is paused; Ctrl+C ends the wait");
      output.suggest("Let it go on, in another terminal: mm queue resume all");
    },
  };
  let jobs: readonly JobRecord[];
  using _limit = followRateLimit(manager, session);
  if (output.mode === "events") {
    const result = await drain(
      manager.queue.run(options),
      (event) =>
        output.jsonLine(
          event.type === "job"
            ? { ...event, job: jobDocument(event.job) }
            : { ...eventDocument(event), jobId: event.jobId },
        ),
    );
    jobs = result.jobs;
    output.jsonLine({ type: "results", ...queueDocument(jobs) });
  } else {
    using view = await session.follow();
    const follower = new QueueFollower(session, view);
    jobs = (await drain(manager.queue.run(options), (event) => follower.handle(event))).jobs;
  }
  if (output.mode !== "events") {
    await output.result({
      json: () => queueDocument(jobs),
      quiet: () => jobs.filter(({ status }) => status === "completed").map(({ id }) => id),
      human: () => [],
    });
  }
  reportRun(jobs, session);
  if (jobs.length > 0) return;
  if (takeOver || await manager.queue.owner() !== undefined) return await sayNothingToDo(session);
  output.say("Nobody works the queue");
  await suggestWorking(`Work it: ${WORK_IT}`, session);
}

const STATUSES = [
  "pending",
  "downloading",
  "paused",
  "completed",
  "failed",
  "cancelled",
] as const satisfies readonly JobStatus[];

function readStatus(text: string): JobStatus {
  const found = STATUSES.find((status) => status === text.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new ModelManagerError("USAGE_ERROR", `There is no status "${text}": wanted ${STATUSES.join(", ")}`, {
    hints: [...meantHints(text, STATUSES), "See all jobs: mm queue list"],
  });
}

const NOTES = `
Higher priorities come first, inside one what was added first; an urgent job even takes the place of one
that is being downloaded, which goes on later where it was. A job that has waited for 12 hours counts as
one priority higher, so that nothing waits for ever. download.max_concurrent jobs are done at once, no
more than four of them from one Hub.

The commands take effect at once, also on a job that another terminal is working on.
Jobs are named by their ids, or by unique beginnings of them; "all" stands for every job that can be meant.

Examples:
  mm queue add org/name:Q4_K_M --priority high   queue a download
  mm queue run                                   work the queue, with bars
  mm queue run --background                      work it without this terminal
  mm queue pause all                             stop for now; what was fetched is kept
  mm queue priority urgent 1w3k9f2c              before everything else
  mm queue move 1w3k9f2c first                   before all of its priority`;

/** Adds the commands of `mm queue`. */
export function configure(command: Command, session: Session): void {
  command.description("What is to be downloaded: order, priorities, pauses.").addHelpText("after", NOTES);
  command.command("list").description("List the jobs in the order of their turns.")
    .option("--status <STATUS>", `only jobs that are ${STATUSES.join(", ")}`, readStatus)
    .action(({ status }) => listQueue(status, session));
  pullOptions(command.command("add").description("Queue downloads, without waiting for them.") as Command)
    .option("--priority <PRIORITY>", PRIORITIES.join(", "), readPriority)
    .action((references, { priority, ...options }) =>
      queueDownloads(toJobRequest(readPullOptions(references, options), priority), session)
    );
  configureChanges(command, session);
  command.command("clear").description("Forget finished jobs; files stay.")
    .option("--status <STATUS>", "only jobs that are completed, failed or cancelled", readStatus)
    .action(({ status }) => clear(status, session));
  command.command("run").description("Work the queue until it is empty, or follow who does.")
    .option("--events", "one JSON event a line on standard output")
    .option("--background", "return at once; the work goes on without this terminal")
    .option("--follow", "only follow who works it; do not take over")
    .addOption(detachedOption(command))
    .action(({ detached, background, follow }) => {
      if (detached === true) return runDetached(session);
      if (background !== true) return run({ takeOver: follow !== true }, session);
      if (follow === true) throw followOrBackground();
      return runInBackground(session);
    });
}

function followOrBackground(): ModelManagerError {
  return new ModelManagerError("USAGE_ERROR", "--background and --follow exclude each other", {
    hints: ["See how far the work in the background is: mm queue run --follow"],
  });
}

function detachedOption(command: Command) {
  return command.createOption("--detached", "be the process in the background")
    .hideHelp();
}

function configureChanges(command: Command, session: Session): void {
  const simple = [
    ["pause", "Stop jobs for now; what they have fetched is kept."],
    ["resume", "Let paused jobs go on where they were."],
    ["retry", "Queue failed and cancelled jobs again."],
    ["cancel", "End jobs; what they have fetched stays until mm cleanup."],
  ] as const;
  for (const [name, description] of simple) {
    command.command(name).description(description)
      .argument("<ID...>", "jobs, or all")
      .action((ids) => change(name, (queue) => queue[name](ids), session));
  }
  command.command("priority").description("Change the priority of jobs.")
    .argument("<PRIORITY>", PRIORITIES.join(", "))
    .argument("<ID...>", "jobs, or all; the priority may stand behind them, too")
    .action((first, others) => {
      const { priority, ids } = splitPriority([first, ...others]);
      return change("priority", (queue) => queue.setPriority(ids, priority), session);
    });
  command.command("move").description("Put a job in another place of its priority.")
    .argument("<ID>", "a job")
    .argument("<PLACE>", "first, last, up, down, or a number from 1 on", readPlace)
    .action((id, place) => change("move", (queue) => queue.move(id, place), session));
}

/** Before the ids, or behind them: both are typed, and the meaning is the same. */
function splitPriority(words: readonly string[]): { readonly priority: JobPriority; readonly ids: string[] } {
  const last = words.at(-1) ?? "";
  const [first = ""] = words;
  if (isPriority(first) || !(isPriority(last) || /^\d|^all$/.test(first))) {
    return { priority: readPriority(first), ids: words.slice(1) };
  }
  return { priority: readPriority(last), ids: words.slice(0, -1) };
}

const PLACES = ["first", "last", "up", "down"] as const satisfies readonly JobPlace[];

function readPlace(text: string): JobPlace {
  const word = text.trim().toLowerCase();
  const place = PLACES.find((each) => each === word);
  if (place !== undefined) return place;
  if (/^[1-9]\d{0,8}$/.test(word)) return Number(word);
  throw new ModelManagerError(
    "USAGE_ERROR",
    `There is no place "${text}" in the queue: wanted ${PLACES.join(", ")} or a number from 1 on`,
    { hints: [...meantHints(text, PLACES), "Put a job before all of its priority: mm queue move ID first"] },
  );
}
