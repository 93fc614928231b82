import assert from "node:assert/strict";
import fc from "fast-check";
import { barChart } from "../../../cli/output/bar_chart.ts";

const OPTIONS = {
  width: 80,
  unicode: true,
  format: (value: number) => `${value} B`,
  labels: ["Jan 1", "Jan 9"] as const,
  height: 3,
};

const VALUES = [0, 1, 12, 24, 18, 9, 0, 3, 24];

Deno.test("barChart() draws bars to scale, with the scale and the ends named", () => {
  assert.deepEqual(barChart(VALUES, OPTIONS), [
    "24 B ┤      █ ▂       █",
    "     │    ▄ █ █ ▁     █",
    "     │  ▁ █ █ █ █   ▃ █",
    "   0 ┼──────────────────",
    "      Jan 1       Jan 9",
  ]);
});

Deno.test("barChart() does with ASCII where there is nothing else", () => {
  assert.deepEqual(barChart(VALUES, { ...OPTIONS, unicode: false }), [
    "24 B +      #         #",
    "     |    # # #       #",
    "     |  . # # # #   . #",
    "   0 +------------------",
    "      Jan 1       Jan 9",
  ]);
});

Deno.test("barChart() fits, shows every value above zero, and none that is not", () => {
  const values = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1e15 })), {
    minLength: 30,
    maxLength: 30,
  });
  fc.assert(
    fc.property(values, fc.integer({ min: 50, max: 200 }), fc.boolean(), (list, width, unicode) => {
      const lines = barChart(list, { ...OPTIONS, width, unicode });
      for (const line of lines) assert.ok(line.length <= width, line);
      if (!unicode) assert.match(lines.join(""), /^[\x20-\x7e]*$/);
      const lowest = lines.at(-3) ?? "";
      const begin = lines.at(-2)?.search(/[┼+]/) ?? 0;
      const columns = ((lines.at(-2)?.length ?? 0) - begin - 1) / list.length;
      const seen = list.map((_, index) => (lowest[begin + 1 + index * columns] ?? " ") !== " ");
      assert.deepEqual(seen, list.map((value) => value > 0));
    }),
  );
});

Deno.test("barChart() leaves the first bars away where there is no room, and says nothing wrong of them", () => {
  const lines = barChart(Array.from({ length: 30 }, (_, index) => index), { ...OPTIONS, width: 20 });
  for (const line of lines) assert.ok(line.length <= 20, line);
  assert.match(lines.at(-1) ?? "", /^ +Jan 9$/);
});
