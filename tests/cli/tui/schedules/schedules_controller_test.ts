import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import type { DaemonStatus } from "../../../../core/daemon/mod.ts";
import type { ScheduleInfo } from "../../../../core/operations/model_manager.ts";
import { selectedSchedule } from "../../../../cli/tui/schedules/schedules_state.ts";
import { SCHEDULES } from "../../../support/fake_schedules.ts";
import { settle } from "../../../support/test_clock.ts";
import { startSchedulesScreen } from "./schedules_fixtures.ts";

const STATUS = { pid: 4711, startedAt: "2025-01-01T00:00:00.000Z", ready: true, problems: [] };
const found = (change: object = {}) => ({
  pid: 4711,
  startedAt: STATUS.startedAt,
  host: "laptop",
  status: { ...STATUS, ...change } as unknown as DaemonStatus,
});

Deno.test("the schedules are read when they are shown, and again every two seconds until they are left", async () => {
  let reads = 0;
  const { store, clock, controller } = await startSchedulesScreen({
    change: {
      list: () => {
        reads++;
        return Promise.resolve(structuredClone(SCHEDULES));
      },
    },
  });
  deepStrictEqual(store.get().schedules.map(({ name }) => name), ["nightly", "weekend", "workdays"]);
  strictEqual(store.get().daemon.kind, "none");
  const { schedules } = store.get();
  await clock.advance(2_000);
  await settle();
  strictEqual(reads, 2);
  strictEqual(store.get().schedules, schedules);
  controller.leave?.();
  await settle();
  strictEqual(clock.sleeping, 0);
});

Deno.test("what cannot be read is said once, and what was shown stays", async () => {
  let isBroken = false;
  const { store, clock, shell, press } = await startSchedulesScreen({
    change: {
      list: () =>
        isBroken ? Promise.reject(new ModelManagerError("LOCKED", "No")) : Promise.resolve(SCHEDULES),
    },
  });
  isBroken = true;
  await clock.advance(2_000);
  await settle();
  deepStrictEqual(shell.failed, []);
  await press("r");
  deepStrictEqual(shell.failed, ["No"]);
  strictEqual(store.get().schedules.length, 3);
});

Deno.test("a schedule is made of the answers, shown, and said", async () => {
  const made: ScheduleInfo = {
    name: "friday",
    enabled: true,
    type: "weekly",
    time: "18:00",
    day: 5,
    timeZone: "UTC",
    references: ["acme/a:Q4_K_M", "acme/b"],
    createdAt: "2025-01-01T00:00:00.000Z",
    handledUntil: "2025-01-01T00:00:00.000Z",
    nextRunAt: "2025-01-03T18:00:00.000Z",
  };
  let schedules = SCHEDULES;
  const { shell, press, calls, store } = await startSchedulesScreen({
    change: {
      list: () => Promise.resolve(schedules),
      create: ({ name }) => {
        schedules = [made, ...SCHEDULES];
        return Promise.resolve({ name, changed: true, schedule: made });
      },
    },
  });
  shell.answers.push(
    "weekly",
    "fri",
    " 18:00 ",
    "07:00",
    "models",
    "acme/a:Q4_K_M  acme/b",
    "5M",
    "friday",
    "create",
  );
  await press("n");
  deepStrictEqual(calls, [
    `create ${
      JSON.stringify({
        name: "friday",
        type: "weekly",
        day: "fri",
        time: "18:00",
        until: "07:00",
        references: ["acme/a:Q4_K_M", "acme/b"],
        limitBytesPerSecond: 5_000_000,
      })
    }`,
  ]);
  deepStrictEqual(shell.said, [
    "Created friday: Fridays 18:00 UTC, fetches acme/a:Q4_K_M and 1 more. " +
    "Runs first Fri 2025-01-03 18:00, when the daemon runs",
  ]);
  strictEqual(selectedSchedule(store.get())?.name, "friday");
  match(
    shell.questions.at(-1)?.lines.join("\n") ?? "",
    /As a command: mm schedule create --type weekly --day fri/,
  );
});

Deno.test("a schedule by a pattern follows a manifest, with the limit of the settings", async () => {
  const { shell, press, calls } = await startSchedulesScreen();
  shell.answers.push("cron", "30 1 * * 1-5", "", "manifest", "~/m.json", "", "at-night", "create");
  await press("n");
  deepStrictEqual(calls, [
    'create {"name":"at-night","type":"cron","cron":"30 1 * * 1-5","manifest":"/home/me/m.json"}',
  ]);
  const named = shell.questions.find(({ title }) => title === "What is it called?");
  strictEqual(named?.initial, "cron");
});

Deno.test("a schedule is not made when a question is left, or its answer is wrong", async () => {
  const answers = ["daily", "23:00", "", "manifest", "", "off", "mine", "create"];
  for (let count = 0; count < answers.length; count++) {
    const { shell, press, calls } = await startSchedulesScreen();
    shell.answers.push(...answers.slice(0, count));
    await press("n");
    deepStrictEqual([calls, shell.said, shell.failed], [[], [], []]);
    strictEqual(shell.questions.length, count + 1);
  }
  // The fake shell takes a refused answer for Escape.
  for (const [at, wrong] of [[1, "24:00"], [2, "23:00"], [5, "fast"], [6, "nightly"]] as const) {
    const { shell, press, calls } = await startSchedulesScreen();
    shell.answers.push(...answers.with(at, wrong));
    await press("n");
    deepStrictEqual([calls, shell.questions.length], [[], at + 1]);
  }
});

Deno.test("E switches the schedule under the cursor off and on", async () => {
  const { shell, press, calls } = await startSchedulesScreen();
  await press("e");
  await press("down");
  await press("E");
  deepStrictEqual(calls, ["disable nightly", "enable weekend"]);
  deepStrictEqual(shell.said, ["Switched off nightly", "Switched on weekend"]);
});

Deno.test("A asks before it switches others off", async () => {
  const { shell, press, calls } = await startSchedulesScreen();
  await press("a");
  deepStrictEqual(calls, []);
  match(shell.questions[0]?.lines.join() ?? "", /^This switches off: workdays\./);
  shell.answers.push("only");
  await press("a");
  deepStrictEqual(calls, ["setActive nightly"]);
  deepStrictEqual(shell.said, ["nightly is on, 1 other is off now"]);
});

Deno.test("D deletes after a question whose first answer keeps", async () => {
  const { shell, press, calls } = await startSchedulesScreen();
  await press("end");
  await press("d");
  deepStrictEqual(calls, []);
  const [question] = shell.questions;
  strictEqual(question?.initial, "keep");
  match(question?.lines.join() ?? "", /It is at work, and stops/);
  shell.answers.push("delete");
  await press("delete");
  deepStrictEqual([calls, shell.said], [["remove workdays"], ["Removed workdays"]]);
});

Deno.test("the schedule of the settings cannot be deleted, which is said without a question", async () => {
  const [first] = SCHEDULES;
  if (first === undefined) throw new TypeError("No schedules");
  const error = new ModelManagerError("USAGE_ERROR", 'The schedule "default" stands in the settings');
  const { shell, press } = await startSchedulesScreen({
    change: {
      list: () => Promise.resolve([{ ...first, name: "default", fromSettings: true }]),
      remove: () => Promise.reject(error),
    },
  });
  await press("d");
  deepStrictEqual([shell.questions.length, shell.failed], [0, [error.message]]);
});

Deno.test("a key that is pressed twice acts once", async () => {
  const gate = Promise.withResolvers<void>();
  let changes = 0;
  const { press } = await startSchedulesScreen({
    change: {
      disable: async (names) => {
        changes++;
        await gate.promise;
        return names.map((name) => ({ name, changed: true }));
      },
    },
  });
  const first = press("e");
  await press("e");
  gate.resolve();
  await first;
  strictEqual(changes, 1);
});

Deno.test("S starts the daemon, says how it is, and stops it after a question", async () => {
  let isRunning = false;
  const started: string[] = [];
  const screen = await startSchedulesScreen({
    room: {
      findDaemon: () => Promise.resolve(isRunning ? found() : undefined),
      readDaemonNote: () => Promise.resolve(undefined),
      stopDaemon: () => {
        isRunning = false;
        return Promise.resolve({ pid: 4711, killed: false, elapsedMs: 12 });
      },
      checkDaemonPlaces: () => {
        started.push(screen.store.get().daemonWork ?? "");
        isRunning = true;
        return Promise.resolve();
      },
    },
  });
  const { press, shell, store } = screen;
  await press("s");
  deepStrictEqual(started, ["starting"]);
  deepStrictEqual(shell.said, ["The daemon is running as process 4711"]);
  deepStrictEqual(store.get().daemon, { kind: "running", pid: 4711 });
  strictEqual(store.get().daemonWork, undefined);
  await press("s");
  strictEqual(shell.questions.length, 1);
  strictEqual(shell.questions[0]?.initial, "keep");
  strictEqual(isRunning, true);
  shell.answers.push("stop");
  await press("s");
  strictEqual(shell.said.at(-1), "The daemon has stopped (process 4711)");
  deepStrictEqual([store.get().daemon.kind, store.get().daemonWork], ["none", undefined]);
});

Deno.test("a daemon that cannot be started is said, and can be started again", async () => {
  const { press, shell, store } = await startSchedulesScreen({
    room: { checkDaemonPlaces: () => Promise.reject(new ModelManagerError("PERMISSION_ERROR", "Not here")) },
  });
  await press("s");
  deepStrictEqual([shell.failed, store.get().daemonWork], [["Not here"], undefined]);
});

Deno.test("what goes wrong when the schedules are shown is thrown for the shell to show", async () => {
  const list = () => Promise.reject(new ModelManagerError("LOCKED", "No"));
  await rejects(startSchedulesScreen({ change: { list } }), /No/);
});
