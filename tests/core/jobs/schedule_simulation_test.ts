/**
 * Months of nights on a clock that is moved: what was done when, and what must never be.
 *
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { localTime } from "../../../core/base/local_time.ts";
import type { TimingRequest } from "../../../core/jobs/schedule_timing.ts";
import { ScheduleBox, type Work } from "./schedule_fixture.ts";

const HOUR_MS = 3_600_000;
const BERLIN = "Europe/Berlin";

/** A download that is so many hours long, worked on whenever a run is; returns the hours that were worked, by night. */
class Download {
  readonly nights: string[] = [];
  #leftMs: number;
  #sinceMs: number | undefined;
  readonly #box: ScheduleBox;

  constructor(box: ScheduleBox, hours: number) {
    this.#box = box;
    this.#leftMs = hours * HOUR_MS;
    box.onWork = (work) => void this.#work(work);
  }

  /** More to fetch. */
  add(hours: number): void {
    this.#leftMs += hours * HOUR_MS;
  }

  async #work(work: Work): Promise<void> {
    const { clock } = this.#box;
    this.#sinceMs = clock.now();
    work.signal.addEventListener("abort", () => this.#note(), { once: true });
    await clock.sleep(this.#leftMs, { signal: work.signal }).catch(() => {});
    if (work.signal.aborted) return;
    this.#note();
    work.finish();
  }

  #note(): void {
    const { clock } = this.#box;
    const workedMs = clock.now() - (this.#sinceMs ?? clock.now());
    this.#leftMs = Math.max(0, this.#leftMs - workedMs);
    const begun = new Date(this.#sinceMs ?? 0).toISOString().slice(5, 16);
    this.nights.push(`${begun}Z ${(workedMs / HOUR_MS).toFixed(1)} h`);
  }
}

/** The end of every run: `when it was due: how it ended`. */
function results(box: ScheduleBox): string[] {
  const seen = new Set<string>();
  for (const { run, last } of box.told) {
    if (run === undefined && last !== undefined) seen.add(`${last.dueAt.slice(5, 16)}Z ${last.status}`);
  }
  return [...seen];
}

Deno.test("a month of nights: long downloads, sleep, downtime, and the clocks going forward", async () => {
  await using box = await ScheduleBox.open("2025-03-15T12:00+01:00");
  await box.create({ timing: { time: "23:00", until: "07:00", timeZone: BERLIN } });
  const download = new Download(box, 20);
  // Twenty hours take three nights of eight.
  await box.passUntil("2025-03-18T12:00+01:00");
  // The machine wakes up at two: the rest of the night is used.
  download.add(3);
  box.sleepUntil("2025-03-19T02:00+01:00");
  await box.passUntil("2025-03-19T12:00+01:00");
  // It is off for four nights: they are gone, and said once.
  await box.runner.close();
  box.sleepUntil("2025-03-23T12:00+01:00");
  box.start();
  await box.passUntil("2025-03-24T12:00+01:00");
  // It is killed in the night of the change, and started again an hour later. The night has seven hours.
  await box.passUntil("2025-03-29T22:00+01:00");
  download.add(10);
  await box.passUntil("2025-03-30T01:00+01:00");
  await box.runner.close();
  await box.clock.advance(HOUR_MS);
  box.start();
  await box.passUntil("2025-04-15T12:00+02:00");
  deepStrictEqual(download.nights.filter((night) => !night.endsWith(" 0.0 h")), [
    "03-15T22:00Z 8.0 h",
    "03-16T22:00Z 8.0 h",
    "03-17T22:00Z 4.0 h",
    "03-19T01:00Z 3.0 h",
    "03-29T22:00Z 2.0 h",
    "03-30T01:00Z 4.0 h",
    "03-30T21:00Z 4.0 h",
  ]);
  const ended = results(box);
  deepStrictEqual(ended.slice(0, 6), [
    "03-15T22:00Z paused",
    "03-16T22:00Z paused",
    "03-17T22:00Z completed",
    "03-18T22:00Z completed",
    "03-22T22:00Z missed",
    "03-23T22:00Z completed",
  ]);
  // Every other night has its run, at 23:00 of its own clock.
  deepStrictEqual(ended.slice(6), [
    ...[24, 25, 26, 27, 28].map((day) => `03-${day}T22:00Z completed`),
    "03-29T22:00Z paused",
    ...[30, 31].map((day) => `03-${day}T21:00Z completed`),
    ...Array.from({ length: 14 }, (_, day) => `04-${String(day + 1).padStart(2, "0")}T21:00Z completed`),
  ]);
});

Deno.test("a month of nights in which the clocks go back: each night has one run, one of them is an hour longer", async () => {
  await using box = await ScheduleBox.open("2025-10-12T12:00+02:00");
  await box.create({ timing: { time: "02:30", until: "07:00", timeZone: BERLIN } });
  const download = new Download(box, 0);
  await box.passUntil("2025-10-25T12:00+02:00");
  download.add(20);
  await box.passUntil("2025-11-12T12:00+01:00");
  deepStrictEqual(download.nights.filter((night) => !night.endsWith(" 0.0 h")), [
    "10-26T00:30Z 5.5 h",
    "10-27T01:30Z 4.5 h",
    "10-28T01:30Z 4.5 h",
    "10-29T01:30Z 4.5 h",
    "10-30T01:30Z 1.0 h",
  ]);
  strictEqual(results(box).length, 31);
});

/** What a machine and its people do to the program. */
type Step =
  | { readonly type: "awake" | "asleep" | "down"; readonly minutes: number }
  | { readonly type: "killed" }
  | { readonly type: "clock"; readonly minutes: number }
  | { readonly type: "finish" | "fail" | "off" | "on" };

const minutes = (max: number) => fc.integer({ min: 1, max });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("awake" as const), minutes: minutes(30 * 60) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("asleep" as const), minutes: minutes(40 * 60) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("down" as const), minutes: minutes(60 * 60) }) },
  { weight: 1, arbitrary: fc.constant({ type: "killed" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("clock" as const),
      minutes: fc.integer({ min: -180, max: 180 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom("finish" as const, "fail" as const, "off" as const, "on" as const),
    }),
  },
);

const time = fc.constantFrom("00:00", "01:15", "02:30", "07:00", "12:00", "22:45", "23:00");
const timing: fc.Arbitrary<TimingRequest> = fc.record({
  kind: fc.constantFrom("daily", "daily", "weekly", "cron"),
  time,
  until: fc.option(fc.constantFrom("03:00", "06:00", "09:30", "23:30"), { nil: undefined }),
  day: fc.constantFrom("mon", "sat", "sun"),
  cron: fc.constantFrom("0 */4 * * *", "30 2 * * 1-5", "15 23 L * *"),
  timeZone: fc.constantFrom("UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"),
}).map(({ kind, time, until, day, cron, timeZone }) => ({
  timeZone,
  ...(until === undefined ? {} : { until }),
  ...(kind === "cron" ? { cron } : { time }),
  ...(kind === "weekly" ? { day } : {}),
}));

const MINUTE_MS = 60_000;

/** Checks what must always hold. */
function check(box: ScheduleBox, request: TimingRequest): void {
  const { clock, works, told } = box;
  const active = works.filter((work) => work.active && work.by === box.runner);
  ok(active.length <= 1, "never two runs at once");
  for (const work of active) {
    if (request.until === undefined) continue;
    const { hour, minute } = localTime(clock.now(), request);
    const now = hour * 60 + minute;
    const [untilHour = 0, untilMinute = 0] = request.until.split(":").map(Number);
    const until = untilHour * 60 + untilMinute;
    // By the clock on the wall alone: a window of a daily schedule is not all of the day.
    if (request.time !== undefined) {
      const [beginHour = 0, beginMinute = 0] = request.time.split(":").map(Number);
      const begin = beginHour * 60 + beginMinute;
      const inside = begin < until ? now >= begin && now < until : now >= begin || now < until;
      ok(inside, `${request.time}–${request.until}: at work at ${hour}:${minute}`);
    }
    ok(!work.signal.aborted);
  }
  const begun = new Map<string, string>();
  for (const { run } of told) {
    if (run === undefined) continue;
    strictEqual(begun.get(run.dueAt) ?? run.startedAt, run.startedAt, `${run.dueAt} has one run`);
    begun.set(run.dueAt, run.startedAt);
    ok(Date.parse(run.startedAt) >= Date.parse(run.dueAt), "not before it is due");
  }
}

async function apply(box: ScheduleBox, each: Step): Promise<void> {
  const { clock, works } = box;
  const work = works.findLast(({ active, by }) => active && by === box.runner);
  switch (each.type) {
    case "awake":
      return await box.passUntil(clock.now() + each.minutes * MINUTE_MS);
    case "asleep":
      return clock.jumpTo(clock.now() + each.minutes * MINUTE_MS);
    case "down":
      await box.runner.close();
      clock.jumpTo(clock.now() + each.minutes * MINUTE_MS);
      return void box.start();
    case "killed":
      return void box.start();
    case "clock":
      return clock.jumpTo(clock.now() + each.minutes * MINUTE_MS);
    case "finish":
      return work?.finish();
    case "fail":
      return work?.fail(new Error("It has failed"));
    case "off":
      return void await box.book.disable(["nightly"]);
    case "on":
      return void await box.book.enable(["nightly"]);
  }
}

Deno.test("whatever happens: one run at a time, inside its window, and one for each time it is due", async () => {
  await fc.assert(
    fc.asyncProperty(
      timing,
      fc.array(step, { minLength: 5, maxLength: 40 }),
      // From where the clocks change soon.
      fc.constantFrom("2025-03-28T10:00Z", "2025-10-24T10:00Z", "2025-04-04T10:00Z", "2025-01-30T10:00Z"),
      async (request, steps, start) => {
        await using box = await ScheduleBox.open(start);
        await box.create({ timing: request });
        for (const each of steps) {
          await apply(box, each);
          await box.look();
          check(box, request);
        }
      },
    ),
    { numRuns: 60 },
  );
});

/** On how many days a clock on the wall comes to the time, or goes over it. */
function duesIn(request: TimingRequest, startMs: number, days: number): number {
  const [wantedHour = 0, wantedMinute = 0] = (request.time ?? "").split(":").map(Number);
  const wantedDay = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"].indexOf(request.day ?? "");
  const look = (timeMs: number) => {
    const { hour, minute, month, day, weekday } = localTime(timeMs, request);
    return { isPast: hour * 60 + minute >= wantedHour * 60 + wantedMinute, date: `${month}-${day}`, weekday };
  };
  const found = new Set<string>();
  let before = look(startMs);
  // All times are quarters of an hour.
  for (let timeMs = startMs; timeMs <= startMs + days * 24 * HOUR_MS; timeMs += 15 * MINUTE_MS) {
    const now = look(timeMs);
    const passes = now.isPast && !(before.isPast && before.date === now.date);
    const isDay = wantedDay < 0 || now.weekday === wantedDay;
    if (passes && isDay) found.add(now.date);
    before = now;
  }
  return found.size;
}

Deno.test("a machine that is always on has a run for each time a schedule is due", async () => {
  await fc.assert(
    fc.asyncProperty(
      timing.filter(({ cron }) => cron === undefined),
      fc.constantFrom("2025-03-20T10:00Z", "2025-10-20T10:00Z"),
      async (request, start) => {
        await using box = await ScheduleBox.open(start);
        await box.create({ timing: request });
        box.onWork = ({ finish }) => finish();
        await box.passUntil(Date.parse(start) + 21 * 24 * HOUR_MS);
        strictEqual(results(box).length, duesIn(request, Date.parse(start), 21), JSON.stringify(request));
      },
    ),
    { numRuns: 25 },
  );
});
