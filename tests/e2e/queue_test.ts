/**
 * The queue in real processes: worked in order, changed from other terminals, killed, followed, in the background.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { kill } from "node:process";
import type { JobRecord, JobResult, QueueEvent } from "../../core/operations/model_manager.ts";
import { openStore } from "../../core/platform/kv.ts";
import {
  type E2eHub,
  LARGE,
  LARGE_BYTES,
  LARGE_PATH,
  PLAIN,
  sha256,
  startE2eHub,
  TINY,
} from "../support/e2e_hub.ts";
import { openQueueBox } from "../support/queue_box.ts";
import {
  type FinishedProgram,
  readDocument,
  readJsonLines,
  type RunningProgram,
  type Sandbox,
  waitUntil,
} from "../support/run_program.ts";

/** Windows has no signals: what Deno calls so there is always the hard end. */
const NO_SIGNALS = Deno.build.os === "windows";
/** For each of eight to sixteen connections: the large file would take twenty seconds. */
const CRAWL = 100_000;
/** Noted every 100 ms, so that a killed process loses no more than that, and what was under way. */
const LOST_BYTES = LARGE_BYTES / 2;

async function succeed(box: Sandbox, args: readonly string[]): Promise<FinishedProgram> {
  const finished = await box.run(args);
  strictEqual(finished.code, 0, JSON.stringify(finished));
  return finished;
}

async function jobs(box: Sandbox): Promise<JobRecord[]> {
  return readDocument<{ jobs: JobRecord[] }>(await succeed(box, ["queue", "list", "--json"])).jobs;
}

async function job(box: Sandbox, reference: string): Promise<JobRecord> {
  const found = (await jobs(box)).filter((each) => each.reference === reference);
  strictEqual(found.length, 1);
  return found[0] as JobRecord;
}

/** Queues a reference. @returns its id. */
async function add(box: Sandbox, reference: string, ...options: readonly string[]): Promise<string> {
  return (await succeed(box, ["queue", "add", reference, ...options, "--quiet"])).stdout.trim();
}

/** Queues the large model and lets a process work on it, over a crawling line. */
async function startCrawling(
  hub: E2eHub,
  box: Sandbox,
): Promise<{ readonly id: string; readonly owner: RunningProgram }> {
  const id = await add(box, LARGE);
  hub.clear();
  hub.bytesPerSecond = CRAWL;
  const owner = box.start(["queue", "run", "--events"]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() >= 1_000_000);
  return { id, owner };
}

async function assertLargeIsThere(hub: E2eHub, box: Sandbox): Promise<void> {
  const bytes = await readFile(join(box.modelsDir, LARGE, LARGE_PATH));
  strictEqual(sha256(bytes), await hub.sha256(LARGE, LARGE_PATH));
}

Deno.test("mm queue run works ten jobs in the order of their priorities", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  const wanted = {
    low: [`${PLAIN}:config.json`, `${PLAIN}:tokenizer.json`],
    normal: [`${TINY}:Q8_0`, `${PLAIN}:onnx/model.onnx`, `${PLAIN}:empty.txt`],
    urgent: [`${TINY}:Q4_K_M`, `${PLAIN}:empty.bin`],
    high: [`${TINY}:F16`, `${PLAIN}:model.safetensors`, `${PLAIN}:odd/100%.txt`],
  };
  for (const [priority, references] of Object.entries(wanted)) {
    await succeed(box, ["queue", "add", ...references, "--priority", priority]);
  }
  const order = [...wanted.urgent, ...wanted.high, ...wanted.normal, ...wanted.low];
  deepStrictEqual((await jobs(box)).map(({ reference }) => reference), order);
  const run = await succeed(box, ["queue", "run", "--events"]);
  const events = readJsonLines<QueueEvent>(run);
  const started = events.flatMap((event) =>
    event.type === "job" && event.job.status === "downloading" ? [event.job.reference] : []
  );
  deepStrictEqual(started, order);
  const finished = await jobs(box);
  ok(
    finished.every(({ status, bytesReceived, bytesTotal }) =>
      status === "completed" && bytesReceived === bytesTotal
    ),
  );
  deepStrictEqual((await succeed(box, ["queue", "run", "--json"])).stdout, '{\n  "jobs": []\n}\n');
});

Deno.test("mm queue run ends with 11 when a job has failed, and the others are done", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  await add(box, "acme/none");
  const id = await add(box, `${PLAIN}:config.json`);
  const run = await box.run(["queue", "run"]);
  strictEqual(run.code, 11);
  match(run.stderr, /error: acme\/none: Repository "acme\/none" does not exist/);
  match(run.stderr, /hint: Try it again: mm queue retry \w{8}/);
  const failed = await job(box, "acme/none");
  strictEqual(failed.error?.code, "NOT_FOUND");
  strictEqual((await job(box, `${PLAIN}:config.json`)).status, "completed");
  const retried = readDocument<{ results: JobResult[] }>(
    await box.run(["queue", "retry", "all", id, "--json"]),
  ).results;
  deepStrictEqual(retried.map(({ changed, error }) => [changed, error?.code]), [
    [true, undefined],
    [false, "USAGE_ERROR"],
  ]);
});

Deno.test("mm queue pause, resume and cancel reach the process that is at work", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  const { id, owner } = await startCrawling(hub, box);
  await using _owner = owner;
  strictEqual((await job(box, LARGE)).status, "downloading");
  await succeed(box, ["queue", "pause", id]);
  const paused = await job(box, LARGE);
  strictEqual(paused.status, "paused");
  const { bodyBytes } = hub;
  await waitUntil("what was fetched is written down", async () => (await job(box, LARGE)).bytesReceived > 0);
  const sent = bodyBytes();
  strictEqual((await box.run(["queue", "pause", id])).stdout, `Job ${id} is paused already: ${LARGE}\n`);
  strictEqual(bodyBytes(), sent, "nothing moves while it is paused");
  await succeed(box, ["queue", "resume", id]);
  await waitUntil("it goes on", () => bodyBytes() > sent);
  await succeed(box, ["queue", "cancel", id]);
  const finished = await owner.finished;
  strictEqual(finished.code, 0, JSON.stringify(finished));
  strictEqual((await job(box, LARGE)).status, "cancelled");
  const refused = await box.run(["queue", "cancel", id]);
  strictEqual(refused.code, 2);
  match(refused.stderr, /it was cancelled/);
  hub.bytesPerSecond = undefined;
  await succeed(box, ["queue", "retry", id]);
  await succeed(box, ["queue", "run"]);
  await assertLargeIsThere(hub, box);
  ok(hub.bodyBytes() < LARGE_BYTES + LOST_BYTES, "what was fetched is kept over pause and cancel");
});

Deno.test("mm queue run goes on after its predecessor was killed, with the bytes that are there", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  const { owner } = await startCrawling(hub, box);
  await waitUntil("enough is there", () => hub.bodyBytes() >= 6_000_000);
  owner.signal("SIGKILL");
  await owner.finished;
  hub.bytesPerSecond = undefined;
  hub.clear();
  const left = await succeed(box, ["queue", "list"]);
  match(left.stdout, /pending/, "nobody downloads it now");
  match(left.stderr, /1 job waiting, and nobody works the queue/);
  await add(box, `${PLAIN}:config.json`, "--priority", "low");
  await succeed(box, ["queue", "run"]);
  // What the Hub has sent tells less: a lane that is taken over has been sent more than it took.
  const { records } = readDocument<{ records: { status: string; bytesResumed: number }[] }>(
    await succeed(box, ["history", "list", "--json"]),
  );
  const resumed = Math.max(...records.map(({ bytesResumed }) => bytesResumed));
  ok(resumed > 3_000_000, `${resumed} bytes were kept`);
  await assertLargeIsThere(hub, box);
  deepStrictEqual((await jobs(box)).map(({ status }) => status), ["completed", "completed"]);
});

Deno.test("a second mm queue run follows the first, and takes its place when that is killed", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  const { owner } = await startCrawling(hub, box);
  await using second = box.start(["queue", "run", "--events"]);
  await waitUntil("the second one follows", () => /"type":"progress"/.test(second.stdout));
  strictEqual((await box.run(["queue", "run", "--detached"])).code, 0, "a third one that is not to follow");
  owner.signal("SIGKILL");
  await owner.finished;
  hub.bytesPerSecond = undefined;
  const finished = await second.finished;
  strictEqual(finished.code, 0, JSON.stringify(finished));
  await assertLargeIsThere(hub, box);
  ok(hub.bodyBytes() < LARGE_BYTES + LOST_BYTES);
});

Deno.test("mm queue run --follow ends with the process that it follows, and leaves what that has left", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  const idle = await succeed(box, ["queue", "run", "--follow"]);
  match(idle.stderr, /^Nobody works the queue$/m);
  const { owner } = await startCrawling(hub, box);
  await using follower = box.start(["queue", "run", "--follow", "--events"]);
  await waitUntil("it follows", () => /"type":"progress"/.test(follower.stdout));
  owner.signal("SIGKILL");
  await owner.finished;
  const finished = await follower.finished;
  strictEqual(finished.code, 0, JSON.stringify(finished));
  strictEqual((await job(box, LARGE)).status, "pending");
});

Deno.test("Ctrl+C lets the jobs of mm queue run wait again, and leaves the owner of who only follows", async () => {
  if (NO_SIGNALS) return;
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  const { owner } = await startCrawling(hub, box);
  await using _owner = owner;
  await using follower = box.start(["queue", "run", "--events"]);
  await waitUntil("the second one follows", () => /"type":"progress"/.test(follower.stdout));
  follower.signal("SIGINT");
  const followed = await follower.finished;
  strictEqual(followed.code, 130);
  match(followed.stdout, /Stopped following; process \d+ goes on/);
  strictEqual((await job(box, LARGE)).status, "downloading");
  owner.signal("SIGINT");
  const finished = await owner.finished;
  strictEqual(finished.code, 130);
  const waiting = await job(box, LARGE);
  strictEqual(waiting.status, "pending");
  ok(waiting.bytesReceived > 0);
  match(finished.stdout, /mm queue run/);
});

Deno.test("SIGHUP, as when the terminal is closed, lets the jobs of mm queue run wait again with their bytes", async () => {
  if (NO_SIGNALS) return;
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  const { owner } = await startCrawling(hub, box);
  await using _owner = owner;
  owner.signal("SIGHUP");
  strictEqual((await owner.finished).code, 129);
  const waiting = await job(box, LARGE);
  strictEqual(waiting.status, "pending");
  ok(waiting.bytesReceived > 500_000, `${waiting.bytesReceived} bytes`);
  const history = readDocument<{ records: { status: string; bytesFetched: number }[] }>(
    await succeed(box, ["history", "list", "--json"]),
  );
  deepStrictEqual(history.records.map(({ status }) => status), ["cancelled"]);
  strictEqual(history.records[0]?.bytesFetched, waiting.bytesReceived);
});

Deno.test("mm queue list says that the process at work is suspended, and the hint wakes it", async () => {
  if (Deno.build.os !== "linux") return;
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  const { owner } = await startCrawling(hub, box);
  await using _owner = owner;
  owner.signal("SIGSTOP");
  const listed = await succeed(box, ["queue", "list"]);
  match(listed.stderr, /warning: Process \d+ holds the queue, but is suspended\nhint: .*: kill -CONT \d+\n/);
  doesNotMatch(listed.stderr, /nobody|mm queue run/);
  const [, number] = /kill -CONT (\d+)/.exec(listed.stderr) ?? [];
  kill(Number(number), "SIGCONT");
  const awake = await succeed(box, ["queue", "list"]);
  doesNotMatch(awake.stderr, /Process|nobody/);
  match(awake.stdout, /downloading/);
});

Deno.test("mm queue skips a damaged record, says so, and clears it away", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  await add(box, `${PLAIN}:config.json`);
  {
    await using store = await openStore(join(box.stateDir, "state.kv"));
    await store.kv.set(["jobs", "0broken0"], { v: 1, id: "0broken0", status: "confused" });
  }
  const listed = await succeed(box, ["queue", "list"]);
  match(listed.stderr, /warning: A damaged record of a job was skipped \(0broken0\); .*: mm queue clear/);
  await succeed(box, ["queue", "run"]);
  await succeed(box, ["queue", "clear"]);
  doesNotMatch((await succeed(box, ["queue", "list"])).stderr, /damaged/);
});
