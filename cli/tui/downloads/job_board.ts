/**
 * The jobs of the queue and how they go, put together from listings and events.
 *
 * @module
 */
import type { Clock } from "../../../core/base/clock.ts";
import type { JobRecord, QueueEvent } from "../../../core/operations/model_manager.ts";
import type { JobProgress } from "./downloads_state.ts";
import { mergeJobs, putJob } from "./job_list.ts";
import { reduceJobProgress, sampleSpeed, startJobProgress } from "./job_progress.ts";

/** The jobs of the queue, and how they go. */
export class JobBoard {
  readonly #clock: Clock;
  readonly #progress = new Map<string, JobProgress>();
  #jobs: readonly JobRecord[] = [];
  #snapshot: ReadonlyMap<string, JobProgress> = new Map();
  #isMoved = false;
  #changes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** In the queue's order, as of the last listing. */
  get jobs(): readonly JobRecord[] {
    return this.#jobs;
  }

  /** By job id; the same map until something moves. */
  get progress(): ReadonlyMap<string, JobProgress> {
    if (this.#isMoved) this.#snapshot = new Map(this.#progress);
    this.#isMoved = false;
    return this.#snapshot;
  }

  /** Grows when a job changes its state: a listing from before is old then. */
  get changes(): number {
    return this.#changes;
  }

  /** Whether anything is at work. */
  get isMoving(): boolean {
    return this.#progress.size > 0;
  }

  /** Takes a listing. */
  list(fresh: readonly JobRecord[]): void {
    this.#jobs = mergeJobs(this.#jobs, fresh);
    const atWork = new Set(
      this.#jobs.filter(({ status }) => status === "downloading").map(({ id }) => id),
    );
    for (const id of this.#progress.keys()) if (!atWork.has(id)) this.#forget(id);
  }

  /** Takes an event. @returns whether a job has changed its state or place */
  handle(event: QueueEvent): boolean {
    if (event.type !== "job") {
      this.#move(event);
      return false;
    }
    this.#changes++;
    this.#jobs = putJob(this.#jobs, event.job);
    if (event.job.status !== "downloading") this.#forget(event.jobId);
    return true;
  }

  /** Adds the speeds of the last second. */
  sample(): void {
    const nowMs = this.#clock.monotonic();
    for (const [id, job] of this.#progress) {
      this.#progress.set(id, { ...job, speeds: sampleSpeed(job.speeds, job.progress, nowMs) });
      this.#isMoved = true;
    }
  }

  /** Nobody tells any more how jobs go. */
  lose(): void {
    for (const id of [...this.#progress.keys()]) this.#forget(id);
  }

  #move(event: Exclude<QueueEvent, { readonly type: "job" }>): void {
    const { jobId } = event;
    const job = this.#jobs.find(({ id }) => id === jobId);
    // What is still on its way from one that was stopped is no news any more.
    if (job !== undefined && job.status !== "downloading") return;
    const startedMs = Date.parse(job?.startedAt ?? "");
    const at = {
      monotonicMs: this.#clock.monotonic(),
      elapsedMs: Number.isNaN(startedMs) ? 0 : this.#clock.now() - startedMs,
    };
    const before = this.#progress.get(jobId) ?? startJobProgress(at);
    this.#progress.set(jobId, reduceJobProgress(before, event, at));
    this.#isMoved = true;
  }

  #forget(id: string): void {
    if (this.#progress.delete(id)) this.#isMoved = true;
  }
}
