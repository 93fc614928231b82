/**
 * The queue: what people ask of it, done to the jobs in the store. It works whether or not somebody works the queue,
 * in whatever process.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { isModelManagerError, ModelManagerError, toErrorData } from "../base/errors.ts";
import { formatReference, parseReference, webHosts } from "../base/reference.ts";
import { isFinished, type JobRecord, type JobStatus } from "../state/job_record.ts";
import type { JobEntry, JobStore } from "../state/jobs.ts";
import type { AddRequest, JobIds, JobPlace, JobResult, QueueCommand } from "./commands.ts";
import { findJobId, newJobId } from "./job_id.ts";
import { CurrentListing } from "./job_listing.ts";
import { inDisplayOrder, outdated } from "./job_order.ts";
import { comesBefore, indexOf, positionAt } from "./job_place.ts";
import { rankOf } from "./priority.ts";
import { abandonJob, changeJob, type JobChange } from "./transitions.ts";

/** The jobs, and what could not be read. */
export interface JobList {
  /** At work, waiting in turn, paused, finished with the latest first. */
  readonly jobs: readonly JobRecord[];
  /** Ids of records that are damaged. */
  readonly damaged: readonly string[];
}

/** In commands, for every job that it can be meant for. */
const ALL_JOBS = "all";

/** Two processes that change the same job at once both come to an end long before. */
const MAX_ATTEMPTS = 1_000;

/** Which jobs `all` means. */
const MEANT_BY_ALL: Readonly<Record<JobChange["type"], readonly JobStatus[]>> = {
  pause: ["pending", "downloading"],
  resume: ["paused"],
  retry: ["failed"],
  cancel: ["pending", "downloading", "paused"],
  priority: ["pending", "downloading", "paused"],
  move: [],
};

/** The queue of this machine. */
export class JobQueue {
  readonly store: JobStore;
  readonly #clock: Clock;

  constructor(store: JobStore, options: { readonly clock: Clock }) {
    this.store = store;
    this.#clock = options.clock;
  }

  /**
   * Everything in it.
   *
   * @param options.isAbandoned Whether nobody is at work on a job although it says so: it waits in truth.
   */
  async list(options: { readonly isAbandoned?: (job: JobRecord) => boolean } = {}): Promise<JobList> {
    const { isAbandoned = () => false } = options;
    const { entries, damaged } = await this.store.list();
    const jobs = entries.map(({ job }) =>
      job.status === "downloading" && isAbandoned(job) ? abandonJob(job) : job
    );
    return { jobs: inDisplayOrder(jobs, this.#clock.now()), damaged };
  }

  /**
   * Does what is asked for.
   *
   * @returns one result a job; failures of single jobs are in there.
   */
  async execute(command: QueueCommand): Promise<JobResult[]> {
    switch (command.type) {
      case "add":
        return await this.#add(command.requests);
      case "move":
        return await this.#each([command.id], { type: "move" }, (id) => this.#move(id, command.place));
      case "clear":
        return await this.#clear(command.status);
      case "priority": {
        const change = { type: command.type, priority: command.priority } as const;
        return await this.#each(command.ids, change, (id, end) => this.#change(id, change, end));
      }
      default: {
        const change = { type: command.type };
        return await this.#each(command.ids, change, (id, end) => this.#change(id, change, end));
      }
    }
  }

  /** Forgets finished jobs that are old or too many. */
  async purge(): Promise<void> {
    const { entries } = await this.store.list();
    const old = new Set(outdated(entries.map(({ job }) => job), this.#clock.now()).map(({ id }) => id));
    if (old.size > 0) await this.store.delete(entries.filter(({ job }) => old.has(job.id)));
  }

  get #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }

  async #listing(): Promise<CurrentListing> {
    return new CurrentListing(await this.store.list());
  }

  async #add(requests: readonly AddRequest[]): Promise<JobResult[]> {
    const results: JobResult[] = [];
    let listing = await this.#listing();
    for (const typed of requests) {
      try {
        const request = canonical(typed);
        for (let attempt = 0;; attempt++) {
          const result = await this.#addOnce(request, listing);
          if (result !== undefined) {
            results.push(result);
            break;
          }
          if (attempt === MAX_ATTEMPTS) throw busyError();
          listing = await this.#listing();
        }
      } catch (error) {
        results.push(failure(typed.reference, error));
      }
    }
    await this.purge();
    return results;
  }

  /** `undefined` when somebody changed the queue meanwhile. */
  async #addOnce(request: AddRequest, listing: CurrentListing): Promise<JobResult | undefined> {
    const same = listing.same(request);
    if (same !== undefined) return await this.#join(same, request, listing);
    const nowMs = this.#clock.now();
    const taken = new Set([...listing.ids, ...listing.damaged]);
    const job: JobRecord = {
      id: newJobId(taken, { nowMs, random: this.#clock.random() }),
      ...request,
      status: "pending",
      position: listing.endPosition,
      createdAt: this.#now,
      waitingSince: this.#now,
      attempts: 0,
      bytesReceived: 0,
      bytesTotal: 0,
    };
    const entry = await this.store.insert(job, listing);
    if (entry === undefined) return undefined;
    listing.put(entry);
    return { id: job.id, changed: true, joined: false, job };
  }

  /** Who asks again for what is queued has it there; a more urgent wish counts for both. */
  async #join(entry: JobEntry, request: AddRequest, listing: CurrentListing): Promise<JobResult | undefined> {
    const context = { now: this.#now, position: listing.endPosition };
    let { job } = entry;
    const background = request.background ?? job.background;
    if (isFinished(job.status)) {
      const { priority, options } = request;
      job = { ...changeJob(job, { type: "retry" }, context), priority, options };
    } else if (rankOf(request.priority) > rankOf(job.priority)) {
      job = changeJob(job, { type: "priority", priority: request.priority }, context);
    }
    const { id } = job;
    const changed = job !== entry.job;
    if (background !== job.background) job = { ...job, background: true };
    if (job === entry.job) return { id, changed, joined: true, job };
    const replaced = await this.store.replace(entry, job);
    if (replaced === undefined) return undefined;
    listing.put(replaced);
    return { id, changed, joined: true, job };
  }

  async #each(
    texts: JobIds,
    change: JobChange,
    act: (id: string, endPosition: number) => Promise<JobResult>,
  ): Promise<JobResult[]> {
    const results: JobResult[] = [];
    const seen = new Set<string>();
    const { jobs, ids, endPosition } = await this.#listing();
    const meant = inDisplayOrder(jobs, this.#clock.now()).filter(({ status }) =>
      MEANT_BY_ALL[change.type].includes(status)
    ).map(({ id }) => id);
    for (const text of texts.flatMap((each) => each === ALL_JOBS ? meant : [each])) {
      try {
        const id = findJobId(text, ids);
        if (seen.has(id)) continue;
        seen.add(id);
        results.push(await act(id, endPosition + seen.size));
      } catch (error) {
        results.push(failure(text, error));
      }
    }
    return results;
  }

  /** Changes one job, again until nobody has come between. */
  async #change(id: string, change: JobChange, endPosition: number): Promise<JobResult> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const entry = await this.store.get(id);
      if (entry === undefined) throw goneError(id);
      const job = changeJob(entry.job, change, { now: this.#now, position: endPosition });
      if (job === entry.job) return { id, changed: false, job };
      if (await this.store.replace(entry, job) !== undefined) return { id, changed: true, job };
    }
    throw busyError();
  }

  async #move(id: string, place: JobPlace): Promise<JobResult> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const listing = await this.#listing();
      const entry = listing.get(id);
      if (entry === undefined) throw goneError(id);
      const { job } = entry;
      const others = listing.jobs
        .filter((other) =>
          other.id !== id && other.priority === job.priority &&
          // What is paused is no neighbour of what waits: nobody would see a step over it.
          (other.status === "pending" || (other.status === "paused" && job.status === "paused"))
        )
        .sort((a, b) => comesBefore(a, b) ? -1 : 1);
      const now = others.filter((other) => comesBefore(other, job)).length;
      const index = Math.min(others.length, indexOf(place, now));
      const move = (position: number): JobRecord =>
        changeJob(job, { type: "move" }, { now: this.#now, position });
      if (index === now) return { id, changed: false, job: move(job.position) };
      const position = positionAt(others, index);
      if (position === undefined) {
        await this.#spread(listing, others);
        continue;
      }
      const moved = move(position);
      if (await this.store.replace(entry, moved) !== undefined) return { id, changed: true, job: moved };
    }
    throw busyError();
  }

  /** Makes room between jobs whose positions have become too close: whole numbers, behind all others. */
  async #spread(listing: CurrentListing, jobs: readonly JobRecord[]): Promise<void> {
    const first = listing.endPosition;
    const changes = jobs.flatMap((job, index) => {
      const entry = listing.get(job.id);
      return entry === undefined ? [] : [[entry, { ...job, position: first + index }] as const];
    });
    // From the end, a transaction at a time: at every moment the order is the one that it was.
    for (let end = changes.length; end > 0; end -= 50) {
      if (!await this.store.replaceAll(changes.slice(Math.max(0, end - 50), end))) return;
    }
  }

  async #clear(status: JobStatus | undefined): Promise<JobResult[]> {
    if (status !== undefined && !isFinished(status)) {
      throw new ModelManagerError("USAGE_ERROR", `Cannot clear jobs that are ${status}: only finished ones`, {
        hints: ["Cancel them first: mm queue cancel ID"],
      });
    }
    const { entries, damaged } = await this.store.list();
    const gone = await this.store.delete(
      entries.filter(({ job }) => isFinished(job.status) && (status ?? job.status) === job.status),
    );
    if (status === undefined) await this.store.deleteDamaged(damaged);
    return [
      ...gone.map((job) => ({ id: job.id, changed: true, job })),
      ...(status === undefined ? damaged : []).map((id) => ({ id, changed: true })),
    ];
  }
}

/** What a person should know of records that cannot be read. */
export function damagedNotice(ids: readonly string[]): string {
  const records = ids.length === 1 ? "A damaged record of a job was" : "Damaged records of jobs were";
  return `${records} skipped (${ids.join(", ")}); to delete what is damaged: mm queue clear`;
}

/** The reference in its short form, so that the same thing is the same text. */
function canonical(request: AddRequest): AddRequest {
  const reference = formatReference(
    parseReference(request.reference, { hosts: webHosts(request.endpoint) }),
  );
  return { ...request, reference };
}

function failure(id: string, error: unknown): JobResult {
  if (!isModelManagerError(error)) throw error;
  return { id, changed: false, error: toErrorData(error) };
}

function goneError(id: string): ModelManagerError {
  return new ModelManagerError("NOT_FOUND", `There is no job "${id}" in the queue any more`, {
    hints: ["See the jobs and their ids: mm queue list"],
  });
}

function busyError(): ModelManagerError {
  return new ModelManagerError("LOCKED", "Cannot change the queue: other processes change it all the time", {
    hints: ["Try again in a moment"],
    retryable: true,
  });
}
