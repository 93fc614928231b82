import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { ModelManagerError, toErrorData } from "../../../core/base/errors.ts";
import { settle } from "../../support/test_clock.ts";
import { DONE, ScheduleBox, until } from "./schedule_fixture.ts";

const NIGHT = { time: "23:00", until: "07:00", timeZone: "UTC" } as const;
const OPEN = { time: "23:00", timeZone: "UTC" } as const;
const OFFLINE = new ModelManagerError("NETWORK_ERROR", "The Hub does not answer");
const GATED = new ModelManagerError("GATED", "Access is to be asked for");

Deno.test("ScheduleRunner begins a run when it is due, and notes what came of it", async () => {
  await using box = await ScheduleBox.open("2025-01-10T12:00Z");
  await box.create({ timing: OPEN, limitBytesPerSecond: 2_000_000, maxConcurrent: 3 });
  strictEqual(await box.look(), Date.parse("2025-01-10T23:00Z"), "it says when to look again");
  await box.passUntil("2025-01-10T22:59:59Z");
  strictEqual(box.works.length, 0);
  await box.passUntil("2025-01-10T23:00Z");
  deepStrictEqual(box.works.map(({ request }) => request), [{
    name: "nightly",
    references: ["acme/one"],
    limitBytesPerSecond: 2_000_000,
    maxConcurrent: 3,
  }]);
  deepStrictEqual(box.runner.running.map(({ name }) => name), ["nightly"]);
  await box.passUntil("2025-01-11T01:00Z");
  box.works[0]?.finish();
  await box.quiet();
  await box.look();
  const { run, last } = await box.read();
  strictEqual(run, undefined);
  deepStrictEqual(last, {
    status: "completed",
    dueAt: "2025-01-10T23:00:00.000Z",
    startedAt: "2025-01-10T23:00:00.000Z",
    endedAt: "2025-01-11T01:00:00.000Z",
    attempts: 1,
    counts: DONE.counts,
  });
  strictEqual(await box.look(), Date.parse("2025-01-11T23:00Z"));
});

Deno.test("ScheduleRunner pauses at the end of the window, and goes on the next night", async () => {
  await using box = await ScheduleBox.open("2025-01-10T12:00Z");
  await box.create({ timing: NIGHT });
  await box.passUntil("2025-01-11T06:59:59Z");
  strictEqual(box.works[0]?.active, true);
  await box.passUntil("2025-01-11T07:00Z");
  strictEqual(box.works[0]?.active, false);
  match(
    String(box.works[0]?.signal.reason),
    /Paused: the time of the schedule is over/,
    "the history says so",
  );
  strictEqual((await box.read()).last?.status, "paused");
  await box.passUntil("2025-01-11T22:59Z");
  strictEqual(box.works.length, 1);
  await box.passUntil("2025-01-11T23:00Z");
  strictEqual(box.works[1]?.active, true);
});

Deno.test("ScheduleRunner makes up for what was missed once, when there is no window", async () => {
  await using box = await ScheduleBox.open("2025-01-10T12:00Z");
  await box.create({ timing: OPEN });
  box.onWork = ({ finish }) => finish();
  box.sleepUntil("2025-01-15T08:00Z");
  await box.passUntil("2025-01-15T12:00Z");
  strictEqual(box.works.length, 1);
  strictEqual((await box.read()).last?.dueAt, "2025-01-14T23:00:00.000Z");
  await box.passUntil("2025-01-16T12:00Z");
  strictEqual(box.works.length, 2);
});

Deno.test("ScheduleRunner makes up for a missed run only inside its window, and notes what was missed", async () => {
  await using box = await ScheduleBox.open("2025-01-10T12:00Z");
  await box.create({ timing: NIGHT });
  box.onWork = ({ finish }) => finish();
  box.sleepUntil("2025-01-11T03:00Z");
  await box.passUntil("2025-01-11T03:01Z");
  strictEqual(box.works.length, 1);
  strictEqual(box.works[0]?.startedMs, Date.parse("2025-01-11T03:00Z"));
  box.sleepUntil("2025-01-14T12:00Z");
  await box.passUntil("2025-01-14T13:00Z");
  strictEqual(box.works.length, 1);
  const { last } = await box.read();
  deepStrictEqual([last?.status, last?.dueAt], ["missed", "2025-01-13T23:00:00.000Z"]);
});

Deno.test("ScheduleRunner stops work that slept beyond its window as soon as it looks", async () => {
  await using box = await ScheduleBox.open("2025-01-10T22:00Z");
  await box.create({ timing: NIGHT });
  await box.passUntil("2025-01-10T23:30Z");
  box.sleepUntil("2025-01-11T09:00Z");
  await box.look();
  strictEqual(box.works[0]?.active, false);
  strictEqual((await box.read()).last?.status, "paused");
});

Deno.test("ScheduleRunner goes on with a run after the program was killed", async () => {
  await using box = await ScheduleBox.open("2025-01-10T22:00Z");
  await box.create({ timing: NIGHT });
  await box.passUntil("2025-01-11T01:00Z");
  // The next process finds a run that says it is being worked on.
  box.start();
  await box.passUntil("2025-01-11T02:00Z");
  strictEqual(box.works.length, 2);
  box.works[1]?.finish();
  await box.quiet();
  const { last } = await box.read();
  deepStrictEqual([last?.status, last?.attempts, last?.startedAt], [
    "completed",
    2,
    "2025-01-10T23:00:00.000Z",
  ]);
  box.works[0]?.fail(OFFLINE);
  await settle(20);
  strictEqual((await box.read()).last?.status, "completed", "a ghost changes nothing");
});

Deno.test("ScheduleRunner.close() stops the work, which goes on at the next start within the window only", async () => {
  await using box = await ScheduleBox.open("2025-01-10T22:00Z");
  await box.create({ timing: NIGHT });
  await box.passUntil("2025-01-11T01:00Z");
  await box.runner.close();
  strictEqual(box.works[0]?.active, false);
  strictEqual((await box.read()).run?.owner, undefined);
  box.sleepUntil("2025-01-11T02:00Z");
  box.start();
  await box.look();
  strictEqual(box.works.length, 2);
  await box.runner.close();
  box.sleepUntil("2025-01-11T08:00Z");
  box.start();
  await box.look();
  strictEqual(box.works.length, 2);
  strictEqual((await box.read()).last?.status, "paused");
});

Deno.test("ScheduleRunner tries again within the window while the Hub is down, and says in the end why", async () => {
  await using box = await ScheduleBox.open("2025-01-10T22:00Z");
  await box.create({ timing: NIGHT });
  box.onWork = ({ finish }) => finish({ failures: [toErrorData(OFFLINE)] });
  await box.passUntil("2025-01-10T23:04Z");
  strictEqual(box.works.length, 1);
  strictEqual((await box.read()).run?.error?.code, "NETWORK_ERROR");
  await box.passUntil("2025-01-11T08:00Z");
  ok(box.works.length >= 8 && box.works.length <= 14, `${box.works.length} attempts`);
  const { last, run } = await box.read();
  deepStrictEqual([run, last?.status, last?.error?.code], [undefined, "failed", "NETWORK_ERROR"]);
  box.onWork = ({ finish }) => finish();
  await box.passUntil("2025-01-11T23:01Z");
  strictEqual((await box.read()).last?.status, "completed");
});

Deno.test("ScheduleRunner gives up trying without a window, and at once what will not pass", async () => {
  await using box = await ScheduleBox.open("2025-01-10T22:00Z");
  await box.create({ timing: { ...OPEN, day: "fri" } });
  box.onWork = ({ fail }) => fail(OFFLINE);
  await box.passUntil("2025-01-13T00:00Z");
  strictEqual(box.works.length, 8);
  strictEqual((await box.read()).last?.status, "failed");
  box.onWork = ({ fail }) => fail(GATED);
  await box.passUntil("2025-01-19T00:00Z");
  strictEqual(box.works.length, 9);
  strictEqual((await box.read()).last?.error?.code, "GATED");
});

Deno.test("ScheduleRunner lets what comes due in a long run have its turn with it", async () => {
  await using box = await ScheduleBox.open("2025-01-10T22:00Z");
  await box.create({ timing: { cron: "0 * * * *", timeZone: "UTC" } });
  await box.passUntil("2025-01-11T02:30Z");
  strictEqual(box.works.length, 1);
  box.works[0]?.finish();
  await box.quiet();
  await box.passUntil("2025-01-11T02:59Z");
  strictEqual(box.works.length, 1);
  await box.passUntil("2025-01-11T03:00Z");
  strictEqual(box.works.length, 2);
});

Deno.test("ScheduleRunner does not run again what a clock brings back, and waits outside the window", async () => {
  await using box = await ScheduleBox.open("2025-01-10T22:00Z");
  await box.create({ timing: NIGHT });
  await box.passUntil("2025-01-10T23:30Z");
  box.clock.jumpTo(Date.parse("2025-01-10T22:30Z"));
  await box.look();
  strictEqual(box.works[0]?.active, false, "22:30 is outside");
  await box.passUntil("2025-01-10T23:00Z");
  strictEqual(box.works.length, 2, "the same run goes on");
  box.works[1]?.finish();
  await box.quiet();
  box.clock.jumpTo(Date.parse("2025-01-10T22:10Z"));
  await box.passUntil("2025-01-11T12:00Z");
  strictEqual(box.works.length, 2, "it had its run");
  await box.passUntil("2025-01-11T23:00Z");
  strictEqual(box.works.length, 3);
});

Deno.test("ScheduleRunner forgets what a clock has marked that was years ahead", async () => {
  await using box = await ScheduleBox.open("2035-01-10T22:00Z");
  await box.create({ timing: NIGHT });
  box.onWork = ({ finish }) => finish();
  await box.passUntil("2035-01-10T23:30Z");
  box.clock.jumpTo(Date.parse("2025-01-10T12:00Z"));
  await box.passUntil("2025-01-10T23:30Z");
  strictEqual(box.works.length, 2);
  match(box.notices.join("\n"), /clock was set back by more than a day: the schedule "nightly"/);
});

Deno.test("ScheduleRunner stops what is switched off or removed, and runs nothing for the time it was off", async () => {
  await using box = await ScheduleBox.open("2025-01-10T22:00Z");
  await box.create({ timing: OPEN });
  await box.create({ name: "other", timing: OPEN });
  await box.passUntil("2025-01-10T23:30Z");
  strictEqual(box.works.length, 2);
  await box.book.disable(["nightly"]);
  await box.book.remove(["other"]);
  await box.look();
  deepStrictEqual(box.works.map(({ active }) => active), [false, false]);
  strictEqual((await box.read()).last?.status, "cancelled");
  await box.passUntil("2025-01-13T12:00Z");
  await box.book.enable(["nightly"]);
  await box.passUntil("2025-01-13T22:00Z");
  strictEqual(box.works.length, 2);
  await box.passUntil("2025-01-13T23:00Z");
  strictEqual(box.works.length, 3);
});

Deno.test("ScheduleRunner of two machines on one store: one runs it, the other takes over when that one is gone", async () => {
  await using box = await ScheduleBox.open("2025-01-10T22:00Z");
  await box.create({ timing: OPEN });
  const first = box.start({ host: "one", alone: false });
  const second = box.start({ host: "two", alone: false });
  box.clock.jumpTo(Date.parse("2025-01-10T23:00Z"));
  await Promise.all([first.tick(), second.tick()]);
  strictEqual(box.works.length, 1);
  const [worker, other] = first.running.length === 1 ? [first, second] : [second, first];
  for (let minute = 0; minute < 10; minute++) {
    await box.clock.advance(60_000);
    await worker.tick();
    await other.tick();
  }
  strictEqual(box.works.length, 1, "it is heard of");
  await box.clock.advance(6 * 60_000);
  await other.tick();
  await settle();
  strictEqual(box.works.length, 2);
  await worker.tick();
  strictEqual(box.works[0]?.active, false, "who was away for so long lets go");
  await worker.close();
  await other.close();
});

Deno.test("ScheduleRunner of a machine of the same name leaves a run alone, and takes back that of its predecessor", async () => {
  await using box = await ScheduleBox.open("2025-01-10T22:00Z");
  await box.create({ timing: OPEN });
  const first = box.start({ host: "box", installation: "one", alone: false });
  box.clock.jumpTo(Date.parse("2025-01-10T23:00Z"));
  await first.tick();
  const namesake = box.start({ host: "box", installation: "two", alone: false });
  await namesake.tick();
  deepStrictEqual(namesake.running, []);
  strictEqual(box.works.length, 1);
  const successor = box.start({ host: "box", installation: "one", alone: false });
  await successor.tick();
  await settle();
  strictEqual(box.works.length, 2);
  box.works[1]?.finish();
  // The end is written by its own runner, which is not the one of the box.
  await until(() => successor.running.length === 0);
  strictEqual((await box.read()).last?.machine, "box");
  for (const runner of [first, namesake, successor]) await runner.close();
});

Deno.test("ScheduleRunner says what is damaged once, and works the others", async () => {
  await using box = await ScheduleBox.open("2025-01-10T22:00Z");
  await box.create({ timing: OPEN });
  await box.kv.set(["schedules", "broken"], { v: 1, name: "broken" });
  await box.create({ name: "odd", timing: { cron: "0 23 * * *", timeZone: "UTC" } });
  const entry = await box.store.get("odd");
  ok(entry !== undefined);
  await box.store.replace(entry, { ...entry.schedule, cron: "no pattern" });
  await box.look();
  await box.clock.advance(3_600_000);
  await box.look();
  deepStrictEqual(box.works.map(({ request }) => request.name), ["nightly"]);
  strictEqual(box.notices.length, 2, box.notices.join("\n"));
  match(box.notices.join("\n"), /left aside \(broken\); to delete what is damaged: mm schedule remove/);
  match(box.notices.join("\n"), /"odd" could not be worked/);
  ok((await box.kv.get(["schedules", "broken"])).value !== null, "it is kept");
});

Deno.test("ScheduleRunner.run() works until it is stopped, and looks at once when it is told of a change", async () => {
  await using box = await ScheduleBox.open("2025-01-10T22:00Z");
  const stop = new AbortController();
  const running = box.runner.run(stop.signal);
  await box.clock.advance(1_000);
  await box.create({ timing: OPEN });
  box.runner.changed();
  await settle();
  await until(() => box.clock.sleeping === 1);
  await box.clock.advance(10_000);
  box.clock.jumpTo(Date.parse("2025-01-10T23:00Z"));
  await until(() => box.clock.sleeping === 1);
  await box.clock.advance(10_000);
  await until(() => box.works.length === 1);
  stop.abort();
  await running;
  strictEqual(box.works[0]?.active, false);
  strictEqual((await box.read()).run?.owner, undefined);
});

Deno.test("ScheduleRunner follows the schedule of the settings while there is no other", async () => {
  await using box = await ScheduleBox.open("2025-01-10T22:00Z");
  box.standard = { timing: { type: "daily", time: "23:00", timeZone: "UTC" }, maxConcurrent: 2 };
  await box.passUntil("2025-01-10T23:00Z");
  deepStrictEqual(box.works.map(({ request }) => request), [{
    name: "default",
    references: [],
    maxConcurrent: 2,
  }]);
  box.works[0]?.finish();
  await box.quiet();
  await box.create({ timing: { time: "01:00", timeZone: "UTC" } });
  await box.look();
  deepStrictEqual((await box.book.list()).schedules.map(({ name }) => name), ["nightly"]);
});
