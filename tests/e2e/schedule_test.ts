/**
 * Schedules in real processes: made on the command line, worked by the daemon, killed, gone on with.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { killDaemon, makeOverdue, openDaemonBox } from "../support/daemon_box.ts";
import { LARGE, LARGE_BYTES, LARGE_PATH, sha256, startE2eHub, TINY } from "../support/e2e_hub.ts";
import { exists, readDocument, type Sandbox, waitUntil } from "../support/run_program.ts";

interface ScheduleDocument {
  readonly name: string;
  readonly status: string;
  readonly nextRunAt: string | null;
  readonly run: { readonly attempts: number } | null;
  readonly last: {
    readonly status: string;
    readonly attempts: number;
    readonly counts?: { readonly downloaded: number; readonly present: number };
    readonly error?: { readonly code: string };
  } | null;
}

async function succeed(box: Sandbox, args: readonly string[]): Promise<string> {
  const finished = await box.run(args);
  strictEqual(finished.code, 0, JSON.stringify(finished));
  return finished.stdout;
}

async function schedulesOf(box: Sandbox): Promise<readonly ScheduleDocument[]> {
  const finished = await box.run(["schedule", "list", "--json"]);
  return readDocument<{ schedules: ScheduleDocument[] }>(finished).schedules;
}

Deno.test("the daemon makes up once for what was missed, and notes what came of it", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  await succeed(box, [
    "schedule",
    "create",
    "--time",
    "03:00",
    "--name",
    "refs",
    `${TINY}:F16`,
    "acme/none",
  ]);
  await writeFile(
    join(box.work, "models.json"),
    JSON.stringify({ models: [{ name: `${TINY}:Q8_0` }, { name: `${TINY}:Q4_K_M` }] }),
  );
  const args = ["schedule", "create", "--cron", "0 3 * * *", "--name", "wanted", "--max-concurrent", "2"];
  match(await succeed(box, args), /fetches .*models\.json$/m);
  await succeed(box, ["schedule", "create", "--time", "03:00", "--name", "off", LARGE]);
  await succeed(box, ["schedule", "disable", "off"]);
  for (const name of ["refs", "wanted", "off"]) await makeOverdue(box, name);

  // From another directory: the manifest is found all the same.
  strictEqual((await box.run(["start"], { cwd: box.home })).code, 0);
  await waitUntil("both have run", async () => {
    const schedules = await schedulesOf(box);
    return schedules.filter(({ last }) => last !== null).length === 2;
  });
  const [off, refs, wanted] = await schedulesOf(box);
  deepStrictEqual([off?.last, off?.status, off?.nextRunAt], [null, "off", null]);
  deepStrictEqual([refs?.last?.status, refs?.last?.error?.code], ["failed", "NOT_FOUND"]);
  deepStrictEqual([refs?.last?.counts?.downloaded, refs?.last?.attempts], [1, 1]);
  strictEqual(wanted?.last?.status, "completed");
  for (const file of ["tiny-Q4_K_M.gguf", "tiny-Q8_0.gguf", "tiny-F16-00003-of-00003.gguf"]) {
    ok(await exists(join(box.modelsDir, TINY, file)), file);
  }
  strictEqual((await box.run(["stop"])).code, 0);
});

Deno.test("a run goes on after kill -9, and after a stop, where it was", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  hub.bytesPerSecond = 60_000;
  const small = `${TINY}:Q4_K_M`;
  const two = ["--max-concurrent", "2", LARGE, small];
  await succeed(box, ["schedule", "create", "--time", "03:00", "--name", "nightly", ...two]);
  await makeOverdue(box, "nightly");
  await succeed(box, ["start"]);
  await waitUntil("the second is done", () => exists(join(box.modelsDir, TINY, "tiny-Q4_K_M.gguf")));
  ok(!await exists(join(box.modelsDir, LARGE, LARGE_PATH)), "it has not waited for the first");
  strictEqual((await schedulesOf(box))[0]?.status, "running");
  await killDaemon(box);
  await succeed(box, ["start"]);
  const before = hub.bodyBytes();
  await waitUntil("more bytes come", () => hub.bodyBytes() >= before + 300_000);
  await succeed(box, ["stop"]);
  const [stopped] = await schedulesOf(box);
  deepStrictEqual([stopped?.status, stopped?.run?.attempts, stopped?.last], ["resting", 2, null]);
  match(await succeed(box, ["schedule", "list"]), /goes on with the daemon/);
  hub.bytesPerSecond = undefined;
  await succeed(box, ["start"]);
  await waitUntil("it is done", async () => (await schedulesOf(box))[0]?.last !== null);
  const [done] = await schedulesOf(box);
  deepStrictEqual([done?.last?.status, done?.last?.attempts, done?.status], ["completed", 3, "waiting"]);
  strictEqual(
    sha256(await readFile(join(box.modelsDir, LARGE, LARGE_PATH))),
    await hub.sha256(LARGE, LARGE_PATH),
  );
  ok(hub.bodyBytes() < LARGE_BYTES * 1.5, `${hub.bodyBytes()} bytes were fetched`);
  strictEqual((await box.run(["stop"])).code, 0);
});

Deno.test("schedules that cannot be are refused, and nothing is kept of them", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [["--time", "25:00"], /from 00:00 to 23:59/],
    [["--time", "23:00", "--day", "9"], /0 to 7 \(0 and 7 are Sunday, 1 is Monday\)/],
    [["--cron", "0 0 30 2 *"], /is never due/],
    [["--time", "23:00", "--time-zone", "Mars/Base"], /IANA name/],
  ];
  for (const [args, message] of wrong) {
    const { code, stderr } = await box.run(["schedule", "create", "--name", "x", ...args]);
    strictEqual(code, 2);
    match(stderr, message);
    match(stderr, /^hint: /m);
  }
  deepStrictEqual(await schedulesOf(box), []);
});
