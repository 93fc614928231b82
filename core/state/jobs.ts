/**
 * The queue's jobs in Deno KV. Every change is a compare-and-set: of two processes that change a job at once, one
 * succeeds, and the other looks again.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { ModelManagerError } from "../base/errors.ts";
import { withKvRetry } from "../platform/kv.ts";
import { isUnreadable, readAllBelow } from "../platform/kv_unreadable.ts";
import { JOB_PRIORITIES, JOB_STATUSES, type JobRecord } from "./job_record.ts";

/** A job, and the state of the store in which it was read. */
export interface JobEntry {
  readonly job: JobRecord;
  /** Changes with each write. */
  readonly version: string;
}

/** What the store holds. */
export interface JobListing {
  /** By id. */
  readonly entries: readonly JobEntry[];
  /** Ids of records that cannot be read. */
  readonly damaged: readonly string[];
  /** Changes with every change of any job; `null` before the first. */
  readonly version: string | null;
}

/** A record as it is stored. */
interface StoredJob extends JobRecord {
  /** Version of this shape. */
  readonly v: 1;
}

const JOBS = "jobs";
/** Written with every change, so that one small read tells whether there was one. */
const CHANGED: Deno.KvKey = ["jobs_changed"];
/** A value may have 65,536 bytes, as UTF-16 in the worst case, with all that is around the text. */
const MAX_RECORD_CHARACTERS = 30_000;
const DELETE_BATCH = 100;

type Judgement = "job" | "damaged" | "other";

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** Dates have to be dates: times are computed with them. */
function isDate(value: unknown): boolean {
  return isText(value) && !Number.isNaN(Date.parse(value));
}

/** A record of a later version is not ours to read, but it is no damage. */
function judge(id: string, value: unknown): Judgement {
  if (typeof value !== "object" || value === null || !("v" in value)) return "damaged";
  if (typeof value.v === "number" && value.v > 1) return "other";
  const job = value as Partial<StoredJob>;
  const { options, owner, error } = job;
  const sound = job.v === 1 && job.id === id &&
    isText(job.reference) && isText(job.modelsDir) && isText(job.endpoint) &&
    JOB_PRIORITIES.some((priority) => priority === job.priority) &&
    JOB_STATUSES.some((status) => status === job.status) &&
    typeof job.position === "number" && Number.isFinite(job.position) &&
    isDate(job.createdAt) && isDate(job.waitingSince) &&
    isCount(job.attempts) && isCount(job.bytesReceived) && isCount(job.bytesTotal) &&
    typeof options === "object" && options !== null &&
    (owner === undefined || isText(owner?.id)) &&
    (error === undefined || (isText(error?.message) && Array.isArray(error.hints)));
  return sound ? "job" : "damaged";
}

function toJob({ v: _, ...job }: StoredJob): JobRecord {
  return job;
}

/** The jobs of this machine, or of all that share a store. */
export class JobStore {
  readonly #kv: Deno.Kv;
  readonly #clock: Clock;

  constructor(kv: Deno.Kv, options: { readonly clock?: Clock } = {}) {
    this.#kv = kv;
    this.#clock = options.clock ?? systemClock;
  }

  /** Everything that is kept. */
  async list(): Promise<JobListing> {
    // Read first: a change that comes while we read makes the version old, and is not missed.
    const version = await this.version();
    const stored = await withKvRetry(() => readAllBelow(this.#kv, [JOBS]), { clock: this.#clock });
    const entries: JobEntry[] = [];
    const damaged = [...stored.unreadable];
    for (const { key, value, versionstamp } of stored.entries) {
      const id = String(key[1]);
      const judgement = judge(id, value);
      if (judgement === "damaged") damaged.push(id);
      if (judgement === "job") entries.push({ job: toJob(value as StoredJob), version: versionstamp });
    }
    return { entries, damaged, version };
  }

  /** Changes with every change of any job. */
  async version(): Promise<string | null> {
    return await withKvRetry(async () => {
      try {
        return (await this.#kv.get(CHANGED)).versionstamp;
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        // Its value means nothing, only that it changes.
        return (await this.#kv.set(CHANGED, crypto.randomUUID())).versionstamp;
      }
    }, { clock: this.#clock });
  }

  /** One job; `undefined` when there is none of that id that can be read. */
  async get(id: string): Promise<JobEntry | undefined> {
    const read = () => this.#kv.get<unknown>([JOBS, id]);
    const entry = await withKvRetry(read, { clock: this.#clock }).catch((error) => {
      if (isUnreadable(error)) return undefined;
      throw error;
    });
    if (entry === undefined) return undefined;
    const { value, versionstamp } = entry;
    if (versionstamp === null || judge(id, value) !== "job") return undefined;
    return { job: toJob(value as StoredJob), version: versionstamp };
  }

  /**
   * Adds a job, provided that nothing has changed since the listing: so two processes never add the same twice.
   *
   * @returns the entry, or `undefined` when there was a change.
   * @throws {ModelManagerError} `USAGE_ERROR` when it is too long to be kept.
   */
  async insert(job: JobRecord, listing: Pick<JobListing, "version">): Promise<JobEntry | undefined> {
    checkSize(job);
    const key = [JOBS, job.id];
    return await this.#commit(job, [{ key, versionstamp: null }, {
      key: CHANGED,
      versionstamp: listing.version,
    }]);
  }

  /** Puts `job` in the place of what was read. @returns the new entry, or `undefined` when that was old. */
  async replace(entry: JobEntry, job: JobRecord): Promise<JobEntry | undefined> {
    return await this.#commit(job, [{ key: [JOBS, job.id], versionstamp: entry.version }]);
  }

  /** Several at once: all of them, or none when one of them was old. */
  async replaceAll(changes: readonly (readonly [JobEntry, JobRecord])[]): Promise<boolean> {
    return await withKvRetry(async () => {
      const transaction = this.#kv.atomic();
      for (const [{ version }, job] of changes) {
        const key = [JOBS, job.id];
        transaction.check({ key, versionstamp: version }).set(key, toStored(job));
      }
      return (await transaction.set(CHANGED, crypto.randomUUID()).commit()).ok;
    }, { clock: this.#clock });
  }

  /** Deletes jobs that have not changed since they were read. @returns those that are gone. */
  async delete(entries: readonly JobEntry[]): Promise<readonly JobRecord[]> {
    const gone: JobRecord[] = [];
    for (const entry of entries) {
      const key = [JOBS, entry.job.id];
      const { ok } = await withKvRetry(
        () =>
          this.#kv.atomic().check({ key, versionstamp: entry.version }).delete(key)
            .set(CHANGED, crypto.randomUUID()).commit(),
        { clock: this.#clock },
      );
      if (ok) gone.push(entry.job);
    }
    return gone;
  }

  /** Deletes records that cannot be read. */
  async deleteDamaged(ids: readonly string[]): Promise<void> {
    for (let start = 0; start < ids.length; start += DELETE_BATCH) {
      await withKvRetry(async () => {
        const transaction = this.#kv.atomic();
        for (const id of ids.slice(start, start + DELETE_BATCH)) transaction.delete([JOBS, id]);
        await transaction.commit();
      }, { clock: this.#clock });
    }
  }

  async #commit(
    job: JobRecord,
    checks: readonly Deno.AtomicCheck[],
  ): Promise<JobEntry | undefined> {
    const result = await withKvRetry(
      () =>
        this.#kv.atomic().check(...checks).set([JOBS, job.id], toStored(job))
          .set(CHANGED, crypto.randomUUID()).commit(),
      { clock: this.#clock },
    );
    return result.ok ? { job, version: result.versionstamp } : undefined;
  }
}

function toStored({ elsewhere: _, ...job }: JobRecord): StoredJob {
  return { ...job, v: 1 };
}

function checkSize(job: JobRecord): void {
  if (JSON.stringify(job).length <= MAX_RECORD_CHARACTERS) return;
  throw new ModelManagerError("USAGE_ERROR", `Cannot queue "${job.reference}": its options are too long`, {
    hints: ["Give fewer patterns with --include and --exclude, or pull it at once: mm pull REF"],
  });
}
