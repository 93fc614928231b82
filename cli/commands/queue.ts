/**
 * `mm queue`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { ModelManagerError } from "../../core/base/errors.ts";
import type {
  JobPriority,
  JobRecord,
  JobResult,
  JobStatus,
  PullRequest,
  Queue,
  QueueRunOptions,
} from "../../core/operations/model_manager.ts";
import { drain } from "../drain.ts";
import { eventDocument } from "../output/documents.ts";
import { plural } from "../output/humanize.ts";
import { jobColumns, jobDocument, jobResultsDocument, queueDocument } from "../output/queue_view.ts";
import { addJobs, QueueFollower, reportFailures, reportRun, toJobRequest } from "../queue_work.ts";
import type { Session } from "../session.ts";
import { PRIORITIES, pullOptions, readPriority, readPullOptions } from "./pull_options.ts";

async function list(status: JobStatus | undefined, session: Session): Promise<void> {
  const manager = await session.app();
  const all = await manager.queue.list();
  const jobs = status === undefined ? all : all.filter((job) => job.status === status);
  const { output } = session;
  await output.result({
    json: () => queueDocument(jobs),
    quiet: () => jobs.map(({ id }) => id),
    human: () => jobs.length === 0 ? [] : output.table(jobColumns(session.clock.now()), jobs),
  });
  const waiting = jobs.filter((job) => job.status === "pending").length;
  if (all.length === 0) {
    output.say("The queue is empty");
    output.suggest("Queue a download: mm queue add REF");
  } else if (jobs.length === 0) output.say(`No job is ${status}`);
  else if (waiting > 0 && await manager.queue.owner() === undefined) {
    output.say(`${plural(waiting, "job")} waiting, and nobody works the queue`);
    output.suggest("Work it: mm queue run");
  }
}

async function add(request: PullRequest, priority: JobPriority | undefined, session: Session): Promise<void> {
  const added = await addJobs(toJobRequest(request, priority), session);
  const manager = await session.app();
  if (added.length > 0 && await manager.queue.owner() === undefined) {
    session.output.suggest("Work the queue: mm queue run");
  }
}

/** What each command says of a job. */
const DONE: Readonly<Record<string, readonly [changed: string, same: string]>> = {
  pause: ["Paused", "paused already"],
  resume: ["Resumed", "not paused"],
  retry: ["Queued again", "queued already"],
  cancel: ["Cancelled", "cancelled already"],
  priority: ["Changed the priority of", "of that priority already"],
  move: ["Moved", "in that place already"],
};

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
  await report(name, await act(manager.queue), session);
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
  output.say(
    results.length === 0 ? "No finished jobs to forget" : `Forgot ${plural(results.length, "finished job")}`,
  );
}

/** Nobody sees it; what happens is in the records of the jobs. */
async function runDetached(session: Session): Promise<void> {
  const manager = await session.app();
  await drain(manager.queue.run({ signal: session.signal, attach: false }), () => {});
}

async function run(session: Session): Promise<void> {
  const manager = await session.app();
  const { output, signal } = session;
  const options: QueueRunOptions = { signal, waitForPaused: true };
  const owner = await manager.queue.owner();
  if (owner !== undefined) output.say(`Process ${owner.pid} works the queue; Ctrl+C leaves it at work`);
  let jobs: readonly JobRecord[];
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
    hints: ["See all jobs: mm queue list"],
  });
}

const NOTES = `
Higher priorities come first, inside one what was added first; an urgent job even takes the place of one
that is being downloaded, which goes on later where it was. A job that has waited for 12 hours counts as
one priority higher, so that nothing waits for ever. download.max_concurrent jobs are done at once.

The commands take effect at once, also on a job that another terminal is working on.
Jobs are named by their ids, or by unique beginnings of them; "all" stands for every job that can be meant.

Examples:
  mm queue add org/name:Q4_K_M --priority high   queue a download
  mm queue run                                   work the queue, with bars
  mm queue pause all                             stop for now; what was fetched is kept
  mm queue priority urgent 1w3k9f2c              before everything else
  mm queue move 1w3k9f2c first                   before all of its priority`;

/** Adds the commands of `mm queue`. */
export function configure(command: Command, session: Session): void {
  command.description("What is to be downloaded: order, priorities, pauses.").addHelpText("after", NOTES);
  command.command("list").description("List the jobs in the order of their turns.")
    .option("--status <STATUS>", `only jobs that are ${STATUSES.join(", ")}`, readStatus)
    .action(({ status }) => list(status, session));
  pullOptions(command.command("add").description("Queue downloads, without waiting for them.") as Command)
    .option("--priority <PRIORITY>", PRIORITIES.join(", "), readPriority)
    .action((references, { priority, ...options }) =>
      add(readPullOptions(references, options), priority, session)
    );
  configureChanges(command, session);
  command.command("clear").description("Forget finished jobs; files stay.")
    .option("--status <STATUS>", "only jobs that are completed, failed or cancelled", readStatus)
    .action(({ status }) => clear(status, session));
  command.command("run").description("Work the queue until it is empty, or follow who does.")
    .option("--events", "one JSON event a line on standard output")
    .addOption(detachedOption(command))
    .action(({ detached }) => detached === true ? runDetached(session) : run(session));
}

function detachedOption(command: Command) {
  return command.createOption("--detached", "say nothing; leave it to another process that does it")
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
    .argument("<PRIORITY>", PRIORITIES.join(", "), readPriority)
    .argument("<ID...>", "jobs, or all")
    .action((priority, ids) => change("priority", (queue) => queue.setPriority(ids, priority), session));
  command.command("move").description("Put a job in another place of its priority.")
    .argument("<ID>", "a job")
    .argument("<PLACE>", "first, last, or a number from 1 on", readPlace)
    .action((id, place) => change("move", (queue) => queue.move(id, place), session));
}

function readPlace(text: string): "first" | "last" | number {
  const word = text.trim().toLowerCase();
  if (word === "first" || word === "last") return word;
  if (/^[1-9]\d{0,8}$/.test(word)) return Number(word);
  throw new ModelManagerError(
    "USAGE_ERROR",
    `There is no place "${text}" in the queue: wanted first, last or a number from 1 on`,
    { hints: ["Put a job before all of its priority: mm queue move ID first"] },
  );
}
