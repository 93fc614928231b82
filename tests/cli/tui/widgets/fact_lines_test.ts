import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { factLines } from "../../../../cli/tui/widgets/fact_lines.ts";
import { testFrame } from "../../../support/tui_screens.ts";

Deno.test("factLines() aligns values, and lets long ones go on below", () => {
  deepStrictEqual(
    factLines(
      [["Name", "a value of several words"], ["Longer name", "one", "two"]],
      testFrame({ columns: 26 }),
    ),
    ["Name         a value of", "             several words", "Longer name  one", "             two"],
  );
});

Deno.test("factLines() puts values below names that leave them no room", () => {
  deepStrictEqual(factLines([["A rather long name", "value"]], testFrame({ columns: 24 })), [
    "A rather long name",
    "  value",
  ]);
});

Deno.test("factLines() fits every width, with nothing that a terminal would obey", () => {
  const text = fc.oneof(fc.string(), fc.constantFrom("日本語モデル", "🦙🦙", "\u001b[2J", "a".repeat(50)));
  fc.assert(fc.property(
    fc.array(fc.tuple(text, text)),
    fc.integer({ min: 20, max: 100 }),
    (facts, columns) => {
      const frame = testFrame({ columns });
      for (const line of factLines(facts, frame)) {
        strictEqual(frame.measure(line) <= columns, true, line);
        // deno-lint-ignore no-control-regex
        strictEqual(/[\u0000-\u001f]/.test(line), false);
      }
    },
  ));
});
