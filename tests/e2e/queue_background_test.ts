/**
 * The queue worked by a process that nobody sees: begun, paused, resumed, killed, and heard of.
 *
 * @module
 */
import { match, ok, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobRecord } from "../../core/operations/model_manager.ts";
import { findLockHolder } from "../../core/platform/lock_state.ts";
import { LARGE, LARGE_BYTES, LARGE_PATH, sha256, startE2eHub } from "../support/e2e_hub.ts";
import { killOwner, openQueueBox, ownerLockPath } from "../support/queue_box.ts";
import { readDocument, type Sandbox, waitUntil } from "../support/run_program.ts";

async function largeJob(box: Sandbox): Promise<JobRecord> {
  const { jobs } = readDocument<{ jobs: JobRecord[] }>(await box.run(["queue", "list", "--json"]));
  const [job] = jobs;
  ok(job !== undefined && jobs.length === 1);
  return job;
}

async function awaitEnd(box: Sandbox): Promise<void> {
  await waitUntil(
    "the background process has ended",
    async () => await findLockHolder(ownerLockPath(box)) === undefined,
  );
}

Deno.test("mm pull --background returns at once, and the download goes on without it", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  const pulled = await box.run(["pull", LARGE, "--background", "--priority", "high", "--quiet"]);
  strictEqual(pulled.code, 0, JSON.stringify(pulled));
  match(pulled.stdout, /^\w{8}\n$/);
  await waitUntil("it is completed", async () => (await largeJob(box)).status === "completed");
  strictEqual((await largeJob(box)).priority, "high");
  strictEqual(
    sha256(await readFile(join(box.modelsDir, LARGE, LARGE_PATH))),
    await hub.sha256(LARGE, LARGE_PATH),
  );
  // It ends by itself: its lock names nobody then.
  await awaitEnd(box);
  const log = await readFile(join(box.stateDir, "logs", "queue.log"), "utf8");
  match(
    log,
    /works the queue in the background[^]* is downloading [^]* is completed [^]*Nothing is left to do\n$/,
  );
});

Deno.test("what is done in the background ends when it is paused, and goes on there when it is resumed", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  hub.bytesPerSecond = 100_000;
  await box.run(["pull", LARGE, "--background"]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() >= 2_000_000);
  const { id } = await largeJob(box);
  await box.run(["queue", "pause", id]);
  await awaitEnd(box);
  hub.bytesPerSecond = undefined;
  const resumed = await box.run(["queue", "resume", id]);
  match(resumed.stderr, /^Downloading in the background/);
  await waitUntil("it is completed", async () => (await largeJob(box)).status === "completed");
  ok(hub.bodyBytes() < LARGE_BYTES * 1.6, "what was fetched is kept");
  await awaitEnd(box);
});

Deno.test("mm queue list says that the process in the background was killed, and mm queue run --background goes on", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  hub.bytesPerSecond = 100_000;
  await box.run(["pull", LARGE, "--background"]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() >= 2_000_000);
  await killOwner(box);
  await awaitEnd(box);
  const listed = await box.run(["queue", "list"]);
  match(listed.stdout, /pending/);
  match(listed.stderr, /1 job waiting, and nobody works the queue\nwarning: .* was killed or has crashed\n/);
  hub.bytesPerSecond = undefined;
  await box.run(["queue", "run", "--background"]);
  await waitUntil("it is completed", async () => (await largeJob(box)).status === "completed");
  await awaitEnd(box);
});
