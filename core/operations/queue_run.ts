/**
 * One run of the queue: by the process that works it, or one that follows that.
 *
 * @module
 */
import { dirname } from "node:path";
import { pid } from "node:process";
import type { Clock } from "../base/clock.ts";
import { isModelManagerError, throwIfAborted, toErrorData } from "../base/errors.ts";
import type { JobLimit } from "../jobs/job_limit.ts";
import type { JobPlaces } from "../jobs/job_places.ts";
import type { JobQueue } from "../jobs/job_queue.ts";
import type { QueueEvent } from "../jobs/queue_events.ts";
import { type JobOutcome, QueueOwner, type RunJob } from "../jobs/queue_owner.ts";
import type { QueueConnection, QueueControl, QueueServer, QueueService } from "../jobs/queue_service.ts";
import { seenFrom } from "../jobs/job_owner.ts";
import { MAX_PER_HOST } from "../jobs/scheduler.ts";
import { makeDirectory } from "../platform/directory.ts";
import { hostname } from "../platform/environment.ts";
import { acquireFileLock, type FileLock, lockedError } from "../platform/file_lock.ts";
import { findLockHolder } from "../platform/lock_state.ts";
import type { Installation } from "../state/installation.ts";
import type { JobRecord, JobStatus } from "../state/job_record.ts";
import { type BackgroundLog, type BackgroundPlaces, forgetBackgroundRun } from "./background_run.ts";
import type { OperationContext } from "./context.ts";
import type { CallOptions, PullRequest, PullResult } from "./model_manager.ts";
import { pull } from "./pull.ts";
import { reachOwner } from "./queue_reach.ts";

/** How the queue is worked. */
export interface QueueRunOptions extends CallOptions {
  /**
   * When another process works the queue already: follow it until it has ended, and go on in its place if there is
   * work left. Otherwise return at once.
   *
   * @default {true}
   */
  readonly attach?: boolean;
  /**
   * Work the queue when nobody does. With `false`, this run only looks on: it returns at once, without jobs, when
   * nobody works the queue, and when the process that it follows has ended or, without `stay`, has nothing left to do.
   *
   * @default {true}
   */
  readonly takeOver?: boolean;
  /** Stay while jobs are paused that were to be worked on: somebody is about to resume them. @default {false} */
  readonly waitForPaused?: boolean;
  /**
   * Stay when nothing is left to do, until the call is aborted: somebody may add more. When another process works the
   * queue, its end is waited for, and the queue taken over. The result names no jobs.
   *
   * @default {false}
   */
  readonly stay?: boolean;
  /**
   * Told who works the queue, each time that this becomes another one: the process that is followed, or `undefined`
   * for this one.
   */
  readonly onOwner?: (pid: number | undefined) => void;
  /** Told when all jobs that are left are paused, and this process waits for them. */
  readonly onIdle?: () => void;
}

/** What became of the queue. */
export interface QueueRunResult {
  /** Every job that changed on the way, as it was last heard of. */
  readonly jobs: readonly JobRecord[];
  /** The process that worked the queue when it was not this one, and was not followed. */
  readonly ownerPid: number | undefined;
}

/** What the queue is made of. */
export interface QueueParts {
  readonly context: OperationContext;
  readonly control: QueueControl;
  /** Absolute: the lock of the process that works the queue. */
  readonly lockPath: string;
  /** Jobs at once. */
  readonly limits: JobLimit;
  /** What schedules of the same process share with the queue. */
  readonly places?: JobPlaces | undefined;
  /** Only this machine uses the store. */
  readonly alone: boolean;
  /** Id of this installation, where machines share the store. */
  readonly installation?: (() => Promise<string>) | undefined;
  /** What a process in the background leaves to be read. */
  readonly background: BackgroundPlaces;
  jobs(): Promise<JobQueue>;
  /** What a job is pulled with: it may be for another library or Hub than the process's own. */
  contextFor(job: JobRecord): OperationContext;
}

/** Finished jobs are forgotten so often by who stays. */
const PURGE_EVERY_MS = 6 * 3_600_000;

/** How long a process may take between taking the lock and listening, or the other way round. */
const HANDOVER_LIMIT_MS = 5_000;
const HANDOVER_LOOK_MS = 50;

/** What a run is made with. */
export interface QueueRunCall extends Omit<QueueRunOptions, "signal"> {
  readonly emit: (event: QueueEvent) => void;
  readonly signal: AbortSignal;
  /** Told when this process has become the one that works the queue, if it does so in the background. */
  readonly background?: BackgroundLog;
}

/** Who this is to the others that use the store. */
export async function thisInstallation(
  parts: Pick<QueueParts, "alone" | "installation">,
): Promise<Installation> {
  const host = hostname();
  const id = parts.alone ? undefined : await parts.installation?.();
  return id === undefined ? { host } : { host, installation: id };
}

/** One run of the queue: in the place of the owner, or following it. */
export class QueueRun {
  readonly #parts: QueueParts;
  readonly #options: QueueRunCall;
  readonly #jobs = new Map<string, JobRecord>();
  #self: Installation = { host: "" };

  constructor(parts: QueueParts, options: QueueRunCall) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Runs to its end. @throws {ModelManagerError} `LOCKED`, `CANCELLED`. */
  async run(): Promise<QueueRunResult> {
    const { signal, attach = true, takeOver = true } = this.#options;
    this.#self = await thisInstallation(this.#parts);
    if (!takeOver) return await this.#lookOn();
    while (true) {
      const place = await this.#takePlace();
      if (!("pid" in place)) {
        await using _lock = place;
        this.#options.onOwner?.(undefined);
        await this.#own(place);
        return this.#result(undefined);
      }
      using connection = place;
      if (!attach) return this.#result(connection.pid);
      this.#options.onOwner?.(connection.pid);
      await this.#follow(connection);
      throwIfAborted(signal);
      if (this.#options.stay === true) continue;
      const left: JobStatus[] = this.#parts.alone ? ["pending", "downloading"] : ["pending"];
      if (!await this.#has(left)) return this.#result(undefined);
    }
  }

  /** Follows the process that works the queue, if there is one, and never takes its place. */
  async #lookOn(): Promise<QueueRunResult> {
    const { signal, attach = true } = this.#options;
    using connection = await this.#reachOwner();
    if (connection === undefined) return this.#result(undefined);
    if (!attach) return this.#result(connection.pid);
    this.#options.onOwner?.(connection.pid);
    await this.#follow(connection);
    throwIfAborted(signal);
    return this.#result(undefined);
  }

  /** To the end of the other one's work; that of a daemon never ends, so an empty queue counts as the end, too. */
  async #follow(connection: QueueConnection): Promise<void> {
    const { signal, stay = false } = this.#options;
    if (!stay && !await this.#isWorkedOn(connection)) return;
    for await (const event of connection.events(signal)) {
      this.#handle(event);
      if (stay || event.type !== "job" || isOpen(event.job)) continue;
      if (!await this.#isWorkedOn(connection)) return;
    }
  }

  /** Whether the other one has anything left to do that this run is about. */
  async #isWorkedOn(connection: QueueConnection): Promise<boolean> {
    const { waitForPaused = false } = this.#options;
    const list = await connection.list();
    // It has gone: its events end, and the queue is looked at.
    if (list === undefined) return true;
    return list.jobs.some((job) =>
      isOpen(job) || (waitForPaused && job.status === "paused" && this.#jobs.has(job.id))
    );
  }

  #result(ownerPid: number | undefined): QueueRunResult {
    return { jobs: [...this.#jobs.values()], ownerPid };
  }

  #handle(told: QueueEvent): void {
    const event = told.type === "job" ? { ...told, job: seenFrom(told.job, this.#self) } : told;
    if (event.type === "job" && this.#options.stay !== true) this.#jobs.set(event.jobId, event.job);
    this.#options.emit(event);
  }

  async #has(statuses: readonly JobStatus[]): Promise<boolean> {
    const { jobs } = await (await this.#parts.jobs()).list();
    return jobs.some(({ status }) => statuses.includes(status));
  }

  /** The lock, or the one that has it; in between there are moments in which neither can be had. */
  async #takePlace(): Promise<FileLock | QueueConnection> {
    const { context: { clock }, lockPath } = this.#parts;
    const { signal } = this.#options;
    await makeDirectory(dirname(lockPath), { mode: 0o700 });
    const startMs = clock.monotonic();
    while (true) {
      throwIfAborted(signal);
      try {
        return await acquireFileLock(lockPath, { clock, signal });
      } catch (error) {
        if (!isModelManagerError(error) || error.code !== "LOCKED") throw error;
        const connection = await reachOwner(this.#parts);
        if (connection !== undefined) return connection;
        if (clock.monotonic() - startMs >= HANDOVER_LIMIT_MS) throw error;
      }
      await clock.sleep(HANDOVER_LOOK_MS, { signal });
    }
  }

  /** Who works the queue; one that has just taken the lock is given the time to listen. */
  async #reachOwner(): Promise<QueueConnection | undefined> {
    const { context: { clock }, lockPath } = this.#parts;
    const { signal } = this.#options;
    const startMs = clock.monotonic();
    while (true) {
      throwIfAborted(signal);
      const connection = await reachOwner(this.#parts);
      if (connection !== undefined) return connection;
      const holder = await findLockHolder(lockPath, clock);
      if (holder === undefined) return undefined;
      if (clock.monotonic() - startMs >= HANDOVER_LIMIT_MS) throw lockedError(lockPath, holder);
      await clock.sleep(HANDOVER_LOOK_MS, { signal });
    }
  }

  async #own(lock: FileLock): Promise<void> {
    const { context, limits, places, alone } = this.#parts;
    const queue = await this.#parts.jobs();
    const { signal, waitForPaused = false, stay = false, background, onIdle } = this.#options;
    if (background === undefined) await forgetBackgroundRun(this.#parts.background);
    else await background.begin();
    const id = crypto.randomUUID();
    if (stay) void purgeAgainAndAgain(queue, context.clock, AbortSignal.any([signal, lock.lost]));
    do {
      const owner = new QueueOwner({
        queue,
        runJob: runJobWith(this.#parts),
        limits: {
          get maxConcurrent() {
            return limits.jobs;
          },
          maxPerHost: MAX_PER_HOST,
        },
        places,
        clock: context.clock,
        owner: { id, pid, ...this.#self },
        alone,
        waitForPaused,
        stay,
        onNotice: (message) => context.notices.emit(message),
        ...(onIdle === undefined ? {} : { onIdle }),
      });
      using _events = owner.subscribe((event) => this.#handle(event));
      using _limits = limits.onChange(() => owner.changed());
      using _places = places?.onChange(() => owner.changed());
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

function isOpen({ status }: JobRecord): boolean {
  return status === "pending" || status === "downloading";
}

/** The signal ends it. */
async function purgeAgainAndAgain(queue: JobQueue, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(PURGE_EVERY_MS, { signal });
      // What cannot be deleted now can be later.
      await queue.purge().catch(() => {});
    }
  } catch {
    // Stopped.
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
