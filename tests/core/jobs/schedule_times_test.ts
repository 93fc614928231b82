import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { lastDueMs, nextDueMs, windowEndMs } from "../../../core/jobs/schedule_times.ts";
import { parseCron, parseDay, parseTimeOfDay, readTiming } from "../../../core/jobs/schedule_timing.ts";
import type { ScheduleTiming } from "../../../core/state/schedule_record.ts";

const BERLIN = "Europe/Berlin";
const ms = (text: string): number => Date.parse(text);
const iso = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString().slice(0, 16);

/** The next so many times, in UTC. */
function dues(timing: ScheduleTiming, from: string, count: number): (string | undefined)[] {
  const found: (string | undefined)[] = [];
  let after: number | undefined = ms(from);
  for (let index = 0; index < count && after !== undefined; index++) {
    after = nextDueMs(timing, after);
    found.push(iso(after));
  }
  return found;
}

Deno.test("nextDueMs() keeps the time of day over both changes of the clocks", () => {
  const nightly = { type: "daily", time: "23:00", timeZone: BERLIN } as const;
  deepStrictEqual(dues(nightly, "2025-03-28T12:00Z", 3), [
    "2025-03-28T22:00",
    "2025-03-29T22:00",
    "2025-03-30T21:00",
  ]);
  deepStrictEqual(dues(nightly, "2025-10-24T12:00Z", 3), [
    "2025-10-24T21:00",
    "2025-10-25T21:00",
    "2025-10-26T22:00",
  ]);
});

Deno.test("nextDueMs() has a time once that is left out, or comes twice", () => {
  const early = { type: "daily", time: "02:30", timeZone: BERLIN } as const;
  // 02:30 does not exist: as soon as the clocks have gone forward.
  deepStrictEqual(dues(early, "2025-03-29T12:00Z", 2), ["2025-03-30T01:00", "2025-03-31T00:30"]);
  // 02:30 comes twice: the first time.
  deepStrictEqual(dues(early, "2025-10-25T12:00Z", 2), ["2025-10-26T00:30", "2025-10-27T01:30"]);
  const weekly = { type: "weekly", day: 0, time: "02:30", timeZone: BERLIN } as const;
  deepStrictEqual(dues(weekly, "2025-10-20T12:00Z", 2), ["2025-10-26T00:30", "2025-11-02T01:30"]);
});

Deno.test("lastDueMs() finds the latest time, however long ago", () => {
  const yearly = { type: "cron", cron: "0 0 1 1 *", timeZone: "UTC" } as const;
  const now = ms("2025-06-01T00:00Z");
  strictEqual(iso(lastDueMs(yearly, { afterMs: ms("2020-06-01T00:00Z"), untilMs: now })), "2025-01-01T00:00");
  strictEqual(lastDueMs(yearly, { afterMs: ms("2025-01-01T00:00Z"), untilMs: now }), undefined);
  const often = { type: "cron", cron: "*/5 * * * *", timeZone: "UTC" } as const;
  strictEqual(iso(lastDueMs(often, { afterMs: 0, untilMs: ms("2025-06-01T00:07Z") })), "2025-06-01T00:05");
  strictEqual(iso(lastDueMs(often, { afterMs: 0, untilMs: ms("2025-06-01T00:05Z") })), "2025-06-01T00:05");
});

Deno.test("windowEndMs() ends over midnight, at the time of the clock", () => {
  const nightly = { type: "daily", time: "23:00", until: "07:00", timeZone: BERLIN } as const;
  strictEqual(iso(windowEndMs(nightly, ms("2025-01-10T22:00Z"))), "2025-01-11T06:00");
  // An hour less, and an hour more.
  strictEqual(iso(windowEndMs(nightly, ms("2025-03-29T22:00Z"))), "2025-03-30T05:00");
  strictEqual(iso(windowEndMs(nightly, ms("2025-10-25T21:00Z"))), "2025-10-26T06:00");
  const day = { type: "daily", time: "09:00", until: "17:30", timeZone: "UTC" } as const;
  strictEqual(iso(windowEndMs(day, ms("2025-01-10T09:00Z"))), "2025-01-10T17:30");
  strictEqual(windowEndMs({ type: "daily", time: "09:00" }, ms("2025-01-10T09:00Z")), undefined);
});

Deno.test("windowEndMs() is empty when the clocks go forward over all of it", () => {
  const short = { type: "daily", time: "02:10", until: "02:50", timeZone: BERLIN } as const;
  const due = nextDueMs(short, ms("2025-03-29T12:00Z")) ?? 0;
  const end = windowEndMs(short, due) ?? 0;
  strictEqual(end - due <= 60 * 60_000, true, `${iso(due)} to ${iso(end)}`);
  const next = nextDueMs(short, due) ?? 0;
  strictEqual(iso(next), "2025-03-31T00:10");
  strictEqual(iso(windowEndMs(short, next)), "2025-03-31T00:50");
});

Deno.test("windowEndMs() counts a cron's window from the time at which it is due", () => {
  const often = { type: "cron", cron: "0 22-23 * * *", until: "06:00", timeZone: "UTC" } as const;
  strictEqual(iso(windowEndMs(often, ms("2025-01-10T22:00Z"))), "2025-01-11T06:00");
  strictEqual(iso(windowEndMs(often, ms("2025-01-10T23:00Z"))), "2025-01-11T06:00");
});

Deno.test("parseDay() takes names and both numbers of Sunday, and says what is allowed", () => {
  deepStrictEqual(["0", "7", "1", "5", "sun", "Fri", "friday", "SATURDAY", "tu"].map(parseDay), [
    0,
    0,
    1,
    5,
    0,
    5,
    5,
    6,
    2,
  ]);
  for (const text of ["9", "8", "-1", "1.5", "s", "", "someday"]) {
    throws(() => parseDay(text), {
      code: "USAGE_ERROR",
      message: /0 to 7 \(0 and 7 are Sunday, 1 is Monday\)/,
    }, text);
  }
});

Deno.test("parseTimeOfDay() takes hours and minutes of a day", () => {
  deepStrictEqual(["0:00", "7:05", "23:59"].map((text) => parseTimeOfDay(text, "--time")), [
    "00:00",
    "07:05",
    "23:59",
  ]);
  for (const text of ["25:00", "24:00", "12:60", "7", "7pm", "", "07:5"]) {
    throws(() => parseTimeOfDay(text, "--until"), {
      code: "USAGE_ERROR",
      message: /--until .* from 00:00 to 23:59/,
    });
  }
});

Deno.test("parseCron() refuses what is no pattern, and what is never due", () => {
  const options = { nowMs: ms("2025-01-01T00:00Z") };
  strictEqual(parseCron(" 30  1 * * 1-5 ", options), "30 1 * * 1-5");
  strictEqual(parseCron("@daily", options), "@daily");
  strictEqual(parseCron("0 0 29 2 *", options), "0 0 29 2 *", "every four years");
  for (const text of ["0 0 30 2 *", "0 0 31 4,6,9,11 *"]) {
    throws(() => parseCron(text, options), { code: "USAGE_ERROR", message: /is never due/ });
  }
  for (
    const text of ["", "* * * *", "* * * * * *", "61 * * * *", "0 0 32 * *", "2025-01-01T00:00:00", "@never"]
  ) {
    throws(() => parseCron(text, options), { code: "USAGE_ERROR", message: /Cannot read the pattern/ }, text);
  }
  throws(() => parseCron("0 0 32 * *", options), { message: /its day is out of range/ });
});

Deno.test("readTiming() wants what a type needs, and nothing else", () => {
  const options = { nowMs: ms("2025-01-01T00:00Z") };
  deepStrictEqual(readTiming({ time: "7:00", until: "9:30" }, options), {
    type: "daily",
    time: "07:00",
    until: "09:30",
  });
  deepStrictEqual(readTiming({ day: "fri", time: "23:00", timeZone: "europe/berlin" }, options), {
    type: "weekly",
    time: "23:00",
    day: 5,
    timeZone: "Europe/Berlin",
  });
  deepStrictEqual(readTiming({ cron: "0 23 * * *" }, options), { type: "cron", cron: "0 23 * * *" });
  const wrong: readonly (readonly [Parameters<typeof readTiming>[0], RegExp])[] = [
    [{}, /daily schedule wants the option --time/],
    [{ type: "weekly", time: "1:00" }, /weekly schedule wants the option --day/],
    [{ type: "daily", time: "1:00", day: "fri" }, /--day means nothing for a daily/],
    [{ type: "cron", time: "1:00" }, /--time means nothing for a cron/],
    [{ type: "cron" }, /cron schedule wants the option --cron/],
    [{ type: "hourly" }, /no type of schedule "hourly": wanted daily, weekly, cron/],
    [{ time: "23:00", until: "23:00" }, /is empty/],
    [{ time: "23:00", timeZone: "Mars/Base" }, /no time zone "Mars\/Base"/],
    [{ time: "23:00", timeZone: "+02:00" }, /no time zone/],
  ];
  throws(() => readTiming({ type: "dayly", time: "1:00" }, options), {
    hints: ['Did you mean "daily"?', "See how it is used: mm schedule create --help"],
  });
  for (const [request, message] of wrong) {
    throws(() => readTiming(request, options), { code: "USAGE_ERROR", message });
  }
});
