/**
 * Jobs for tests, and a queue over a store in memory.
 *
 * @module
 */
import type { AddRequest, JobResult } from "../../../core/jobs/commands.ts";
import { JobQueue } from "../../../core/jobs/job_queue.ts";
import { openStore } from "../../../core/platform/kv.ts";
import type { JobOptions, JobPriority, JobRecord } from "../../../core/state/job_record.ts";
import { JobStore } from "../../../core/state/jobs.ts";
import { TestClock } from "../../support/test_clock.ts";

const NOW = "2025-01-01T00:00:00.000Z";

/** A job. */
export function makeJob(fields: Partial<JobRecord> = {}): JobRecord {
  return {
    id: "00000001",
    reference: "acme/m:Q4_K_M",
    options: {},
    modelsDir: "/models",
    endpoint: "https://hub.test",
    priority: "normal",
    status: "pending",
    position: 1,
    createdAt: NOW,
    waitingSince: NOW,
    attempts: 0,
    bytesReceived: 0,
    bytesTotal: 0,
    ...fields,
  };
}

/** What to queue. */
export function addRequest(
  reference: string,
  fields: { readonly priority?: JobPriority; readonly options?: JobOptions } = {},
): AddRequest {
  const { priority = "normal", options = {} } = fields;
  return { reference, options, priority, modelsDir: "/models", endpoint: "https://hub.test" };
}

/** A queue with its store and its clock. */
export interface QueueFixture extends AsyncDisposable {
  readonly kv: Deno.Kv;
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly clock: TestClock;
  /** Queues a reference. @returns its id. */
  add(reference: string, priority?: JobPriority): Promise<string>;
  /** The one job of a reference. */
  job(reference: string): Promise<JobRecord>;
}

/** Opens an empty queue. */
export async function openQueue(clock: TestClock = new TestClock()): Promise<QueueFixture> {
  const opened = await openStore(":memory:");
  const store = new JobStore(opened.kv, { clock });
  const queue = new JobQueue(store, { clock });
  return {
    kv: opened.kv,
    store,
    queue,
    clock,
    async add(reference, priority = "normal") {
      const results = await queue.execute({ type: "add", requests: [addRequest(reference, { priority })] });
      return only(results).id;
    },
    async job(reference) {
      const jobs = (await queue.list()).jobs.filter((job) => job.reference === reference);
      const [job] = jobs;
      if (job === undefined || jobs.length > 1) throw new Error(`${jobs.length} jobs for ${reference}`);
      return job;
    },
    [Symbol.asyncDispose]: async () => await opened[Symbol.asyncDispose](),
  };
}

/** The only result. */
export function only(results: readonly JobResult[]): JobResult {
  const [result] = results;
  if (result === undefined || results.length > 1) throw new Error(`${results.length} results`);
  return result;
}
