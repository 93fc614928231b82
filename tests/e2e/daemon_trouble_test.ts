/**
 * Nights that go wrong: a disk that is full, a Hub that is down, a token that is not taken, a daemon that hangs.
 *
 * @module
 */
import { match, ok, strictEqual } from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { kill } from "node:process";
import type { JobRecord } from "../../core/operations/model_manager.ts";
import { daemonPid, openDaemonBox } from "../support/daemon_box.ts";
import { GATED, startE2eHub, TINY, TOKEN } from "../support/e2e_hub.ts";
import { deadEndpoint } from "../support/faults.ts";
import { readDocument, type Sandbox, waitUntil } from "../support/run_program.ts";
import { openSmallDisk } from "../support/small_disk.ts";

async function jobsOf(box: Sandbox): Promise<readonly JobRecord[]> {
  return readDocument<{ jobs: JobRecord[] }>(await box.run(["queue", "list", "--json"])).jobs;
}

async function awaitJob(box: Sandbox, status: JobRecord["status"]): Promise<JobRecord> {
  let found: JobRecord | undefined;
  await waitUntil(`the job is ${status}`, async () => {
    found = (await jobsOf(box)).find((job) => job.status === status);
    return found !== undefined;
  });
  if (found === undefined) throw new Error("It was there");
  return found;
}

Deno.test("a job that failed for want of a token goes on by itself when there is one", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  await box.run(["start"]);
  const pid = await daemonPid(box);
  await box.run(["pull", GATED, "--background"]);
  const { error } = await awaitJob(box, "failed");
  match(error?.code ?? "", /^(?:GATED|AUTHENTICATION_ERROR)$/);
  await box.write("hf/token", `${TOKEN}\n`);
  await awaitJob(box, "completed");
  strictEqual(await daemonPid(box), pid, "the same process");
  match((await box.run(["logs"])).stdout, /Changed: the token/);
  strictEqual((await box.run(["stop"])).code, 0);
});

Deno.test("a Hub that is down fails jobs, not the daemon", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub, { HF_ENDPOINT: deadEndpoint() });
  await box.write("config/model-manager/config.json", JSON.stringify({ download: { max_retries: 0 } }));
  await box.run(["start"]);
  await box.run(["pull", `${TINY}:Q4_K_M`, "--background"]);
  const { error } = await awaitJob(box, "failed");
  strictEqual(error?.code, "NETWORK_ERROR");
  match((await box.run(["logs", "--level", "error"])).stdout, /error +queue +Job \w+ has failed/);
  ok(readDocument<{ ready: boolean }>(await box.run(["status", "--json"])).ready);
  strictEqual((await box.run(["stop"])).code, 0);
});

Deno.test("a full disk under state and log stops no daemon, which works again when there is room", async () => {
  await using disk = await openSmallDisk(4_000_000, "a daemon whose state has no room");
  if (disk === undefined) return;
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub, { MM_STATE_DIR: join(disk.path, "state") });
  const status = async () =>
    readDocument<{ running: boolean; pid: number }>(await box.run(["status", "--json"]));
  await using daemon = box.start(["start", "--foreground"]);
  await waitUntil("it answers", async () => (await status()).running);
  await disk.fill("ballast", 100_000_000).catch(() => {});
  await box.run(["pull", `${TINY}:Q4_K_M`, "--background"]);
  strictEqual((await status()).pid, daemon.pid, "it lives");
  await rm(join(disk.path, "ballast"));
  await box.run(["pull", `${TINY}:Q4_K_M`, "--background"]);
  await awaitJob(box, "completed");
  daemon.signal("SIGTERM");
  strictEqual((await daemon.finished).code, 0);
});

Deno.test({
  name: "mm status says that a daemon hangs, and mm stop ends it",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openDaemonBox(hub);
    await box.run(["start"]);
    const pid = await daemonPid(box);
    ok(pid !== undefined);
    kill(pid, "SIGSTOP");
    match((await box.run(["status"])).stdout, new RegExp(`process ${pid} does not answer`));
    const second = await box.run(["start"]);
    strictEqual(second.code, 10);
    match(second.stderr, new RegExp(`process ${pid} since`));
    strictEqual((await box.run(["stop"])).code, 0);
    strictEqual(await daemonPid(box), undefined);
  },
});

Deno.test("a lock file, a note and an address of a daemon that is long dead are in nobody's way", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  const folder = join(box.stateDir, "daemon");
  const old = { pid: 1, startedAt: "2020-01-01T00:00:00Z" };
  await box.write(
    "state/model-manager/daemon/daemon.lock",
    `${JSON.stringify({ ...old, host: Deno.hostname(), bootId: "another boot" })}\n`,
  );
  await writeFile(join(folder, "daemon.json"), JSON.stringify({ version: 1, ...old }));
  await writeFile(
    join(folder, "control.json"),
    JSON.stringify({
      version: 1,
      pid: 1,
      address: { transport: "unix", path: join(folder, "control.sock") },
      token: "x",
    }),
  );
  await writeFile(join(folder, "control.sock"), "no socket");
  match((await box.run(["status"])).stdout, /not running/);
  const started = await box.run(["start"]);
  strictEqual(started.code, 0, JSON.stringify(started));
  strictEqual((await box.run(["stop"])).code, 0);
});
