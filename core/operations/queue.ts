/**
 * The queue: asked by any process, worked by one.
 *
 * @module
 */
import { resolve } from "node:path";
import { streamedRun } from "../base/streamed_run.ts";
import { damagedNotice, type JobList } from "../jobs/job_queue.ts";
import type { AddRequest, JobIds, JobPlace, JobResult, QueueCommand } from "../jobs/commands.ts";
import { isAbandoned, seenFrom } from "../jobs/job_owner.ts";
import { DEFAULT_PRIORITY, parsePriority } from "../jobs/priority.ts";
import { queueCoalesceKey, type QueueEvent } from "../jobs/queue_events.ts";
import { findLockHolder } from "../platform/lock_state.ts";
import type { Installation } from "../state/installation.ts";
import type { JobOptions, JobPriority, JobRecord, JobStatus } from "../state/job_record.ts";
import { BackgroundLog, type BackgroundRun, readBackgroundRun } from "./background_run.ts";
import { checkPullRequest } from "./check_request.ts";
import type { CallOptions, PullRequest } from "./model_manager.ts";
import { findSilentOwner, reachOwner, type SilentOwner } from "./queue_reach.ts";
import {
  type QueueParts,
  QueueRun,
  type QueueRunOptions,
  type QueueRunResult,
  thisInstallation,
} from "./queue_run.ts";

export type { QueueParts };

/** What to queue. */
export interface QueueAddRequest extends Omit<PullRequest, "dryRun" | "noWait"> {
  /** How much it matters. @default {"normal"} */
  readonly priority?: JobPriority;
  /** It is to be done in the background: remembered, for when it is resumed. @default {false} */
  readonly background?: boolean;
}

/**
 * The persistent queue. Jobs are named by their ids, or by unique beginnings of them; `all` stands for all
 * that a command can be meant for. What cannot be done to single jobs is in the results.
 */
export interface Queue {
  /**
   * Other machines use the store as well (`MM_KV_URL`): any of them may take a job, and what it fetches goes into the
   * library of the one that does.
   *
   * @default {false}
   */
  readonly isShared?: boolean;
  /** At work, waiting in turn, paused, finished with the latest first. */
  list(): Promise<readonly JobRecord[]>;
  /** Queues references, one job each. One that is queued already is joined, and raised to a higher priority. */
  add(request: QueueAddRequest): Promise<JobResult[]>;
  /** Stops jobs for now; what they have fetched is kept. */
  pause(ids: JobIds): Promise<JobResult[]>;
  /** Lets paused jobs go on where they were. */
  resume(ids: JobIds): Promise<JobResult[]>;
  /** Lets failed and cancelled jobs begin again; what they have fetched is kept. */
  retry(ids: JobIds): Promise<JobResult[]>;
  /** Ends jobs; what they have fetched stays until a cleanup. */
  cancel(ids: JobIds): Promise<JobResult[]>;
  /** Queues jobs up in another priority, behind those that are there. */
  setPriority(ids: JobIds, priority: JobPriority): Promise<JobResult[]>;
  /** Puts a job in another place of its priority. */
  move(id: string, place: JobPlace): Promise<JobResult[]>;
  /** Forgets finished jobs: all of them, or those of one status. */
  clear(options?: { readonly status?: JobStatus }): Promise<JobResult[]>;
  /** The process that works the queue just now. */
  owner(): Promise<{ readonly pid: number } | undefined>;
  /**
   * The process that has taken the queue but does not answer: one that is suspended, hangs, or is just about to begin
   * or to end. `undefined` when there is none, or it answers.
   */
  silentOwner(): Promise<SilentOwner | undefined>;
  /**
   * Works the queue until it is empty. Only one process does so at a time.
   *
   * @throws {ModelManagerError} `LOCKED` naming the process that does when it cannot be followed, `CANCELLED`.
   */
  run(options?: QueueRunOptions): AsyncGenerator<QueueEvent, QueueRunResult, undefined>;
  /**
   * Works the queue where nobody looks on: with a log, and a note of how it ended. Returns at once when another
   * process works it already.
   *
   * @throws {ModelManagerError} `CANCELLED`, or what made it impossible; that is in the log, too.
   */
  runInBackground(options?: CallOptions): Promise<void>;
  /**
   * Changes how many jobs this process does at once; a queue that it works just now follows. Jobs at work are not
   * stopped.
   *
   * @throws {ModelManagerError} `USAGE_ERROR` when it is no number from 1 to 64.
   */
  setMaxConcurrent(jobs: number): void;
  /** The latest process that worked the queue in the background, when nobody has worked it since. */
  lastBackgroundRun(): Promise<BackgroundRun | undefined>;
}

/** Makes the queue. It opens nothing before it is used. */
export function createQueue(parts: QueueParts): Queue {
  const ask = (command: QueueCommand) => execute(parts, command);
  return {
    isShared: !parts.alone,
    list: async () => {
      const { jobs, damaged } = await list(parts);
      if (damaged.length > 0) parts.context.notices.emit(damagedNotice(damaged));
      return jobs;
    },
    // A promise even for what is wrong with the request.
    add: async (request) => await ask({ type: "add", requests: addRequests(parts, request) }),
    pause: (ids) => ask({ type: "pause", ids }),
    resume: (ids) => ask({ type: "resume", ids }),
    retry: (ids) => ask({ type: "retry", ids }),
    cancel: (ids) => ask({ type: "cancel", ids }),
    setPriority: async (ids, priority) =>
      await ask({ type: "priority", ids, priority: parsePriority(priority) }),
    move: (id, place) => ask({ type: "move", id, place }),
    clear: (options = {}) => ask({ type: "clear", status: options.status }),
    owner: async () => {
      using connection = await reachOwner(parts);
      return connection === undefined ? undefined : { pid: connection.pid };
    },
    silentOwner: () => findSilentOwner(parts),
    run: (options = {}) =>
      streamedRun<QueueEvent, QueueRunResult>(
        (emit, signal) => new QueueRun(parts, { ...options, emit, signal }).run(),
        { signal: options.signal, coalesceKey: queueCoalesceKey },
      ),
    runInBackground: (options = {}) => runInBackground(parts, options),
    setMaxConcurrent: (jobs) => parts.limits.set(jobs),
    lastBackgroundRun: () => readBackgroundRun(parts.background),
  };
}

async function runInBackground(parts: QueueParts, { signal }: CallOptions): Promise<void> {
  const { clock, notices } = parts.context;
  const log = new BackgroundLog(parts.background, { clock });
  using _notices = notices.subscribe((message) => log.write(message));
  const run = new QueueRun(parts, {
    emit: (event) => log.handle(event),
    signal: signal ?? new AbortController().signal,
    attach: false,
    background: log,
  });
  try {
    const { ownerPid } = await run.run();
    if (ownerPid === undefined) await log.end();
  } catch (error) {
    await log.end(error);
    throw error;
  }
}

/** Credentials in an address are for requests only, not for the disk. */
function withoutCredentials(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const url = new URL(endpoint);
  if (url.username === "" && url.password === "") return endpoint;
  url.username = url.password = "";
  return url.href.replace(/\/$/, "");
}

function addRequests({ context }: QueueParts, request: QueueAddRequest): AddRequest[] {
  checkPullRequest(request);
  const { references, priority = DEFAULT_PRIORITY, background, to, ...others } = request;
  // The process that works on it has another working directory.
  const place = to === undefined || to === "library" || to === "hf-cache" ? to : resolve(to);
  const options: JobOptions = { ...others, ...(place === undefined ? {} : { to: place }) };
  return references.map((reference) => ({
    reference,
    options,
    priority: parsePriority(priority),
    modelsDir: context.library.modelsDir,
    endpoint: withoutCredentials(context.endpoint),
    ...(background === true ? { background } : {}),
  }));
}

/** Asks the process that works the queue, else the store. */
async function list(parts: QueueParts): Promise<JobList> {
  const self = await thisInstallation(parts);
  const { jobs, damaged } = await listed(parts, self);
  return { jobs: jobs.map((job) => seenFrom(job, self)), damaged };
}

async function listed(parts: QueueParts, self: Installation): Promise<JobList> {
  using connection = await reachOwner(parts);
  const live = await connection?.list();
  if (live !== undefined) return live;
  const queue = await parts.jobs();
  const { lockPath, alone, context: { clock } } = parts;
  const somebody = await findLockHolder(lockPath, clock);
  if (somebody !== undefined) return await queue.list();
  // Who was at work here has died, and what it was at waits for the next one.
  return await queue.list({ isAbandoned: (job) => isAbandoned(job, { self, alone, nowMs: clock.now() }) });
}

/** The process that works the queue acts at once; where there is none, it is written down for the next one. */
async function execute(parts: QueueParts, command: QueueCommand): Promise<JobResult[]> {
  using connection = await reachOwner(parts);
  return await connection?.execute(command) ?? await (await parts.jobs()).execute(command);
}
