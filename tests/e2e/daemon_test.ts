/**
 * The daemon in real processes: started, asked, given work, killed, started again, stopped.
 *
 * @module
 */
import { match, ok, strictEqual } from "node:assert/strict";
import { chmod, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { JobRecord } from "../../core/operations/model_manager.ts";
import { daemonPid, killDaemon, openDaemonBox } from "../support/daemon_box.ts";
import { LARGE, LARGE_BYTES, LARGE_PATH, sha256, startE2eHub, TINY } from "../support/e2e_hub.ts";
import { exists, readDocument, readJsonLines, type Sandbox, waitUntil } from "../support/run_program.ts";

interface Status {
  readonly running: boolean;
  readonly pid: number | null;
  readonly startedAt: string | null;
  readonly ready?: boolean;
  readonly maxConcurrent?: number;
  readonly limitRate?: number | null;
  readonly modelsDir?: string;
  readonly uptimeMs?: number;
  readonly memoryBytes?: number;
  readonly nextSchedule: unknown;
  readonly jobs: readonly JobRecord[];
  readonly problems?: readonly { readonly part: string; readonly message: string }[];
}

async function statusOf(box: Sandbox): Promise<Status> {
  const finished = await box.run(["status", "--json"]);
  strictEqual(finished.code, 0, JSON.stringify(finished));
  return readDocument<Status>(finished);
}

async function jobsOf(box: Sandbox): Promise<readonly JobRecord[]> {
  return readDocument<{ jobs: JobRecord[] }>(await box.run(["queue", "list", "--json"])).jobs;
}

async function isStored(box: Sandbox): Promise<boolean> {
  return await exists(join(box.modelsDir, LARGE, LARGE_PATH));
}

Deno.test("mm start answers, works what is pulled in the background, refuses a second one, and stops", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  const before = await statusOf(box);
  strictEqual(before.running, false);
  strictEqual(before.pid, null);

  const started = await box.run(["start", "--json"]);
  strictEqual(started.code, 0, JSON.stringify(started));
  const { pid } = readDocument<Status>(started);
  strictEqual(pid, await daemonPid(box));
  const second = await box.run(["start"]);
  strictEqual(second.code, 10);
  match(second.stderr, new RegExp(`is running already: process ${pid} since \\d{4}-[^]*hint: .*mm status`));

  const pulled = await box.run(["pull", LARGE, "--background"]);
  strictEqual(pulled.code, 0, JSON.stringify(pulled));
  match(pulled.stderr, new RegExp(`Process ${pid} works the queue`));
  await waitUntil("it is downloaded", () => isStored(box));
  strictEqual(
    sha256(await readFile(join(box.modelsDir, LARGE, LARGE_PATH))),
    await hub.sha256(LARGE, LARGE_PATH),
  );
  const status = await statusOf(box);
  ok(status.running && status.ready === true, "it stays when the queue is empty");
  ok((status.memoryBytes ?? 0) > 1_000_000 && (status.uptimeMs ?? -1) >= 0);
  ok("nextSchedule" in status && Array.isArray(status.jobs));

  const logs = await box.run(["logs", "--tail", "all"]);
  match(logs.stdout, /info +daemon +mm [^]* is downloading [^]* is completed /);
  const { records } = readDocument<{ records: { time: string; level: string; area: string }[] }>(
    await box.run(["logs", "--json"]),
  );
  ok(records.length > 0);
  ok(
    records.every(({ time, level, area }) => !Number.isNaN(Date.parse(time)) && level !== "" && area !== ""),
  );

  const stopped = await box.run(["stop", "--json"]);
  const { elapsedMs, killed } = readDocument<{ elapsedMs: number; killed: boolean }>(stopped);
  strictEqual(killed, false);
  ok(elapsedMs < 10_000);
  strictEqual(await daemonPid(box), undefined);
  const again = await box.run(["stop"]);
  strictEqual(again.code, 0);
  match(again.stderr, /is not running/);
  for (const name of ["control.sock", "control.json"]) {
    ok(!await exists(join(box.stateDir, "daemon", name)), `${name} is gone`);
  }
});

Deno.test("mm start goes on after kill -9 where the download was, whatever was left behind", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  hub.bytesPerSecond = 200_000;
  await box.run(["start"]);
  await box.run(["pull", LARGE, "--background"]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() >= 3_000_000);
  await killDaemon(box);
  ok(await exists(join(box.stateDir, "daemon", "control.sock")), "its socket was left behind");
  const dead = await box.run(["status"]);
  match(dead.stdout, /not running/);
  match(dead.stderr, /was killed or has crashed[^]*hint: .*mm start/);
  hub.bytesPerSecond = undefined;
  const started = await box.run(["start"]);
  strictEqual(started.code, 0, JSON.stringify(started));
  await waitUntil("it is downloaded", () => isStored(box));
  ok(hub.bodyBytes() < LARGE_BYTES * 1.6, "what was fetched is kept");
  strictEqual((await box.run(["stop"])).code, 0);
});

Deno.test("mm stop checkpoints a download under way; the job waits, and mm restart goes on", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  hub.bytesPerSecond = 200_000;
  await box.run(["start"]);
  await box.run(["pull", LARGE, "--background"]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() >= 3_000_000);
  const stopped = readDocument<{ elapsedMs: number; killed: boolean }>(await box.run(["stop", "--json"]));
  ok(!stopped.killed && stopped.elapsedMs < 10_000, JSON.stringify(stopped));
  const [job] = await jobsOf(box);
  strictEqual(job?.status, "pending");
  ok(job.bytesReceived > 0, "how far it is was written down");
  hub.bytesPerSecond = undefined;
  strictEqual((await box.run(["restart"])).code, 0);
  await waitUntil("it is downloaded", () => isStored(box));
  ok(hub.bodyBytes() < LARGE_BYTES * 1.6, "what was fetched is kept");
  strictEqual((await box.run(["stop"])).code, 0);
});

Deno.test("mm start --foreground stops at SIGTERM with 0, and reads its settings again at SIGHUP and by itself", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub, {});
  await using daemon = box.start(["start", "--foreground"], {
    env: { HF_DOWNLOADER_PID_FILE: box.join("daemon.pid") },
  });
  await waitUntil("it answers", async () => (await statusOf(box)).ready === true);
  strictEqual(await readFile(box.join("daemon.pid"), "utf8"), `${daemon.pid}\n`);

  const config = "config/model-manager/config.json";
  await box.write(config, JSON.stringify({ download: { max_concurrent: 3, limit_rate: "5M" } }));
  daemon.signal("SIGHUP");
  await waitUntil(
    "it has read them",
    () => /Changed: download.max_concurrent, download.limit_rate/.test(daemon.stderr),
  );
  const changed = await statusOf(box);
  strictEqual(changed.maxConcurrent, 3);
  strictEqual(changed.limitRate, 5_000_000);
  // A file in the middle of an edit changes nothing, and is heard of.
  await box.write(config, '{ "download": {');
  await waitUntil(
    "it is said",
    () => /settings cannot be read, those from before stay in force/.test(daemon.stderr),
  );
  const broken = await statusOf(box);
  strictEqual(broken.maxConcurrent, 3);
  strictEqual(broken.problems?.[0]?.part, "settings");
  // Without a signal, and another library: the work begins anew with it.
  await box.write(config, JSON.stringify({ models_dir: box.join("elsewhere") }));
  await waitUntil("it has noticed", async () => (await statusOf(box)).modelsDir === box.join("elsewhere"));
  await waitUntil("it works again", async () => (await statusOf(box)).ready === true);
  await box.run(["pull", `${TINY}:Q4_K_M`, "--background"]);
  await waitUntil("it is there", () => exists(box.join("elsewhere", TINY, "tiny-Q4_K_M.gguf")));

  daemon.signal("SIGTERM");
  strictEqual((await daemon.finished).code, 0);
  ok(!await exists(box.join("daemon.pid")), "its number is taken away");
});

Deno.test("mm start takes over from a process that works the queue in the background", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  hub.bytesPerSecond = 400_000;
  await box.run(["pull", LARGE, "--background"]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() >= 1_000_000);
  await using daemon = box.start(["start", "--foreground"]);
  await waitUntil("it waits", () => /works the queue; its end is waited for/.test(daemon.stderr));
  hub.bytesPerSecond = undefined;
  await waitUntil("it has taken over", async () => (await statusOf(box)).ready === true);
  ok(await isStored(box));
  daemon.signal("SIGTERM");
  strictEqual((await daemon.finished).code, 0);
});

Deno.test("mm logs --follow shows what comes, and mm status --watch --json one document a line", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  await box.run(["start"]);
  await using follow = box.start(["logs", "--follow", "--tail", "1"]);
  await using watch = box.start(["status", "--watch", "--json"]);
  await waitUntil("both look on", () => watch.stdout.includes("\n") && follow.stdout.includes("\n"));
  await box.run(["pull", `${TINY}:Q4_K_M`, "--background"]);
  await waitUntil("the end of the job is shown", () => /is completed/.test(follow.stdout));
  follow.signal("SIGINT");
  watch.signal("SIGINT");
  strictEqual((await follow.finished).code, 0, "its ordinary end");
  const watched = await watch.finished;
  strictEqual(watched.code, 0);
  ok(readJsonLines<Status>(watched).every(({ running }) => running));
  strictEqual((await box.run(["stop"])).code, 0);
});

Deno.test({
  name: "mm start says at once what keeps it from beginning, and leaves nobody behind",
  // Root may write everywhere.
  ignore: Deno.build.os === "windows",
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openDaemonBox(hub);
    await box.write("config/model-manager/config.json", '{ "download": { "max_concurrent": 0 } }');
    const wrong = await box.run(["start"]);
    strictEqual(wrong.code, 2);
    match(wrong.stderr, /max_concurrent[^]*hint:/);
    await Deno.remove(join(box.configDir, "config.json"));
    // A file where a folder is wanted can be written by nobody, root included.
    await box.write("state/model-manager", "in the way");
    const blocked = await box.run(["start"]);
    ok(blocked.code === 1 || blocked.code === 12, JSON.stringify(blocked));
    match(blocked.stderr, /state[^]*hint:/);
    await Deno.remove(box.join("state", "model-manager"));
    await box.write("state/model-manager/daemon/.keep");
    await chmod(join(box.stateDir, "daemon"), 0o500);
    const refused = await box.run(["start"]);
    if (refused.code === 0) await box.run(["stop"]); // As root.
    else strictEqual(refused.code, 12, JSON.stringify(refused));
    strictEqual(await daemonPid(box), undefined);
  },
});

Deno.test("mm queue run follows the daemon until the queue is empty, and ends although the daemon does not", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  await box.run(["start"]);
  const pid = await daemonPid(box);
  strictEqual((await box.run(["queue", "run"])).code, 0, "nothing is to be done");
  hub.bytesPerSecond = 1_000_000;
  await box.run(["pull", LARGE, "--background"]);
  await using follower = box.start(["queue", "run", "--json"]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() >= 2_000_000);
  hub.bytesPerSecond = undefined;
  const finished = await follower.finished;
  strictEqual(finished.code, 0, JSON.stringify(finished));
  strictEqual(readDocument<{ jobs: JobRecord[] }>(finished).jobs[0]?.status, "completed");
  strictEqual(await daemonPid(box), pid);
  strictEqual((await box.run(["stop"])).code, 0);
});

Deno.test("the daemon's files are for its user only", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  await box.run(["start"]);
  const mode = async (...path: string[]): Promise<number> =>
    (await stat(join(box.stateDir, ...path))).mode & 0o777;
  if (Deno.build.os !== "windows") {
    strictEqual(await mode("daemon"), 0o700);
    strictEqual(await mode("daemon", "control.sock"), 0o600);
    strictEqual(await mode("daemon", "control.json"), 0o600);
    strictEqual(await mode("logs", "daemon.log"), 0o600);
  }
  strictEqual((await box.run(["stop"])).code, 0);
});
