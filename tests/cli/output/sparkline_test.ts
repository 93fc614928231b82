import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { sparkline } from "../../../cli/output/sparkline.ts";

Deno.test("sparkline() draws the highest value in full, and nothing as a flat line", () => {
  strictEqual(sparkline([0, 1, 4, 7, 14], { width: 10, unicode: true }), "▁▂▃▅█");
  strictEqual(sparkline([0, 0, 0], { width: 10, unicode: true }), "▁▁▁");
  strictEqual(sparkline([], { width: 10, unicode: true }), "");
});

Deno.test("sparkline() has signs for terminals that show ASCII only", () => {
  strictEqual(sparkline([0, 50, 100], { width: 10, unicode: false }), "_=#");
});

Deno.test("sparkline() shows the last values where not all fit, whatever they are", () => {
  strictEqual(sparkline([9, 9, 0, 3], { width: 2, unicode: true }), "▁█");
  fc.assert(fc.property(
    fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
    fc.integer({ min: 1, max: 100 }),
    (values, width) => {
      const line = sparkline(values, { width, unicode: true });
      strictEqual([...line].length, Math.min(values.length, width));
      strictEqual(/^[▁▂▃▄▅▆▇█]*$/.test(line), true);
    },
  ));
});
