import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { changeJob, endJob, type JobChange, takeJob } from "../../../core/jobs/transitions.ts";
import { JOB_STATUSES, type JobStatus } from "../../../core/state/job_record.ts";
import { makeJob } from "./job_fixture.ts";

const CONTEXT = { now: "2025-01-02T00:00:00.000Z", position: 9 };
const OWNER = { id: "o", pid: 1, host: "h" };
const ERROR = { code: "NETWORK_ERROR", message: "gone", hints: [], causes: [] } as const;

/** What becomes of each status: a status, `same`, or `refused`. */
const TABLE: Readonly<Record<"pause" | "resume" | "retry" | "cancel", Readonly<Record<JobStatus, string>>>> =
  {
    pause: {
      pending: "paused",
      downloading: "paused",
      paused: "same",
      completed: "refused",
      failed: "refused",
      cancelled: "refused",
    },
    resume: {
      pending: "same",
      downloading: "same",
      paused: "pending",
      completed: "refused",
      failed: "pending",
      cancelled: "pending",
    },
    retry: {
      pending: "same",
      downloading: "same",
      paused: "pending",
      completed: "refused",
      failed: "pending",
      cancelled: "pending",
    },
    cancel: {
      pending: "cancelled",
      downloading: "cancelled",
      paused: "cancelled",
      completed: "refused",
      failed: "refused",
      cancelled: "refused",
    },
  };

for (const [type, row] of Object.entries(TABLE)) {
  Deno.test(`changeJob() follows the table for ${type}`, () => {
    for (const status of JOB_STATUSES) {
      const job = makeJob({ status });
      const change = { type } as JobChange;
      if (row[status] === "refused") {
        throws(() => changeJob(job, change, CONTEXT), (error) => {
          ok(isModelManagerError(error));
          strictEqual(error.code, "USAGE_ERROR");
          match(error.message, new RegExp(`job "00000001": it (?:was|has) ${status}`));
          return error.hints.length > 0;
        });
      } else if (row[status] === "same") strictEqual(changeJob(job, change, CONTEXT), job);
      else strictEqual(changeJob(job, change, CONTEXT).status, row[status]);
    }
  });
}

Deno.test("changeJob() keeps the place of what was paused, and sends what had ended to the end", () => {
  const paused = changeJob(makeJob({ status: "paused", position: 2 }), { type: "resume" }, CONTEXT);
  deepStrictEqual([paused.position, paused.waitingSince], [2, CONTEXT.now]);
  const failed = makeJob({ status: "failed", position: 2, error: ERROR, endedAt: CONTEXT.now });
  const retried = changeJob(failed, { type: "retry" }, CONTEXT);
  deepStrictEqual([retried.position, retried.error, retried.endedAt], [9, undefined, undefined]);
});

Deno.test("changeJob() changes priority and place of what is not finished only", () => {
  const change = { type: "priority", priority: "high" } as const;
  const raised = changeJob(makeJob(), change, CONTEXT);
  deepStrictEqual([raised.priority, raised.position], ["high", 9]);
  strictEqual(changeJob(raised, change, CONTEXT), raised);
  throws(() => changeJob(makeJob({ status: "completed" }), change, CONTEXT), /it has completed already/);
  throws(() => changeJob(makeJob({ status: "failed" }), { type: "move" }, CONTEXT), /it has failed already/);
});

Deno.test("takeJob() takes only what waits", () => {
  for (const status of JOB_STATUSES) {
    const taken = takeJob(makeJob({ status, attempts: 2 }), OWNER, CONTEXT.now);
    if (status !== "pending") strictEqual(taken, undefined);
    else deepStrictEqual([taken?.status, taken?.attempts, taken?.owner], ["downloading", 3, OWNER]);
  }
});

Deno.test("endJob() lets what was asked for meanwhile count", () => {
  const context = { ownerId: OWNER.id, now: CONTEXT.now };
  const end = { type: "completed", bytesTotal: 7 } as const;
  const working = makeJob({ status: "downloading", owner: OWNER });
  const completed = endJob(working, end, context);
  deepStrictEqual([completed?.status, completed?.bytesReceived, completed?.owner], [
    "completed",
    7,
    undefined,
  ]);
  for (const status of JOB_STATUSES.filter((each) => each !== "downloading")) {
    strictEqual(endJob(makeJob({ status }), end, context), undefined);
  }
  strictEqual(endJob({ ...working, owner: { ...OWNER, id: "other" } }, end, context), undefined);
});

Deno.test("endJob() keeps place and waiting time of what is to be gone on with, and cuts long errors", () => {
  const context = { ownerId: OWNER.id, now: CONTEXT.now };
  const working = makeJob({ status: "downloading", owner: OWNER, position: 4 });
  deepStrictEqual(endJob(working, { type: "released" }, context), makeJob({ position: 4 }));
  const error = { ...ERROR, message: "x".repeat(100_000), hints: Array(100).fill("y") };
  const failed = endJob(working, { type: "failed", error }, context);
  ok(JSON.stringify(failed).length < 10_000);
  strictEqual(failed?.status, "failed");
  const secret = `hf_${"x".repeat(20)}`;
  const told = endJob(
    working,
    { type: "failed", error: { ...ERROR, message: secret, hints: [secret] } },
    context,
  );
  ok(!JSON.stringify(told).includes(secret), "secrets are not kept");
});
