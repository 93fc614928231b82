/**
 * The queue: asked by any process, worked by one.
 *
 * @module
 */
import { pid } from "node:process";
import { dirname, resolve } from "node:path";
import { isModelManagerError, throwIfAborted, toErrorData } from "../base/errors.ts";
import { streamedRun } from "../base/streamed_run.ts";
import { ALL_JOBS, type JobList, type JobQueue } from "../jobs/job_queue.ts";
import type { AddRequest, JobIds, JobPlace, JobResult, QueueCommand } from "../jobs/commands.ts";
import { DEFAULT_PRIORITY, parsePriority } from "../jobs/priority.ts";
import { queueCoalesceKey, type QueueEvent } from "../jobs/queue_events.ts";
import { type JobOutcome, QueueOwner, type RunJob } from "../jobs/queue_owner.ts";
import type { QueueConnection, QueueControl, QueueServer, QueueService } from "../jobs/queue_service.ts";
import { MAX_PER_HOST } from "../jobs/scheduler.ts";
import { makeDirectory } from "../platform/directory.ts";
import { hostname } from "../platform/environment.ts";
import { acquireFileLock, type FileLock } from "../platform/file_lock.ts";
import type { JobOptions, JobOwner, JobPriority, JobRecord, JobStatus } from "../state/job_record.ts";
import type { OperationContext } from "./context.ts";
import type { CallOptions, PullRequest, PullResult } from "./model_manager.ts";
import { checkRequest, pull } from "./pull.ts";

export { ALL_JOBS };
export type {
  JobIds,
  JobOptions,
  JobOwner,
  JobPlace,
  JobPriority,
  JobRecord,
  JobResult,
  JobStatus,
  QueueEvent,
};

/** What to queue. */
export interface QueueAddRequest extends Omit<PullRequest, "dryRun" | "noWait"> {
  /** How much it matters. @default {"normal"} */
  readonly priority?: JobPriority;
}

/** How the queue is worked. */
export interface QueueRunOptions extends CallOptions {
  /**
   * When another process works the queue already: follow it until it has ended, and go on in its place if there is
   * work left. Otherwise return at once.
   *
   * @default {true}
   */
  readonly attach?: boolean;
  /** Stay while jobs are paused that were to be worked on: somebody is about to resume them. @default {false} */
  readonly waitForPaused?: boolean;
}

/** What became of the queue. */
export interface QueueRunResult {
  /** Every job that changed on the way, as it was last heard of. */
  readonly jobs: readonly JobRecord[];
  /** The process that worked the queue when it was not this one, and was not followed. */
  readonly ownerPid: number | undefined;
}

/**
 * The persistent queue. Jobs are named by their ids, or by unique beginnings of them; {@link ALL_JOBS} stands for all
 * that a command can be meant for. What cannot be done to single jobs is in the results.
 */
export interface Queue {
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
   * Works the queue until it is empty. Only one process does so at a time.
   *
   * @throws {ModelManagerError} `LOCKED` naming the process that does when it cannot be followed, `CANCELLED`.
   */
  run(options?: QueueRunOptions): AsyncGenerator<QueueEvent, QueueRunResult, undefined>;
}

/** What the queue is made of. */
export interface QueueParts {
  readonly context: OperationContext;
  readonly control: QueueControl;
  /** Absolute: the lock of the process that works the queue. */
  readonly lockPath: string;
  /** Jobs at once. */
  readonly maxConcurrent: number;
  /** Only this machine uses the store. */
  readonly alone: boolean;
  jobs(): Promise<JobQueue>;
  /** What a job is pulled with: it may be for another library or Hub than the process's own. */
  contextFor(job: JobRecord): OperationContext;
}

/** How long a process may take between taking the lock and listening, or the other way round. */
const HANDOVER_LIMIT_MS = 5_000;
const HANDOVER_LOOK_MS = 50;

/** Makes the queue. It opens nothing before it is used. */
export function createQueue(parts: QueueParts): Queue {
  const ask = (command: QueueCommand) => execute(parts, command);
  return {
    list: async () => {
      const { jobs, damaged } = await list(parts);
      if (damaged.length > 0) {
        parts.context.notices.emit(
          `Skipped damaged records of jobs (${damaged.join(", ")}): mm queue clear deletes them`,
        );
      }
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
      using connection = await parts.control.connect();
      return connection === undefined ? undefined : { pid: connection.pid };
    },
    run: (options = {}) =>
      streamedRun<QueueEvent, QueueRunResult>(
        (emit, signal) => new QueueRun(parts, { ...options, emit, signal }).run(),
        { signal: options.signal, coalesceKey: queueCoalesceKey },
      ),
  };
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
  checkRequest(request);
  const { references, priority = DEFAULT_PRIORITY, to, ...others } = request;
  // The process that works on it has another working directory.
  const place = to === undefined || to === "library" || to === "hf-cache" ? to : resolve(to);
  const options: JobOptions = { ...others, ...(place === undefined ? {} : { to: place }) };
  return references.map((reference) => ({
    reference,
    options,
    priority: parsePriority(priority),
    modelsDir: context.library.modelsDir,
    endpoint: withoutCredentials(context.endpoint),
  }));
}

/** Asks the process that works the queue, else the store. */
async function list(parts: QueueParts): Promise<JobList> {
  using connection = await parts.control.connect();
  return await connection?.list() ?? await (await parts.jobs()).list();
}

/** The process that works the queue acts at once; where there is none, it is written down for the next one. */
async function execute(parts: QueueParts, command: QueueCommand): Promise<JobResult[]> {
  using connection = await parts.control.connect();
  return await connection?.execute(command) ?? await (await parts.jobs()).execute(command);
}

/** One run of the queue: in the place of the owner, or following it. */
class QueueRun {
  readonly #parts: QueueParts;
  readonly #options: QueueRunOptions & {
    readonly emit: (event: QueueEvent) => void;
    readonly signal: AbortSignal;
  };
  readonly #jobs = new Map<string, JobRecord>();

  constructor(
    parts: QueueParts,
    options: QueueRunOptions & {
      readonly emit: (event: QueueEvent) => void;
      readonly signal: AbortSignal;
    },
  ) {
    this.#parts = parts;
    this.#options = options;
  }

  async run(): Promise<QueueRunResult> {
    const { signal, attach = true } = this.#options;
    while (true) {
      const place = await this.#takePlace();
      if (!("pid" in place)) {
        await using _lock = place;
        await this.#own(place);
        return this.#result(undefined);
      }
      using connection = place;
      if (!attach) return this.#result(connection.pid);
      for await (const event of connection.events(signal)) this.#handle(event);
      throwIfAborted(signal);
      const left: JobStatus[] = this.#parts.alone ? ["pending", "downloading"] : ["pending"];
      if (!await this.#has(left)) return this.#result(undefined);
    }
  }

  #result(ownerPid: number | undefined): QueueRunResult {
    return { jobs: [...this.#jobs.values()], ownerPid };
  }

  #handle(event: QueueEvent): void {
    if (event.type === "job") this.#jobs.set(event.jobId, event.job);
    this.#options.emit(event);
  }

  async #has(statuses: readonly JobStatus[]): Promise<boolean> {
    const { jobs } = await (await this.#parts.jobs()).list();
    return jobs.some(({ status }) => statuses.includes(status));
  }

  /** The lock, or the one that has it; in between there are moments in which neither can be had. */
  async #takePlace(): Promise<FileLock | QueueConnection> {
    const { context: { clock }, control, lockPath } = this.#parts;
    const { signal } = this.#options;
    await makeDirectory(dirname(lockPath), { mode: 0o700 });
    const startMs = clock.monotonic();
    while (true) {
      throwIfAborted(signal);
      try {
        return await acquireFileLock(lockPath, { clock, signal });
      } catch (error) {
        if (!isModelManagerError(error) || error.code !== "LOCKED") throw error;
        const connection = await control.connect();
        if (connection !== undefined) return connection;
        if (clock.monotonic() - startMs >= HANDOVER_LIMIT_MS) throw error;
      }
      await clock.sleep(HANDOVER_LOOK_MS, { signal });
    }
  }

  async #own(lock: FileLock): Promise<void> {
    const { context, maxConcurrent, alone } = this.#parts;
    const queue = await this.#parts.jobs();
    const { signal, waitForPaused = false } = this.#options;
    const id = crypto.randomUUID();
    do {
      const owner = new QueueOwner({
        queue,
        runJob: runJobWith(this.#parts),
        limits: { maxConcurrent, maxPerHost: MAX_PER_HOST },
        clock: context.clock,
        owner: { id, pid, host: hostname() },
        alone,
        waitForPaused,
        onNotice: (message) => context.notices.emit(message),
      });
      using _events = owner.subscribe((event) => this.#handle(event));
      const server = await this.#serve(owner, queue);
      try {
        await owner.run(AbortSignal.any([signal, lock.lost]));
      } finally {
        await server?.close();
      }
      // What was asked for while the server was closing is in the store.
    } while (await this.#has(["pending"]));
    await queue.purge();
  }

  /** Without it the queue is worked all the same: commands come through the store, only later. */
  async #serve(owner: QueueOwner, queue: JobQueue): Promise<QueueServer | undefined> {
    const service: QueueService = {
      list: () => owner.list(),
      execute: async (command) => {
        try {
          return await queue.execute(command);
        } finally {
          owner.changed();
        }
      },
      subscribe: (listener) => owner.subscribe(listener),
    };
    try {
      return await this.#parts.control.serve(service);
    } catch (error) {
      const { message } = toErrorData(error);
      this.#parts.context.notices.emit(`Other terminals cannot follow the queue: ${message}`);
      return undefined;
    }
  }
}

/** Jobs are pulled as everything else is. */
function runJobWith(parts: QueueParts): RunJob {
  return async (job, { signal, onEvent }) => {
    const request: PullRequest = { ...job.options, references: [job.reference] };
    const events = pull(parts.contextFor(job), request, { signal });
    let next = await events.next();
    for (; next.done !== true; next = await events.next()) onEvent(next.value);
    return outcomeOf(next.value[0]);
  };
}

function outcomeOf(result: PullResult | undefined): JobOutcome {
  if (result === undefined) throw new TypeError("A pull has ended without a result");
  if (result.status !== "failed") return { status: "completed", bytesTotal: result.bytesTotal };
  const error = result.error ?? toErrorData(new Error("It failed without saying why"));
  return { status: "failed", error };
}
