/**
 * The jobs that are being worked on in this process, and how far they are: live, and now and then in the store.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { JobOwner, JobRecord } from "../state/job_record.ts";
import type { JobStore } from "../state/jobs.ts";
import { seenJob } from "./job_owner.ts";
import { JobProgress } from "./queue_events.ts";
import { endJob, type JobEnd } from "./transitions.ts";

/** How often the bytes of a running job are written down, if they have changed. */
const WRITE_EVERY_MS = 2_000;
/** How often the end of a job is tried to be written, and how long between. */
const END_ATTEMPTS = 20;
const END_PAUSE_MS = 1_000;

/** A job that is being worked on. */
export interface RunningJob {
  readonly job: JobRecord;
  readonly stop: AbortController;
  readonly progress: JobProgress;
  /** Settles, never rejects, when the work has ended and that is written. */
  readonly done: Promise<void>;
}

/** What the jobs are written with. */
export interface RunningJobsOptions {
  readonly clock: Clock;
  readonly owner: JobOwner;
  readonly store: JobStore;
  /** Told when the store could not be written; the work goes on. */
  readonly onFailure: (error: unknown) => void;
}

/** The jobs that are being worked on, by their ids. */
export class RunningJobs {
  readonly #options: RunningJobsOptions;
  readonly #jobs = new Map<string, RunningJob>();
  #writtenAtMs = 0;

  constructor(options: RunningJobsOptions) {
    this.#options = options;
  }

  /** How many there are. */
  get size(): number {
    return this.#jobs.size;
  }

  /** Whether a job is one of them. */
  has(id: string): boolean {
    return this.#jobs.has(id);
  }

  /** The job of that id. */
  get(id: string): RunningJob | undefined {
    return this.#jobs.get(id);
  }

  /** All of them, in the order in which they were started. */
  all(): readonly RunningJob[] {
    return [...this.#jobs.values()];
  }

  /** Begins; `work` is not to reject, and ends with {@link RunningJobs.writeEnd}. */
  start(job: JobRecord, work: (running: RunningJob) => Promise<void>): void {
    const done = Promise.withResolvers<void>();
    const running = { job, stop: new AbortController(), progress: new JobProgress(), done: done.promise };
    this.#jobs.set(job.id, running);
    void work(running).finally(done.resolve);
  }

  /** Stops all of them, and waits until they have ended. */
  async stopAll(): Promise<void> {
    for (const { stop } of this.all()) stop.abort();
    await Promise.all(this.all().map(({ done }) => done));
  }

  /** A job with the bytes of this moment. */
  live(job: JobRecord): JobRecord {
    const running = this.#jobs.get(job.id);
    return running === undefined || job.status !== "downloading" ? job : withBytes(job, running.progress);
  }

  /** Whether the bytes are to be written down again. */
  isWriteDue(): boolean {
    return this.#options.clock.monotonic() - this.#writtenAtMs >= WRITE_EVERY_MS;
  }

  /** Writes down how far jobs are, when that is due. */
  async writeBytes(): Promise<void> {
    if (!this.isWriteDue()) return;
    this.#writtenAtMs = this.#options.clock.monotonic();
    for (const running of this.all()) {
      const { clock, owner: { id: ownerId }, onFailure } = this.#options;
      await this.#update(running, (job) => seenJob(job, { ownerId, nowMs: clock.now() })).catch(onFailure);
    }
  }

  /** Writes how a job ended, again until it is written: a job whose end is not known would be done twice. */
  async writeEnd(running: RunningJob, end: JobEnd): Promise<void> {
    const { clock, owner } = this.#options;
    const now = new Date(clock.now()).toISOString();
    for (let attempt = 0; attempt < END_ATTEMPTS; attempt++) {
      try {
        if (await this.#update(running, (job) => endJob(job, end, { ownerId: owner.id, now }) ?? job)) break;
      } catch (error) {
        this.#options.onFailure(error);
        await clock.sleep(END_PAUSE_MS).catch(() => {});
      }
    }
    this.#jobs.delete(running.job.id);
  }

  /** Changes a job by what is known of its bytes, and by `change`. @returns whether it is written, or gone. */
  async #update(
    { job: { id }, progress }: RunningJob,
    change: (job: JobRecord) => JobRecord,
  ): Promise<boolean> {
    const { store, owner } = this.#options;
    const entry = await store.get(id);
    if (entry === undefined) return true;
    // Another machine has taken us for gone: our bytes are not its own.
    if (entry.job.owner !== undefined && entry.job.owner.id !== owner.id) return true;
    const job = change(withBytes(entry.job, progress));
    if (JSON.stringify(job) === JSON.stringify(entry.job)) return true;
    return await store.replace(entry, job) !== undefined;
  }
}

function withBytes(job: JobRecord, progress: JobProgress): JobRecord {
  const { receivedBytes, totalBytes } = progress;
  if (totalBytes === 0) return job;
  return { ...job, bytesReceived: receivedBytes, bytesTotal: totalBytes };
}
