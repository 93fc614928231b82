import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { isOpen, mergeJobs, putJob } from "../../../../cli/tui/downloads/job_list.ts";
import { job } from "./downloads_fixtures.ts";

const JOBS = [job("a", "downloading"), job("b", "pending"), job("c", "failed")];

Deno.test("mergeJobs() gives the same list back when nothing has changed", () => {
  strictEqual(mergeJobs(JOBS, structuredClone(JOBS)), JOBS);
  strictEqual(mergeJobs([], []).length, 0);
});

Deno.test("mergeJobs() keeps the jobs that have not changed, in the fresh order", () => {
  const merged = mergeJobs(JOBS, [job("c", "failed"), job("a", "paused"), job("d", "pending")]);
  deepStrictEqual(merged.map(({ id, status }) => `${id} ${status}`), ["c failed", "a paused", "d pending"]);
  strictEqual(merged[0], JOBS[2]);
  notStrictEqual(merged[1], JOBS[0]);
  notStrictEqual(mergeJobs(JOBS, JOBS.toReversed()), JOBS);
});

Deno.test("putJob() replaces a job in its place, adds a new one, and knows what is no news", () => {
  strictEqual(putJob(JOBS, job("b", "pending")), JOBS);
  deepStrictEqual(putJob(JOBS, job("b", "paused")).map(({ status }) => status), [
    "downloading",
    "paused",
    "failed",
  ]);
  deepStrictEqual(putJob(JOBS, job("d", "pending")).map(({ id }) => id), ["a", "b", "c", "d"]);
});

Deno.test("isOpen() is about what is at work or waits for its turn", () => {
  deepStrictEqual(
    (["pending", "downloading", "paused", "completed", "failed", "cancelled"] as const)
      .filter((status) => isOpen(job("x", status))),
    ["pending", "downloading"],
  );
});
