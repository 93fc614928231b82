/**
 * The jobs of the queue as they were heard of: pure. What has not changed stays the same object.
 *
 * @module
 */
import type { JobRecord } from "../../../core/operations/model_manager.ts";

function isSame(one: JobRecord, other: JobRecord): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** The jobs of a fresh listing; the earlier list itself when nothing has changed. */
export function mergeJobs(earlier: readonly JobRecord[], fresh: readonly JobRecord[]): readonly JobRecord[] {
  const known = new Map(earlier.map((job) => [job.id, job]));
  const merged = fresh.map((job) => {
    const before = known.get(job.id);
    return before !== undefined && isSame(before, job) ? before : job;
  });
  const isUnchanged = merged.length === earlier.length &&
    merged.every((job, index) => job === earlier[index]);
  return isUnchanged ? earlier : merged;
}

/** The jobs with one that has changed, in its place; a new one comes last. */
export function putJob(jobs: readonly JobRecord[], job: JobRecord): readonly JobRecord[] {
  const index = jobs.findIndex(({ id }) => id === job.id);
  const before = jobs[index];
  if (before === undefined) return [...jobs, job];
  return isSame(before, job) ? jobs : jobs.with(index, job);
}

/** Whether a job is at work or waits for its turn. */
export function isOpen({ status }: JobRecord): boolean {
  return status === "pending" || status === "downloading";
}
