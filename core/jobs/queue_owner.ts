/**
 * The one that works the queue: starts jobs when it is their turn, and stops them when somebody wants it.
 *
 * What the store says is what counts. The owner looks at it whenever it is told of a change, when a job ends, and once
 * a second for changes that nobody told of; so no command is lost, wherever it came from.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import {
  type ErrorData,
  isModelManagerError,
  ModelManagerError,
  throwIfAborted,
  toErrorData,
} from "../base/errors.ts";
import { Notifier } from "../base/notifier.ts";
import type { DownloadEvent } from "../download/events.ts";
import type { JobOwner, JobRecord } from "../state/job_record.ts";
import type { JobEntry, JobListing } from "../state/jobs.ts";
import type { JobPlaces } from "./job_places.ts";
import { isAbandoned } from "./job_owner.ts";
import { toScheduled } from "./job_order.ts";
import { damagedNotice, type JobList, type JobQueue } from "./job_queue.ts";
import type { QueueEvent } from "./queue_events.ts";
import { type RunningJob, RunningJobs } from "./running_jobs.ts";
import { planSchedule, type SchedulerLimits } from "./scheduler.ts";
import { abandonJob, type JobEnd, takeJob } from "./transitions.ts";

/** How the work on a job ended, when it was not stopped. */
export type JobOutcome =
  | { readonly status: "completed"; readonly bytesTotal: number }
  | { readonly status: "failed"; readonly error: ErrorData };

/** Works on one job until its end; rejects when it was stopped. */
export type RunJob = (
  job: JobRecord,
  call: { readonly signal: AbortSignal; readonly onEvent: (event: DownloadEvent) => void },
) => Promise<JobOutcome>;

/** How the queue is worked. */
export interface QueueOwnerOptions {
  readonly queue: JobQueue;
  readonly runJob: RunJob;
  readonly limits: SchedulerLimits;
  /** Where schedules fetch in the same process, they share places with the queue. @default all are the queue's */
  readonly places?: JobPlaces | undefined;
  readonly clock: Clock;
  readonly owner: JobOwner;
  /** Only this machine uses the store, so that no other can be at work on a job. */
  readonly alone: boolean;
  /** Stay while jobs are paused that were not before. @default {false} */
  readonly waitForPaused?: boolean;
  /** Stay when nothing is left to do: somebody may add more. @default {false} */
  readonly stay?: boolean;
  /** Told what a person should know. */
  readonly onNotice?: (message: string) => void;
  /** Told when all that is left is paused, and waited for. */
  readonly onIdle?: () => void;
}

/** How often the store is looked at for changes that nobody told of. */
const LOOK_EVERY_MS = 1_000;
/** With nothing under way, a store that cannot be read so often is given up. */
const MAX_FAILURES = 10;

/** Works the queue; made anew for each run. */
export class QueueOwner {
  readonly #options: QueueOwnerOptions;
  readonly #running: RunningJobs;
  readonly #events = new Notifier<QueueEvent>();
  /** The versions of jobs that have been told of. */
  #told = new Map<string, string>();
  /** Jobs that were to be worked on in this run, and are told of when they change. */
  readonly #followed = new Set<string>();
  /** Jobs that were stopped for a more urgent one, until that is told. */
  readonly #preempted = new Set<string>();
  #wake: (() => void) | undefined;
  #dirty = false;
  #seenVersion: string | null | undefined;
  #failures = 0;
  #complained = false;
  /** Only paused jobs are left. */
  #idle = false;
  #damaged = "";

  constructor(options: QueueOwnerOptions) {
    this.#options = options;
    const { clock, owner, queue: { store } } = options;
    this.#running = new RunningJobs({ clock, owner, store, onFailure: (error) => this.#complain(error) });
  }

  /** Somebody has changed a job: looks at once. */
  changed(): void {
    this.#dirty = true;
    this.#wake?.();
  }

  /** Listens to all events from now on. First the listener is told where everything is. */
  subscribe(listener: (event: QueueEvent) => void): Disposable {
    for (const { job, progress } of this.#running.all()) {
      listener({ type: "job", jobId: job.id, job: this.#running.live(job) });
      for (const event of progress.recap()) listener({ ...event, jobId: job.id });
    }
    return this.#events.subscribe(listener);
  }

  /** The jobs, with the bytes of this moment. */
  async list(): Promise<JobList> {
    const { jobs, damaged } = await this.#options.queue.list();
    return { jobs: jobs.map((job) => this.#running.live(job)), damaged };
  }

  /**
   * Works until nothing is left to do.
   *
   * @throws {ModelManagerError} `CANCELLED` when it was stopped; then all jobs wait again.
   */
  async run(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#wake?.();
    signal.addEventListener("abort", wake);
    try {
      await this.#recover(await this.#options.queue.store.list());
      while (!signal.aborted) {
        this.#dirty = false;
        if (!await this.#turn() && !this.#dirty && this.#options.stay !== true) return;
        if (!this.#dirty && !signal.aborted) await this.#waitForChange(signal);
      }
    } finally {
      signal.removeEventListener("abort", wake);
      await this.#running.stopAll();
      this.#options.places?.noteQueue(0, false);
    }
    throwIfAborted(signal);
  }

  /**
   * Jobs of an owner that died wait again. One of this installation is no longer there, because this process has its
   * lock; another machine's is taken for gone when it has not been heard of for long.
   */
  async #recover({ entries }: Pick<JobListing, "entries">): Promise<boolean> {
    const { queue: { store }, owner, alone, clock } = this.#options;
    let any = false;
    for (const entry of entries) {
      const { job } = entry;
      if (job.owner?.id === owner.id || !isAbandoned(job, { self: owner, alone, nowMs: clock.now() })) {
        continue;
      }
      any = await store.replace(entry, abandonJob(job)) !== undefined || any;
    }
    return any;
  }

  /** Looks once, and does what is to be done. @returns whether there is anything left. */
  async #turn(): Promise<boolean> {
    let listing: JobListing;
    try {
      listing = await this.#options.queue.store.list();
      this.#failures = 0;
    } catch (error) {
      this.#seenVersion = undefined;
      if (++this.#failures >= MAX_FAILURES && this.#running.size === 0) throw error;
      this.#complain(error);
      return true;
    }
    this.#seenVersion = listing.version;
    // Of a store that machines share, others may vanish at any time.
    const recover = this.#options.alone ? undefined : this.#recover(listing);
    if (await recover?.catch((error) => this.#complain(error)) === true) this.changed();
    this.#sayDamaged(listing);
    this.#tell(listing);
    this.#stopUnwanted(listing);
    await this.#takeBackForgotten(listing);
    await this.#startWanted(listing);
    await this.#running.writeBytes();
    const isBusy = this.#running.size > 0 || listing.entries.some(({ job }) => job.status === "pending");
    return this.#waitsForPaused(listing, { isBusy }) || isBusy;
  }

  /** Whether to stay for paused jobs; when nothing else is left to do, that is told. */
  #waitsForPaused({ entries }: JobListing, { isBusy }: { readonly isBusy: boolean }): boolean {
    const waits = !isBusy && this.#options.waitForPaused === true &&
      entries.some(({ job: { id, status } }) => status === "paused" && this.#followed.has(id));
    if (waits && !this.#idle) this.#options.onIdle?.();
    this.#idle = waits;
    return waits;
  }

  async #waitForChange(signal: AbortSignal): Promise<void> {
    const { clock, queue: { store } } = this.#options;
    const isWoken = (): boolean => this.#dirty || signal.aborted;
    while (!isWoken()) {
      const slept = new AbortController();
      const woken = new Promise<void>((resolve) => this.#wake = resolve);
      await Promise.race([woken, clock.sleep(LOOK_EVERY_MS, { signal: slept.signal }).catch(() => {})]);
      this.#wake = undefined;
      slept.abort();
      if (isWoken() || this.#running.isWriteDue()) return;
      if (await store.version().catch(() => undefined) !== this.#seenVersion) return;
    }
  }

  /** Tells of jobs that have changed since the last look. */
  #tell({ entries }: JobListing): void {
    const told = new Map<string, string>();
    for (const { job, version } of entries) {
      told.set(job.id, version);
      const open = job.status === "pending" || job.status === "downloading";
      if (open) this.#followed.add(job.id);
      if (this.#told.get(job.id) === version || !this.#followed.has(job.id)) continue;
      const preempted = job.status !== "downloading" && this.#preempted.delete(job.id) &&
        job.status === "pending";
      this.#events.emit({
        type: "job",
        jobId: job.id,
        job: this.#running.live(job),
        ...(preempted ? { preempted } : {}),
      });
    }
    this.#told = told;
    // Who stays for months must not remember what has long been forgotten.
    for (const id of this.#followed) if (!told.has(id)) this.#followed.delete(id);
    for (const id of this.#preempted) if (!told.has(id)) this.#preempted.delete(id);
  }

  #stopUnwanted({ entries }: JobListing): void {
    const byId = new Map(entries.map(({ job }) => [job.id, job]));
    for (const { job: { id }, stop } of this.#running.all()) {
      const job = byId.get(id);
      const ours = job?.status === "downloading" && job.owner?.id === this.#options.owner.id;
      if (!ours) stop.abort(stopReason(job?.status === "paused" ? "Paused" : "Cancelled"));
    }
  }

  /** The end of a job could not be written for so long that it was given up: what came of it is looked at again. */
  async #takeBackForgotten({ entries }: JobListing): Promise<void> {
    const { queue: { store }, owner } = this.#options;
    for (const entry of entries) {
      const { id, status, owner: by } = entry.job;
      if (status !== "downloading" || by?.id !== owner.id || this.#running.has(id)) continue;
      // An older state of a job that has just ended is not written over.
      const back = await store.replace(entry, abandonJob(entry.job)).catch((error) => this.#complain(error));
      if (back !== undefined) this.changed();
    }
  }

  async #startWanted({ entries }: JobListing): Promise<void> {
    const { clock, places } = this.#options;
    const waiting = entries.filter(({ job }) => job.status === "pending" && !this.#running.has(job.id));
    const jobs = [
      ...waiting.map(({ job }) => toScheduled(job, "waiting")),
      ...this.#running.all().map(({ job, stop }) =>
        toScheduled(job, stop.signal.aborted ? "stopping" : "running")
      ),
    ];
    const nowMs = clock.now();
    const urgent = waiting.filter(({ job }) => job.priority === "urgent").length;
    const limits = this.#limits(urgent);
    const { start, stop } = planSchedule(jobs, { nowMs, limits });
    const more = { ...limits, maxConcurrent: limits.maxConcurrent + 1 };
    const waits = planSchedule(jobs, { nowMs, limits: more }).start.length > start.length;
    // Before anything is waited for: no schedule may take the same place.
    places?.noteQueue(this.#running.size + start.length, waits);
    for (const id of stop) {
      this.#preempted.add(id);
      this.#running.get(id)?.stop.abort(stopReason("Made way for a more urgent job"));
    }
    for (const id of start) {
      const entry = waiting.find(({ job }) => job.id === id);
      if (entry !== undefined) await this.#start(entry);
    }
    places?.noteQueue(this.#running.size, waits);
  }

  #limits(urgent: number): SchedulerLimits {
    const { limits: { maxConcurrent, maxPerHost }, places } = this.#options;
    return {
      maxConcurrent: places?.forQueue({ running: this.#running.size, urgent }) ?? maxConcurrent,
      maxPerHost,
    };
  }

  async #start(entry: JobEntry): Promise<void> {
    const { queue: { store }, clock, owner } = this.#options;
    const job = takeJob(entry.job, owner, new Date(clock.now()).toISOString());
    if (job === undefined) return;
    let taken: JobEntry | undefined;
    try {
      taken = await store.replace(entry, job);
    } catch (error) {
      return this.#complain(error);
    }
    // Somebody has changed it in between: looks again.
    if (taken === undefined) return this.changed();
    this.#preempted.delete(job.id);
    this.#told.set(job.id, taken.version);
    this.#events.emit({ type: "job", jobId: job.id, job });
    this.#running.start(job, (running) => this.#work(running));
  }

  async #work(running: RunningJob): Promise<void> {
    const { job, stop: { signal }, progress } = running;
    let end: JobEnd;
    try {
      const outcome = await this.#options.runJob(job, {
        signal,
        onEvent: (event) => {
          progress.handle(event);
          this.#events.emit({ ...event, jobId: job.id });
        },
      });
      end = outcome.status === "completed"
        ? { type: "completed", bytesTotal: outcome.bytesTotal }
        : signal.aborted
        ? { type: "released" }
        : { type: "failed", error: outcome.error };
    } catch (error) {
      end = signal.aborted ? { type: "released" } : { type: "failed", error: toErrorData(error) };
    }
    await this.#running.writeEnd(running, end);
    this.changed();
  }

  /** Damaged records are skipped, and said each time that there are others. */
  #sayDamaged({ damaged }: JobListing): void {
    const ids = damaged.join(", ");
    if (ids !== "" && ids !== this.#damaged) this.#options.onNotice?.(damagedNotice(damaged));
    this.#damaged = ids;
  }

  /** Said once: the work goes on, and is written down when that is possible again. */
  #complain(error: unknown): void {
    if (!isModelManagerError(error) && !(error instanceof Error)) throw error;
    if (this.#complained) return;
    this.#complained = true;
    this.#options.onNotice?.(`The queue could not be read or written: ${error.message}`);
  }
}

/** The history tells by it why an attempt ended. */
function stopReason(message: string): ModelManagerError {
  return new ModelManagerError("CANCELLED", message);
}
