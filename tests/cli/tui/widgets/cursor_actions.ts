/**
 * Whatever may happen to the cursor of a list, for property tests.
 *
 * @module
 */
import fc from "fast-check";
import { CURSOR_MOVES, type CursorAction } from "../../../../cli/tui/widgets/list_cursor.ts";

/** Moves in any direction and steps onto any row, also those that are not there. */
export const cursorAction: fc.Arbitrary<CursorAction> = fc.oneof(
  fc.record({
    type: fc.constant("moved" as const),
    move: fc.constantFrom(...CURSOR_MOVES),
    rows: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({
    type: fc.constant("placed" as const),
    index: fc.integer({ min: -5, max: 40 }),
    rows: fc.integer({ min: 1, max: 9 }),
  }),
);
