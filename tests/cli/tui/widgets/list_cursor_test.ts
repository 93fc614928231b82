import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  type CursorMove,
  FIRST_ROW,
  firstVisible,
  moveCursor,
  placeCursor,
} from "../../../../cli/tui/widgets/list_cursor.ts";

const MOVES: readonly CursorMove[] = ["up", "down", "pageup", "pagedown", "home", "end"];

Deno.test("moveCursor() stays in the list, and the row of the cursor is always seen", () => {
  fc.assert(fc.property(
    fc.array(fc.constantFrom(...MOVES), { maxLength: 60 }),
    fc.nat(50),
    fc.integer({ min: 1, max: 20 }),
    (moves, length, rows) => {
      let cursor = FIRST_ROW;
      for (const move of moves) {
        cursor = moveCursor(cursor, move, { length, rows });
        ok(cursor.index >= 0 && cursor.index < Math.max(1, length));
        ok(cursor.index >= cursor.top && cursor.index < cursor.top + rows);
        ok(cursor.top <= Math.max(0, length - rows), "no blank rows below the end");
      }
    },
  ));
});

Deno.test("moveCursor() goes a page less one row, so that a person sees where it was", () => {
  const room = { length: 100, rows: 10 };
  deepStrictEqual(moveCursor(FIRST_ROW, "pagedown", room), { index: 9, top: 0 });
  deepStrictEqual(moveCursor({ index: 9, top: 0 }, "pagedown", room), { index: 18, top: 9 });
  deepStrictEqual(moveCursor({ index: 18, top: 9 }, "home", room), FIRST_ROW);
  deepStrictEqual(moveCursor(FIRST_ROW, "end", room), { index: 99, top: 90 });
});

Deno.test("placeCursor() keeps to the nearest row when the list gets shorter", () => {
  deepStrictEqual(placeCursor({ index: 40, top: 35 }, 40, { length: 3, rows: 10 }), { index: 2, top: 0 });
  deepStrictEqual(placeCursor({ index: 40, top: 35 }, 40, { length: 0, rows: 10 }), FIRST_ROW);
});

Deno.test("firstVisible() follows the cursor when the screen gets lower", () => {
  strictEqual(firstVisible({ index: 9, top: 0 }, { length: 50, rows: 10 }), 0);
  strictEqual(firstVisible({ index: 9, top: 0 }, { length: 50, rows: 4 }), 6);
});
