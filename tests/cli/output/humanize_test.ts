import assert from "node:assert/strict";
import fc from "fast-check";
import {
  countOf,
  formatCount,
  formatDateAge,
  formatDateUntil,
  formatNumber,
  formatPercent,
  plural,
} from "../../../cli/output/humanize.ts";

Deno.test("formatCount() has at most three digits and a unit", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0"],
    [999, "999"],
    [1000, "1.0k"],
    [12_345, "12.3k"],
    [99_949, "99.9k"],
    [99_950, "100k"],
    [999_499, "999k"],
    [999_500, "1.0M"],
    [1_234_567, "1.2M"],
    [8_030_261_312, "8.0B"],
    [3_000_000_000_000_000, "3000T"],
  ];
  for (const [count, text] of cases) assert.equal(formatCount(count), text);
});

Deno.test("formatPercent() says 100 % of what is complete only", () => {
  assert.equal(formatPercent(0, 0), "100 %");
  assert.equal(formatPercent(999, 1000), "99 %");
  fc.assert(fc.property(fc.nat(), fc.integer({ min: 1 }), (part, whole) => {
    assert.equal(formatPercent(part, whole) === "100 %", part >= whole);
  }));
});

Deno.test("formatDateAge() is empty for a date that is not known", () => {
  const now = Date.UTC(2025, 0, 1);
  assert.equal(formatDateAge("2024-12-29T00:00:00Z", now), "3 days ago");
  assert.equal(formatDateAge(undefined, now), "");
  assert.equal(formatDateAge("soon", now), "");
});

Deno.test("plural() counts", () => {
  assert.deepEqual([0, 1, 2].map((count) => plural(count, "file")), ["0 files", "1 file", "2 files"]);
});

Deno.test("formatDateUntil() says how long it is, and that a time has come", () => {
  const nowMs = Date.parse("2025-01-01T00:00:00Z");
  const until = (date: string | undefined): string => formatDateUntil(date, nowMs);
  assert.deepEqual(
    [
      "2025-01-01T03:59:00Z",
      "2025-01-08T00:00:00Z",
      "2025-01-01T00:01:00Z",
      "2025-01-01T00:00:59Z",
      "2024-12-31T00:00:00Z",
    ].map(until),
    ["in 3 hours", "in 1 week", "in 1 minute", "now", "now"],
  );
  assert.deepEqual([until(undefined), until("no date")], ["", ""]);
});

Deno.test("plural() and formatNumber() separate thousands, countOf() shortens them", () => {
  assert.deepEqual([0, 1, 999, 1_994, 1_234_567].map(formatNumber), ["0", "1", "999", "1,994", "1,234,567"]);
  assert.deepEqual([plural(1, "model"), plural(1_000, "model")], ["1 model", "1,000 models"]);
  assert.deepEqual([countOf(1, "like"), countOf(2, "like"), countOf(12_300, "like")], [
    "1 like",
    "2 likes",
    "12.3k likes",
  ]);
});
