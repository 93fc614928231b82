import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { spokenRows } from "../../../../cli/tui/widgets/spoken_rows.ts";

Deno.test("spokenRows() tells all rows of a short list", () => {
  deepStrictEqual(spokenRows([1, 2, 3], { index: 2, top: 0 }), { rows: [1, 2, 3], first: 0, note: [] });
});

Deno.test("spokenRows() tells twenty rows of a long list, that of the cursor among them", () => {
  fc.assert(fc.property(fc.integer({ min: 21, max: 500 }), fc.nat(), (length, wanted) => {
    const all = Array.from({ length }, (_, index) => index);
    const index = wanted % length;
    const { rows, first, note } = spokenRows(all, { index, top: 0 });
    strictEqual(rows.length, 20);
    strictEqual(rows.includes(index), true);
    strictEqual(rows[0], first);
    deepStrictEqual(note, [`Rows ${first + 1} to ${first + 20} of ${length}`]);
  }));
});
