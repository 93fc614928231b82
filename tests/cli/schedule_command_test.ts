import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { ScheduleRequest } from "../../core/operations/model_manager.ts";
import { fakeQueue } from "../support/fake_manager.ts";
import { fakeSchedules, SCHEDULES } from "../support/fake_schedules.ts";
import { formatRun, runTestCli } from "../support/run_cli.ts";

/** Runs with schedules that note what they are asked. */
async function run(args: readonly string[], change: Parameters<typeof fakeSchedules>[0] = {}) {
  return await runTestCli(args, { manager: { schedules: fakeSchedules(change) } });
}

Deno.test("mm schedule list shows when, what, next and last runs and results", async (t) => {
  const args = ["schedule", "list"];
  await t.assertSnapshot(formatRun(args, await run(args)));
  const document = JSON.parse((await run([...args, "--json"])).stdout);
  deepStrictEqual(
    document.schedules.map((
      { name, status, nextRunAt }: Record<string, unknown>,
    ) => [name, status, nextRunAt]),
    [
      ["nightly", "waiting", "2025-01-01T22:00:00.000Z"],
      ["weekend", "off", null],
      ["workdays", "running", "2025-01-01T01:00:00.000Z"],
    ],
  );
  strictEqual(document.schedules[0].last.counts.bytesFetched, 1_500_000_000);
  strictEqual(document.schedules[1].last.error.code, "NOT_FOUND");
  ok(!("owner" in document.schedules[2].run));
  strictEqual((await run([...args, "-q"])).stdout, "nightly\nweekend\nworkdays\n");
  const none = await run(args, { list: () => Promise.resolve([]) });
  match(none.stderr, /^There are no schedules\nhint: Make one: mm schedule create /);
});

Deno.test("mm schedule list says what a run waits for that is at rest", async () => {
  const [first] = SCHEDULES;
  ok(first !== undefined);
  const rest = { dueAt: "2025-01-01T22:00:00.000Z", startedAt: "2025-01-01T22:00:00.000Z", attempts: 1 };
  const text = async (run_: object): Promise<string> =>
    (await run(["schedule", "list"], {
      list: () => Promise.resolve([{ ...first, run: { ...rest, ...run_ } }]),
    }))
      .stdout;
  match(await text({ retryAt: "2025-01-01T22:05:00.000Z" }), /again Wed 2025-01-01 23:05/);
  match(await text({}), /goes on with the daemon/);
});

Deno.test("mm schedule tells which machine works on a run, where machines share the store", async () => {
  const [first] = SCHEDULES;
  ok(first !== undefined);
  const dueAt = "2025-01-01T22:00:00.000Z";
  const owner = { id: "x", pid: 1, host: "beta", installation: "y", seenAt: dueAt };
  const schedule = {
    ...first,
    run: { dueAt, startedAt: dueAt, attempts: 1, owner },
    last: { status: "completed", dueAt, endedAt: dueAt, attempts: 1, machine: "gamma" },
  } as const;
  const shared = { list: () => Promise.resolve([schedule]) };
  const { stdout } = await run(["schedule", "list"], shared);
  match(stdout, /at work on beta/);
  match(stdout, /completed, by gamma/);
  const [document] = JSON.parse((await run(["schedule", "list", "--json"], shared)).stdout).schedules;
  deepStrictEqual([document.run.machine, document.run.owner, document.last.machine], [
    "beta",
    undefined,
    "gamma",
  ]);
  const made = await runTestCli(["schedule", "create", "--name", "nightly", "--time", "23:00"], {
    manager: { schedules: fakeSchedules({}), queue: fakeQueue({ isShared: true }) },
  });
  match(made.stderr, /library of the machine that takes it\n/);
});

Deno.test("mm schedule create hands on what was typed", async () => {
  const calls: ScheduleRequest[] = [];
  const create = (request: ScheduleRequest) => {
    calls.push(request);
    return Promise.resolve({
      name: request.name,
      changed: true,
      schedule: SCHEDULES[0] as typeof SCHEDULES[number],
    });
  };
  const made = await run(["schedule", "create", "--time", "23:00", "--until", "07:00", "--name", "nightly"], {
    create,
  });
  strictEqual(made.stdout, "Created nightly: daily 23:00 until 07:00 Europe/Berlin, fetches the manifest\n");
  strictEqual(made.stderr, "Runs first Wed 2025-01-01 23:00, when the daemon runs\n");
  await run([
    ..."schedule create a/b:Q4 c/d --type weekly --day fri --time 1:00 --time-zone UTC".split(" "),
    ..."--limit-rate off --max-concurrent 2 --name w".split(" "),
  ], { create });
  await run([
    "schedule",
    "create",
    "--cron",
    "0 1 * * *",
    "--limit-rate",
    "2M",
    "--manifest",
    "m.json",
    "--name",
    "c",
  ], {
    create,
  });
  deepStrictEqual(calls, [
    { time: "23:00", until: "07:00", name: "nightly", references: [] },
    {
      type: "weekly",
      day: "fri",
      time: "1:00",
      timeZone: "UTC",
      maxConcurrent: 2,
      name: "w",
      references: ["a/b:Q4", "c/d"],
      limitBytesPerSecond: null,
    },
    { cron: "0 1 * * *", manifest: "m.json", name: "c", references: [], limitBytesPerSecond: 2_000_000 },
  ]);
  const { stdout } = await run(["schedule", "create", "--time", "1:00", "--name", "n", "--json"], { create });
  strictEqual(JSON.parse(stdout).schedule.name, "nightly");
});

Deno.test("mm schedule create wants a name", async () => {
  const { code, stderr } = await run(["schedule", "create", "--time", "23:00"]);
  strictEqual(code, 2);
  match(stderr, /^error: The option --name is missing\n/);
});

Deno.test("mm schedule enable, disable, remove and set-active say what has changed", async () => {
  strictEqual(
    (await run(["schedule", "enable", "nightly", "weekend"])).stdout,
    "Switched on nightly\nSwitched on weekend\n",
  );
  strictEqual((await run(["schedule", "remove", "nightly"])).stdout, "Removed nightly\n");
  const same = {
    disable: (names: readonly string[]) => Promise.resolve(names.map((name) => ({ name, changed: false }))),
  };
  strictEqual(
    (await run(["schedule", "disable", "weekend"], same)).stdout,
    "The schedule weekend is off already\n",
  );
  strictEqual(
    (await run(["schedule", "set-active", "nightly"])).stdout,
    "nightly is on, as before\nweekend is off, as before\nworkdays is off now\n",
  );
  const document = JSON.parse((await run(["schedule", "set-active", "nightly", "--json"])).stdout);
  deepStrictEqual(document.results.map(({ changed }: { changed: boolean }) => changed), [false, false, true]);
});
