/**
 * A listing of the queue that stays true while jobs are added and changed.
 *
 * @module
 */
import { isFinished, type JobRecord } from "../state/job_record.ts";
import type { JobEntry, JobListing } from "../state/jobs.ts";
import type { AddRequest } from "./commands.ts";
import { selectionKey } from "./job_order.ts";

/** All jobs at one moment, kept current by whoever changes them. */
export class CurrentListing {
  /** Ids of records that cannot be read. */
  readonly damaged: readonly string[];
  #version: string | null;
  readonly #entries: Map<string, JobEntry>;
  /** By job: many references may be looked for in one listing. */
  readonly #keys = new WeakMap<JobRecord, string>();

  constructor(listing: JobListing) {
    this.#version = listing.version;
    this.#entries = new Map(listing.entries.map((entry) => [entry.job.id, entry]));
    this.damaged = listing.damaged;
  }

  /** Of the store: with it, whoever writes finds out that somebody has come between. */
  get version(): string | null {
    return this.#version;
  }

  get jobs(): JobRecord[] {
    return [...this.#entries.values()].map(({ job }) => job);
  }

  get ids(): string[] {
    return [...this.#entries.keys()];
  }

  get(id: string): JobEntry | undefined {
    return this.#entries.get(id);
  }

  /** A job that has been written. */
  put(entry: JobEntry): void {
    this.#entries.set(entry.job.id, entry);
    // One transaction has written both.
    this.#version = entry.version;
  }

  /** Behind all others. */
  get endPosition(): number {
    let last = 0;
    for (const { job } of this.#entries.values()) last = Math.max(last, job.position);
    return Math.floor(last) + 1;
  }

  /** Jobs that do the same, the one that is not finished first. */
  same(request: AddRequest): JobEntry | undefined {
    const key = selectionKey(request);
    const same = [...this.#entries.values()].filter(({ job }) =>
      job.status !== "completed" && this.#keyOf(job) === key
    );
    return same.find(({ job }) => !isFinished(job.status)) ?? same.at(-1);
  }

  #keyOf(job: JobRecord): string {
    let key = this.#keys.get(job);
    if (key === undefined) this.#keys.set(job, key = selectionKey(job));
    return key;
  }
}
