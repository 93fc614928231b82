import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  EMPTY_HISTORY,
  type HistoryAction,
  type HistoryState,
  reduceHistory,
  selectedRecord,
} from "../../../../cli/tui/history/history_state.ts";
import { MANY } from "./history_fixtures.ts";
import { cursorAction } from "../widgets/cursor_actions.ts";

function after(...actions: readonly HistoryAction[]): HistoryState {
  return actions.reduce(reduceHistory, EMPTY_HISTORY);
}

const LOADED: HistoryAction = { type: "loaded", records: MANY.slice(0, 20), hasMore: true };

Deno.test("reduceHistory() keeps the rows when nothing has changed, so that they are not laid out anew", () => {
  const state = after(LOADED);
  const again = reduceHistory(state, { ...LOADED, records: [...LOADED.records] });
  strictEqual(again.records, state.records);
});

Deno.test("reduceHistory() keeps the cursor on its record while new ones come before it", () => {
  const state = after(
    { ...LOADED, records: MANY.slice(3, 20) },
    { type: "moved", move: "down", rows: 10 },
    LOADED,
  );
  strictEqual(selectedRecord(state)?.id, MANY[4]?.id);
});

Deno.test("reduceHistory() begins anew when the record of the cursor has gone, and closes it", () => {
  const state = after(
    LOADED,
    { type: "moved", move: "end", rows: 10 },
    { type: "looked", look: "record" },
    { ...LOADED, records: MANY.slice(0, 5) },
  );
  deepStrictEqual(state.cursor, { index: 0, top: 0 });
  strictEqual(state.look, "list");
});

Deno.test("reduceHistory() adds older records behind the others", () => {
  const state = after(LOADED, { type: "loading" }, {
    type: "added",
    records: MANY.slice(20),
    hasMore: false,
  });
  deepStrictEqual(state.records, MANY);
  strictEqual(state.hasMore, false);
  strictEqual(state.isLoading, false);
});

Deno.test("reduceHistory() looks for the text that was typed", () => {
  const state = after(
    { type: "typing", isTyping: true },
    { type: "edited", edit: { type: "insert", text: "lamb" } },
    { type: "edited", edit: { type: "backspace" } },
  );
  strictEqual(state.choice.repo, "lam");
  strictEqual(reduceHistory(state, { type: "edited", edit: { type: "left" } }).choice, state.choice);
});

Deno.test("reduceHistory() keeps the cursor on a row, whatever happens", () => {
  const action: fc.Arbitrary<HistoryAction> = fc.oneof(
    cursorAction,
    fc.tuple(fc.nat(45), fc.nat(45)).map(([a, b]): HistoryAction => ({
      type: "loaded",
      records: MANY.slice(Math.min(a, b), Math.max(a, b)),
      hasMore: a > b,
    })),
    fc.constantFrom<HistoryAction>(
      { type: "loading" },
      { type: "stopped" },
      { type: "looked", look: "record" },
      { type: "looked", look: "statistics" },
      { type: "chosen", choice: { status: "failed" } },
    ),
  );
  fc.assert(fc.property(fc.array(action), (actions) => {
    const { cursor, records } = after(...actions);
    strictEqual(cursor.index >= 0 && cursor.index < Math.max(1, records.length), true);
    strictEqual(cursor.top >= 0 && cursor.top <= cursor.index, true);
  }));
});
