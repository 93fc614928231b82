import assert from "node:assert/strict";
import fc from "fast-check";
import { formatAge, formatDuration, parseDuration } from "../../../core/base/duration.ts";

const readable: readonly (readonly [string, number])[] = [
  ["0", 0],
  ["90", 90_000],
  ["1.5", 1_500],
  ["250ms", 250],
  ["90s", 90_000],
  ["5M", 300_000],
  ["1h30m", 5_400_000],
  ["1m500ms", 60_500],
  [" 30d ", 2_592_000_000],
  ["2w", 1_209_600_000],
];

for (const [text, ms] of readable) {
  Deno.test(`parseDuration() reads ${JSON.stringify(text)}`, () => {
    assert.equal(parseDuration(text), ms);
  });
}

for (const text of ["", "d", "-5s", "5 apples", "1h 30m", "1y", "s5", "5ss", "9".repeat(400)]) {
  Deno.test(`parseDuration() refuses ${JSON.stringify(text.slice(0, 12))} and says how to write it`, () => {
    assert.throws(() => parseDuration(text), {
      code: "USAGE_ERROR",
      hints: ["Write it like 30d, 12h, 90s or 1h30m"],
    });
  });
}

Deno.test("parseDuration() adds all parts up", () => {
  fc.assert(
    fc.property(fc.nat(99), fc.nat(99), fc.nat(999), fc.nat(9999), (hours, minutes, seconds, ms) => {
      assert.equal(
        parseDuration(`${hours}h${minutes}m${seconds}s${ms}ms`),
        hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + ms,
      );
    }),
  );
});

const clocks: readonly (readonly [number, string])[] = [
  [-1, "0:00"],
  [0, "0:00"],
  [499, "0:00"],
  [59_500, "1:00"],
  [125_000, "2:05"],
  [3_725_000, "1:02:05"],
  [360_000_000, "100:00:00"],
];

for (const [ms, text] of clocks) {
  Deno.test(`formatDuration() shows ${ms} ms as ${text}`, () => assert.equal(formatDuration(ms), text));
}

Deno.test("formatDuration() shows every second once", () => {
  fc.assert(fc.property(fc.nat(10_000_000), (seconds) => {
    const parts = formatDuration(seconds * 1000).split(":").map(Number);
    assert.equal(parts.reduce((sum, part) => sum * 60 + part, 0), seconds);
    assert.ok(parts.slice(1).every((part) => part < 60));
  }));
});

const DAY = 86_400_000;
const ages: readonly (readonly [number, string])[] = [
  [-DAY, "just now"],
  [59_999, "just now"],
  [60_000, "1 minute ago"],
  [7_199_999, "1 hour ago"],
  [3 * DAY, "3 days ago"],
  [7 * DAY, "1 week ago"],
  [29 * DAY, "4 weeks ago"],
  [30 * DAY, "1 month ago"],
  [800 * DAY, "2 years ago"],
];

for (const [ms, text] of ages) {
  Deno.test(`formatAge() shows ${ms} ms as "${text}"`, () => assert.equal(formatAge(ms), text));
}
