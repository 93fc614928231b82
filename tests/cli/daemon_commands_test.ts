import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { runTestCli } from "../support/run_cli.ts";
import { fakeManager, fakeQueue, SPACE } from "../support/fake_manager.ts";

const LINES = [
  '{"time":"2025-01-01T00:00:00.000Z","level":"info","area":"daemon","message":"mm runs"}',
  '{"time":"2025-01-01T00:00:01.000Z","level":"warn',
  '{"time":"2025-01-01T00:00:02.000Z","level":"error","area":"queue","message":"two\\nlines \\u001b[31mred"}',
].join("\n") + "\n";

const NOTHING = {
  queue: fakeQueue({ list: () => Promise.resolve([]) }),
  schedules: { ...fakeManager().schedules, list: () => Promise.resolve([]) },
};

Deno.test("mm status: that the daemon does not run is data, and the exit code is 0", async () => {
  const human = await runTestCli(["status"], { manager: NOTHING });
  deepStrictEqual([human.code, human.stdout], [
    0,
    "Daemon     not running\n" +
    "Space      2.86 GB used of the 100 GB it may take, 45.0 GB free\nQueue      empty\n",
  ]);
  match(human.stderr, /^hint: Start it: mm start\n$/);
  const json = await runTestCli(["status", "--json"], { manager: NOTHING });
  const document = JSON.parse(json.stdout);
  deepStrictEqual(
    [document.running, document.pid, document.startedAt, document.jobs, document.nextSchedule],
    [false, null, null, [], null],
  );
  const quiet = await runTestCli(["status", "--quiet"], { manager: NOTHING });
  deepStrictEqual([quiet.code, quiet.stdout, quiet.stderr], [0, "", ""]);
});

Deno.test("mm status says what space there is, as far as it is known", async () => {
  const line = async (change: Partial<typeof SPACE>) => {
    const space = () => Promise.resolve({ ...SPACE, ...change });
    return /^Space +(.*)$/m.exec((await runTestCli(["status"], { manager: { ...NOTHING, space } })).stdout)
      ?.[1];
  };
  strictEqual(await line({ quotaBytes: undefined }), "2.86 GB used, 45.0 GB free");
  strictEqual(await line({ quotaBytes: undefined, freeBytes: undefined }), "2.86 GB used");
  strictEqual(
    await line({ quotaBytes: 1_000_000_000 }),
    "2.86 GB used of the 1.00 GB it may take: too much, 45.0 GB free",
  );
  const manager = { ...NOTHING, space: () => Promise.reject(new Error("The disk is gone")) };
  const failing = await runTestCli(["status", "--json"], { manager });
  deepStrictEqual([failing.code, JSON.parse(failing.stdout).space], [0, null]);
  const { space } = JSON.parse((await runTestCli(["status", "--json"], { manager: NOTHING })).stdout);
  deepStrictEqual(space, SPACE);
});

Deno.test("mm status says how the last daemon ended, and that work waits", async () => {
  const killed = '{"version":1,"pid":7,"startedAt":"2024-12-31T23:00:00Z"}';
  const run = await runTestCli(["status"], { files: { "state/daemon/daemon.json": killed } });
  match(run.stderr, /warning: The last daemon \(process 7, begun 1 hour ago\) was killed or has crashed\n/);
  match(run.stderr, /hint: Let it do what waits: mm start/);
  const failed = '{"version":1,"pid":7,"startedAt":"2024-12-31T23:00:00Z","endedAt":"2024-12-31T23:30:00Z",' +
    '"error":{"code":"FAILED","message":"The disk is gone","hints":[],"causes":[]}}';
  const other = await runTestCli(["status"], { files: { "state/daemon/daemon.json": failed } });
  match(other.stderr, /The last daemon has failed 30 minutes ago: The disk is gone/);
});

Deno.test("mm status shows the queue also when the settings cannot be read", async () => {
  const run = await runTestCli(["status"], {
    manager: NOTHING,
    files: { "config/config.json": '{"download":{' },
  });
  strictEqual(run.code, 0);
  match(run.stdout, /not running/);
  match(run.stderr, /warning: Cannot read .*config\.json/);
});

Deno.test("mm stop has nothing to do when there is no daemon", async () => {
  const run = await runTestCli(["stop"]);
  deepStrictEqual([run.code, run.stderr], [0, "The daemon is not running\n"]);
  deepStrictEqual(JSON.parse((await runTestCli(["stop", "--json"])).stdout), { stopped: false });
});

Deno.test("mm start says when nothing can be started in the background", async () => {
  const run = await runTestCli(["start"]);
  strictEqual(run.code, 12);
  match(run.stderr, /needs deno run -A[^]*hint: .*mm start --foreground/);
});

Deno.test("mm logs shows lines for a person, or one document, and passes over what is broken", async () => {
  const files = { "state/logs/daemon.log": LINES };
  const human = await runTestCli(["logs"], { files });
  const lines = human.stdout.trimEnd().split("\n");
  strictEqual(lines.length, 2);
  match(lines[0] ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d info +daemon +mm runs$/);
  match(lines[1] ?? "", /error +queue +two \| lines/);
  ok(!human.stdout.includes("\x1b"), "nothing in a log moves the cursor");
  const json = await runTestCli(["logs", "--json", "--tail", "1"], { files });
  strictEqual(JSON.parse(json.stdout).records[0].level, "error");
  const severe = await runTestCli(["logs", "--level", "error"], { files });
  strictEqual(severe.stdout.trimEnd().split("\n").length, 1);
  const none = await runTestCli(["logs", "--level", "critical"], { files });
  match(none.stderr, /Nothing in the log is as severe as critical\nhint: .*mm logs/);
});

Deno.test("mm logs says when there is no log, and what --tail wants", async () => {
  const none = await runTestCli(["logs"]);
  deepStrictEqual([none.code, none.stdout], [0, ""]);
  match(none.stderr, /There is no log yet\nhint: .*mm start/);
  for (const wrong of ["-1", "many", "1.5"]) {
    const run = await runTestCli(["logs", `--tail=${wrong}`]);
    strictEqual(run.code, 2);
    match(run.stderr, /is no number of lines: wanted 0 or more, or all[^]*hint: .*mm logs --tail 100/);
  }
});

Deno.test("mm service print writes the file to standard output, without secrets, with absolute paths", async () => {
  const run = await runTestCli(["service", "print", "--kind", "systemd", "--models-dir", "here"], {
    environment: { HF_TOKEN: "hf_aSecretOfTheTest", XDG_CONFIG_HOME: "/config" },
  });
  strictEqual(run.code, 0);
  match(run.stdout, /^ExecStart=.* start --foreground --models-dir \[home\]\/work\/here$/m);
  match(run.stdout, /^ReadWritePaths=-\[home\]\/work\/here /m);
  ok(!run.stdout.includes("hf_aSecret"));
  match(run.stderr, /warning: Left out, .*: HF_TOKEN\nhint: .*mm login/);
  const document = JSON.parse((await runTestCli(["service", "print", "--kind", "launchd", "--json"])).stdout);
  deepStrictEqual([document.kind, document.path.endsWith(".plist")], ["launchd", true]);
  const task = await runTestCli(["service", "print", "--kind", "windows"]);
  match(task.stdout, /^<\?xml version="1\.0" encoding="UTF-8"\?>/, "what is printed is what it says");
});

Deno.test("mm service print lets the daemon write to the manifests that its schedules follow", async () => {
  const [schedule] = await fakeManager().schedules.list();
  ok(schedule !== undefined);
  const list = () =>
    Promise.resolve([
      { ...schedule, references: [], manifest: "/team/project/models.json" },
      { ...schedule, name: "refs", references: ["acme/a"] },
    ]);
  const manager = { schedules: { ...fakeManager().schedules, list } };
  const run = await runTestCli(["service", "print", "--kind", "systemd"], { manager });
  match(run.stdout, /^ReadWritePaths=.* -\/team\/project(?: |$)/m);
  const failing = {
    schedules: { ...fakeManager().schedules, list: () => Promise.reject(new Error("Gone")) },
  };
  strictEqual((await runTestCli(["service", "print", "--kind", "systemd"], { manager: failing })).code, 0);
});

Deno.test("mm service asks before it changes anything, and knows what is installed", async () => {
  const run = await runTestCli(["service", "install", "--no-start", "--kind", "systemd"]);
  strictEqual(run.code, 2);
  match(run.stderr, /hint: .*mm service install --no-start --kind systemd --yes/);
  const none = await runTestCli(["service", "uninstall", "--kind", "launchd"]);
  deepStrictEqual([none.code, none.stderr], [0, "The service is not installed\n"]);
  const wrong = await runTestCli(["service", "print", "--system", "--kind", "windows"]);
  strictEqual(wrong.code, 2);
  match(wrong.stderr, /Only systemd[^]*hint:/);
});
