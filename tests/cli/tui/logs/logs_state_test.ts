import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { isWanted } from "../../../../cli/tui/logs/log_entry.ts";
import {
  EMPTY_LOGS,
  type LogsAction,
  type LogsState,
  MAX_ENTRIES,
  reduceLogs,
  selectedEntry,
} from "../../../../cli/tui/logs/logs_state.ts";
import { entries, entry } from "./logs_fixtures.ts";
import { cursorAction } from "../widgets/cursor_actions.ts";

function after(...actions: readonly LogsAction[]): LogsState {
  return actions.reduce(reduceLogs, EMPTY_LOGS);
}

const read = (count: number, from = 0): LogsAction => ({
  type: "read",
  entries: entries(count, from),
  isFirst: from === 0,
});

Deno.test("reduceLogs() follows the newest line", () => {
  const state = after(read(30), read(5, 30));
  strictEqual(state.cursor.index, 34);
  strictEqual(state.newRows, 0);
});

Deno.test("reduceLogs() stays on the line of who went back, and counts what came", () => {
  const before = after(read(30), { type: "moved", move: "up", rows: 10 });
  strictEqual(before.isFollowing, false);
  const state = reduceLogs(before, read(5, 30));
  strictEqual(selectedEntry(state), selectedEntry(before));
  strictEqual(state.newRows, 5);
  const end = reduceLogs(state, { type: "moved", move: "end", rows: 10 });
  strictEqual(end.isFollowing, true);
  strictEqual(end.cursor.index, 34);
  strictEqual(end.newRows, 0);
});

Deno.test("reduceLogs() goes through the levels, and shows what is at least so severe", () => {
  let state = after(read(21));
  const counts = ["trace", "debug", "info", "warning", "error", "critical"].map((level) => {
    strictEqual(state.level, level);
    const count = state.rows.length;
    state = reduceLogs(state, { type: "level" });
    return count;
  });
  deepStrictEqual(counts, [21, 21, 18, 9, 6, 3]);
  strictEqual(state.level, "trace");
});

Deno.test("reduceLogs() keeps the line of the cursor when others go and come", () => {
  const before = after(read(30), { type: "placed", index: 11, rows: 10 });
  strictEqual(selectedEntry(before)?.level, "error");
  const state = after(read(30), { type: "placed", index: 11, rows: 10 }, { type: "level" }, {
    type: "level",
  });
  strictEqual(selectedEntry(state)?.raw, selectedEntry(before)?.raw);
  strictEqual(state.rows.length < 30, true);
});

Deno.test("reduceLogs() finds text in messages and parts, in either case", () => {
  const state = after(read(30), { type: "edited", edit: { type: "insert", text: " CONNECTIONS " } });
  strictEqual(state.rows.length, 6);
  strictEqual(isWanted(entry(3), { level: "trace", text: "HTTP.retry" }), true);
  strictEqual(isWanted(entry(3), { level: "trace", text: "1rtd6q3" }), false, "facts are not looked at");
});

Deno.test("reduceLogs() keeps a line open while others come", () => {
  const state = after(read(30), { type: "whole", isWhole: true }, read(5, 30));
  strictEqual(state.isWhole, true);
  strictEqual(selectedEntry(state)?.raw, entry(29).raw);
});

Deno.test("reduceLogs() keeps the latest lines only, and the cursor on its line as long as it is there", () => {
  const first: LogsAction = { type: "read", entries: entries(MAX_ENTRIES), isFirst: true };
  const before = after(first, { type: "placed", index: 100, rows: 10 });
  const state = reduceLogs(before, read(60, MAX_ENTRIES));
  strictEqual(state.entries.length, MAX_ENTRIES);
  strictEqual(selectedEntry(state), selectedEntry(before));
  strictEqual(state.cursor.index, 40);
  strictEqual(state.newRows, 60);
  const gone = reduceLogs({ ...state, isWhole: true }, read(60, MAX_ENTRIES + 60));
  strictEqual(gone.isWhole, false);
});

Deno.test("reduceLogs() keeps the rows when what came is not wanted", () => {
  const state = after(read(30), { type: "edited", edit: { type: "insert", text: "second" } });
  const next = reduceLogs(state, { type: "read", entries: [entry(31, { message: "x" })], isFirst: false });
  strictEqual(next.rows, state.rows);
  strictEqual(next.entries.length, 31);
});

Deno.test("reduceLogs() has the cursor on a row and the right rows, whatever happens", () => {
  const action: fc.Arbitrary<LogsAction> = fc.oneof(
    cursorAction,
    fc.tuple(fc.nat(8), fc.boolean(), fc.nat(50)).map(([count, isFirst, from]): LogsAction => ({
      type: "read",
      entries: entries(count, from),
      isFirst,
    })),
    fc.constantFrom<LogsAction>(
      { type: "level" },
      { type: "wrapped" },
      { type: "whole", isWhole: true },
      { type: "following", isFollowing: true },
      { type: "following", isFollowing: false },
      { type: "edited", edit: { type: "insert", text: "e" } },
      { type: "edited", edit: { type: "clear" } },
    ),
  );
  fc.assert(fc.property(fc.array(action), (actions) => {
    const state = after(...actions);
    const { cursor, rows, level, field } = state;
    strictEqual(cursor.index >= 0 && cursor.index < Math.max(1, rows.length), true);
    strictEqual(cursor.top >= 0 && cursor.top <= cursor.index, true);
    deepStrictEqual(rows, state.entries.filter((each) => isWanted(each, { level, text: field.text })));
    if (state.isFollowing && state.newRows > 0) throw new Error("What is followed is not new");
  }));
});
