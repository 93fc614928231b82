import assert from "node:assert/strict";
import { sinceReader, untilReader } from "../../cli/time_flag.ts";
import { isModelManagerError } from "../../core/base/errors.ts";
import { TestClock } from "../support/test_clock.ts";

const DAY = 86_400_000;
const clock = new TestClock({ startMs: Date.UTC(2025, 0, 31, 10) });
const since = sinceReader("--since", clock);
const until = untilReader("--until", clock);

const TIMES: readonly (readonly [text: string, beginMs: number, lengthMs: number])[] = [
  ["30d", Date.UTC(2025, 0, 1, 10), 1],
  ["1h30m", Date.UTC(2025, 0, 31, 8, 30), 1],
  [" 2W ", Date.UTC(2025, 0, 17, 10), 1],
  ["2024-02-29", Date.UTC(2024, 1, 29), DAY],
  ["2025-01-31T14:30", Date.UTC(2025, 0, 31, 14, 30), 1],
  ["2025-01-31 14:30:05", Date.UTC(2025, 0, 31, 14, 30, 5), 1],
  ["2025-01-31T14:30:05.250Z", Date.UTC(2025, 0, 31, 14, 30, 5, 250), 1],
  ["2025-01-31t14:30:05z", Date.UTC(2025, 0, 31, 14, 30, 5), 1],
  ["2025-01-31T14:30+02:00", Date.UTC(2025, 0, 31, 12, 30), 1],
  ["9999-12-31", Date.UTC(9999, 11, 31), DAY],
];

Deno.test("sinceReader() reads ages and dates, in UTC unless a zone is named", () => {
  for (const [text, beginMs] of TIMES) assert.equal(since(text), beginMs, text);
});

Deno.test("untilReader() takes the day or the moment that is named in", () => {
  for (const [text, beginMs, lengthMs] of TIMES) assert.equal(until(text), beginMs + lengthMs, text);
});

Deno.test("sinceReader() refuses what is no time, naming the option and how to write one", () => {
  const bad = [
    "",
    "ages",
    "2025",
    "2025-02-30",
    "2025-13-01",
    "2025-1-1",
    "2025-01-01T25:00",
    "-3d",
    "30",
    "5 days ago",
  ];
  for (const text of bad) {
    assert.throws(() => since(text), (error) => {
      assert.ok(isModelManagerError(error), text);
      assert.equal(error.code, "USAGE_ERROR");
      assert.equal(error.message, `The option --since is "${text}": wanted an age or a date`);
      assert.match(error.hints[0] ?? "", /--since 30d/);
      return true;
    });
  }
});
