import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { cancelledError, ModelManagerError } from "../../../core/base/errors.ts";
import type { QueueEvent } from "../../../core/jobs/queue_events.ts";
import {
  BackgroundLog,
  type BackgroundPlaces,
  forgetBackgroundRun,
  readBackgroundRun,
} from "../../../core/operations/background_run.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";
import { makeJob } from "../jobs/job_fixture.ts";

function placesIn(dir: TempDir): BackgroundPlaces {
  return { folder: dir.join("queue"), logPath: dir.join("logs", "queue.log") };
}

Deno.test("BackgroundLog notes how the run began and ended", async () => {
  await using dir = await makeTempDir();
  const places = placesIn(dir);
  const clock = new TestClock();
  strictEqual(await readBackgroundRun(places), undefined);
  const log = new BackgroundLog(places, { clock });
  await log.begin();
  const { pid, ...begun } = await readBackgroundRun(places) ?? {};
  strictEqual(typeof pid, "number");
  deepStrictEqual(begun, { startedAt: "2025-01-01T00:00:00.000Z", logPath: places.logPath });
  await clock.advance(60_000);
  await log.end();
  const ended = await readBackgroundRun(places);
  deepStrictEqual([ended?.endedAt, ended?.error], ["2025-01-01T00:01:00.000Z", undefined]);
  await forgetBackgroundRun(places);
  strictEqual(await readBackgroundRun(places), undefined);
});

Deno.test("BackgroundLog keeps what a run failed with, without secrets", async () => {
  await using dir = await makeTempDir();
  const places = placesIn(dir);
  const log = new BackgroundLog(places, { clock: new TestClock() });
  const secret = `hf_${"x".repeat(20)}`;
  await log.end(
    new ModelManagerError("LOCKED", `no ${secret}`, { hints: ["wait"], cause: new Error("why") }),
  );
  const run = await readBackgroundRun(places);
  deepStrictEqual([run?.error?.code, run?.error?.hints], ["LOCKED", ["wait"]]);
  const texts = [await readFile(places.logPath, "utf8"), JSON.stringify(run)];
  match(texts[0] ?? "", /Failed: no .*: why\n$/);
  for (const text of texts) strictEqual(text.includes(secret), false);
  await log.end(cancelledError());
  match(await readFile(places.logPath, "utf8"), /Stopped; the jobs wait again\n$/);
});

Deno.test("BackgroundLog.handle() writes what changes, and a wait only once", async () => {
  await using dir = await makeTempDir();
  const places = placesIn(dir);
  const log = new BackgroundLog(places, { clock: new TestClock() });
  const bytes = { reference: "r", receivedBytes: 1, totalBytes: 9 };
  const job = makeJob({ status: "downloading" });
  const error = { code: "NETWORK_ERROR", message: "no line", hints: [], causes: ["reset"] } as const;
  const told: QueueEvent[] = [
    { type: "job", jobId: job.id, job },
    { type: "job", jobId: job.id, job: { ...job, bytesReceived: 5 } },
    { type: "progress", jobId: job.id, file: "f", connections: 1, ...bytes },
    { type: "waiting", jobId: job.id, reason: "lock", until: undefined, message: "waiting: 1 %", ...bytes },
    { type: "waiting", jobId: job.id, reason: "lock", until: undefined, message: "waiting: 2 %", ...bytes },
    { type: "retrying", jobId: job.id, file: "f", attempt: 1, delayMs: 5, error, ...bytes },
    { type: "job", jobId: job.id, job: { ...job, status: "failed", error } },
  ];
  for (const event of told) log.handle(event);
  await log.end();
  const lines = (await readFile(places.logPath, "utf8")).trimEnd().split("\n").map((line) => line.slice(25));
  deepStrictEqual(lines, [
    "Job 00000001 is downloading (acme/m:Q4_K_M, normal)",
    "Job 00000001: waiting: 1 %",
    "Job 00000001: f: no line",
    "Job 00000001 is failed: no line: reset (acme/m:Q4_K_M, normal)",
    "Nothing is left to do",
  ]);
});

Deno.test("readBackgroundRun() takes a note that makes no sense for none", async () => {
  await using dir = await makeTempDir();
  const places = { ...placesIn(dir), folder: dir.path };
  for (const text of ["", "{", "null", `{"version":2}`, `{"version":1,"pid":"x"}`]) {
    await writeFile(dir.join("background.json"), text);
    strictEqual(await readBackgroundRun(places), undefined);
  }
});
