import { strictEqual } from "node:assert/strict";
import { JobLog } from "../../../core/daemon/job_log.ts";
import { makeJob } from "../jobs/job_fixture.ts";

Deno.test("JobLog forgets jobs that have ended", () => {
  const log = new JobLog();
  for (let number = 0; number < 5_000; number++) {
    const jobId = String(number);
    for (const status of ["pending", "downloading", "completed"] as const) {
      log.handle({ type: "job", jobId, job: makeJob({ id: jobId, status }) });
    }
  }
  strictEqual(log.size, 0);
});
