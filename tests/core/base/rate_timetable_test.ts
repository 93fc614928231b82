import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { localTime } from "../../../core/base/local_time.ts";
import {
  nextTimetableChange,
  parseRateTimetable,
  rateLimitAt,
  timetableLimitAt,
} from "../../../core/base/rate_timetable.ts";

const UTC = { timeZone: "UTC" };
const BERLIN = { timeZone: "Europe/Berlin" };
/** A Wednesday. */
const DAY = Date.UTC(2025, 0, 1);
const at = (time: string, dayOffset = 0): number => Date.parse(`2025-01-0${1 + dayOffset}T${time}:00Z`);

Deno.test("rateLimitAt() follows the steps of a day, and before the first one the last one", () => {
  const text = "08:00,2M 12:00,10M 23:00,off";
  const limits = ["00:00", "07:59", "08:00", "11:59", "12:00", "22:59", "23:00"].map((time) =>
    rateLimitAt(text, at(time), UTC)
  );
  deepStrictEqual(limits, [undefined, undefined, 2e6, 2e6, 10e6, 10e6, undefined]);
  strictEqual(rateLimitAt(512, DAY), 512);
  strictEqual(rateLimitAt(null, DAY), undefined);
});

Deno.test("parseRateTimetable() takes weekdays, in any case, short and long, with either separator", () => {
  const text = "Mon-08:00,512k;friday-18:00,off  sun-20:00,1MiB";
  const limit = (dayOffset: number, time: string) => rateLimitAt(text, at(time, dayOffset), UTC);
  strictEqual(limit(0, "12:00"), 512_000, "Wednesday");
  strictEqual(limit(2, "17:59"), 512_000);
  strictEqual(limit(2, "18:00"), undefined, "Friday");
  strictEqual(limit(4, "20:00"), 1_048_576, "Sunday");
  strictEqual(limit(5, "07:59"), 1_048_576, "Monday");
  strictEqual(limit(5, "08:00"), 512_000);
});

Deno.test("parseRateTimetable() lets what is said of one day win over what is said of all", () => {
  const text = "08:00,1M Sat-08:00,off 20:00,2M";
  strictEqual(rateLimitAt(text, at("09:00", 2), UTC), 1e6);
  strictEqual(rateLimitAt(text, at("09:00", 3), UTC), undefined);
  strictEqual(rateLimitAt(text, at("20:00", 3), UTC), 2e6);
});

Deno.test("parseRateTimetable() refuses what is none, and names the entry", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["25:00,2M", /"25:00" is no time of day/],
    ["08:60,2M", /"08:60" is no time of day/],
    ["08:00,2M 9,1M", /"9" is no time of day/],
    ["08:00", /wanted a time and a rate/],
    ["08:00,fast", /"fast" is no rate/],
    ["08:00,512", /"512" has no unit/],
    ["08:00,0.0001k", /is no rate/],
    ["Xyz-08:00,2M", /there is no day "Xyz"/],
    ["08:00,2M 08:00,3M", /another entry for this time/],
    ["08:00,10M:1M", /is no rate/],
    [" ; ", /no entry/],
  ];
  for (const [text, pattern] of cases) {
    throws(() => parseRateTimetable(text), { code: "USAGE_ERROR", message: pattern }, text);
  }
});

Deno.test("timetableLimitAt() goes by the clock on the wall when the clocks change", () => {
  const table = parseRateTimetable("01:00,1M 04:00,off");
  // 2025-03-30: 02:00 becomes 03:00; 2025-10-26: 03:00 becomes 02:00.
  strictEqual(timetableLimitAt(table, Date.parse("2025-03-30T01:59:00Z"), BERLIN), 1e6, "03:59 in summer");
  strictEqual(timetableLimitAt(table, Date.parse("2025-03-30T02:00:00Z"), BERLIN), undefined);
  strictEqual(timetableLimitAt(table, Date.parse("2025-10-26T02:59:00Z"), BERLIN), 1e6, "03:59 in winter");
  strictEqual(
    nextTimetableChange(table, Date.parse("2025-03-30T00:30:00Z"), BERLIN),
    Date.parse("2025-03-30T02:00Z"),
  );
  strictEqual(
    nextTimetableChange(table, Date.parse("2025-10-25T23:30:00Z"), BERLIN),
    Date.parse("2025-10-26T03:00Z"),
  );
});

Deno.test("nextTimetableChange() is the first moment with another limit", () => {
  const entry = fc.record({
    day: fc.constantFrom("", "Sun-", "Mon-", "Wed-", "Sat-"),
    hour: fc.nat(23),
    minute: fc.nat(59),
    rate: fc.constantFrom("1M", "2M", "off"),
  });
  const two = (value: number): string => String(value).padStart(2, "0");
  fc.assert(
    fc.property(
      fc.uniqueArray(entry, {
        minLength: 1,
        maxLength: 5,
        selector: ({ day, hour, minute }) => `${day}${hour}:${minute}`,
      }),
      fc.nat(7 * 24 * 60),
      (entries, minutes) => {
        const text = entries.map(({ day, hour, minute, rate }) => `${day}${two(hour)}:${two(minute)},${rate}`)
          .join(" ");
        const table = parseRateTimetable(text);
        const now = DAY + minutes * 60_000 + 30_000;
        const limit = timetableLimitAt(table, now, UTC);
        const next = nextTimetableChange(table, now, UTC);
        let first: number | undefined;
        for (let step = 1; step <= 7 * 24 * 60 && first === undefined; step++) {
          const time = Math.floor(now / 60_000) * 60_000 + step * 60_000;
          if (timetableLimitAt(table, time, UTC) !== limit) first = time;
        }
        strictEqual(next, first, text);
      },
    ),
    { numRuns: 25 },
  );
  strictEqual(nextTimetableChange(parseRateTimetable("08:00,1M"), DAY, UTC), undefined);
});

Deno.test("localTime() shows what a clock in the machine's zone shows", () => {
  const time = Date.parse("2025-07-04T21:05:00Z");
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  deepStrictEqual(localTime(time), localTime(time, { timeZone }));
  deepStrictEqual(localTime(time, { timeZone: "Asia/Tokyo" }), {
    year: 2025,
    month: 7,
    day: 5,
    weekday: 6,
    hour: 6,
    minute: 5,
  });
  ok(localTime(Date.parse("2025-01-01T00:00Z"), UTC).hour === 0, "midnight is 0, not 24");
});
