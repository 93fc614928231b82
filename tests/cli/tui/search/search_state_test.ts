import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { NO_FILTERS } from "../../../../cli/tui/search/search_filters.ts";
import {
  currentQuery,
  isAnswered,
  NO_SEARCH,
  reduceSearch,
  type SearchAction,
  selectedModel,
} from "../../../../cli/tui/search/search_state.ts";
import { after, found, model, models, typed } from "./search_fixtures.ts";
import { cursorAction } from "../widgets/cursor_actions.ts";

const PROBLEM = { kind: "error", text: "no network", hints: [] } as const;

Deno.test("reduceSearch() takes what is typed, as far as there is room", () => {
  strictEqual(after(typed("lla"), typed("ma")).field.text, "llama");
  const long = after(typed("x".repeat(150)), typed("y".repeat(150)));
  strictEqual(long.field.text, "x".repeat(150) + "y".repeat(50));
  strictEqual(reduceSearch(long, typed("z")), long);
  strictEqual(after(typed("x".repeat(199)), typed("🦙")).field.text, "x".repeat(199));
});

Deno.test("reduceSearch() keeps the rows while something else is typed and asked for", () => {
  const rows = models(3);
  const state = after(typed("a"), found("a", rows), typed("b"), { type: "asked", phase: "searching" });
  strictEqual(state.rows, rows);
  strictEqual(isAnswered(state), false);
  strictEqual(currentQuery(state).text, "ab");
});

Deno.test("reduceSearch() keeps the rows when a search fails, until the next answer", () => {
  const rows = models(3);
  const failed = after(found("", rows), { type: "asked", phase: "searching" }, {
    type: "failed",
    problem: PROBLEM,
  });
  deepStrictEqual([failed.rows, failed.problem, failed.phase], [rows, PROBLEM, "idle"]);
  strictEqual(reduceSearch(failed, found("", rows)).problem, undefined);
});

Deno.test("reduceSearch() leaves the cursor on its model when more of the same is found", () => {
  const move = { type: "moved", move: "end", rows: 5 } as const;
  const before = after(found("", models(20), { hasMore: true }), move);
  const more = reduceSearch(before, found("", models(40)));
  strictEqual(selectedModel(more)?.repo, "acme/model-19");
  strictEqual(more.cursor.top, before.cursor.top);
  // The Hub has changed its order meanwhile.
  const moved = reduceSearch(before, found("", [model("acme/new"), ...models(20)]));
  deepStrictEqual([moved.cursor.index, moved.cursor.top], [20, before.cursor.top + 1]);
});

Deno.test("reduceSearch() goes to the first row when something else is found", () => {
  const state = after(found("", models(20)), { type: "moved", move: "end", rows: 5 }, found("b", models(20)));
  deepStrictEqual([state.cursor, state.focus], [{ index: 0, top: 0 }, "results"]);
});

Deno.test("reduceSearch() goes to the results only where there are some", () => {
  const results = { type: "focused", focus: "results" } as const;
  strictEqual(after(results), NO_SEARCH);
  strictEqual(after(found("", models(1)), results).focus, "results");
  // What is filtered away takes the cursor back to the words.
  strictEqual(after(found("", models(1)), results, found("b", [])).focus, "input");
});

Deno.test("reduceSearch() goes to the results after Enter, unless somebody types on", () => {
  const submitted = { type: "submitted" } as const;
  strictEqual(after(typed("a"), submitted, found("a", models(1))).focus, "results");
  strictEqual(after(typed("a"), submitted, found("a", [])).focus, "input");
  strictEqual(after(typed("a"), submitted, typed("b"), found("ab", models(1))).focus, "input");
});

Deno.test("reduceSearch() changes the filters that are named only", () => {
  const state = after({ type: "filtered", filters: { author: "acme" } }, {
    type: "filtered",
    filters: { allFormats: true },
  });
  deepStrictEqual(state.filters, { ...NO_FILTERS, author: "acme", allFormats: true });
  deepStrictEqual(reduceSearch(state, { type: "filtered", filters: NO_FILTERS }).filters, NO_FILTERS);
});

Deno.test("reduceSearch() gives the same state when nothing changes", () => {
  const state = after(found("", models(3)), { type: "placed", index: 0, rows: 5 });
  for (
    const action of [
      { type: "placed", index: 0, rows: 5 },
      { type: "moved", move: "up", rows: 5 },
      { type: "focused", focus: "results" },
      { type: "stopped" },
      { type: "edited", edit: { type: "backspace" } },
    ] as const
  ) strictEqual(reduceSearch(state, action), state, action.type);
});

Deno.test("reduceSearch() keeps the cursor on a row whatever happens", () => {
  const action: fc.Arbitrary<SearchAction> = fc.oneof(
    cursorAction,
    fc.record({
      words: fc.constantFrom("", "a", "b"),
      count: fc.integer({ min: 0, max: 50 }),
    }).map(({ words, count }) => found(words, models(count))),
    fc.constantFrom<SearchAction>(
      typed("a"),
      { type: "edited", edit: { type: "clear" } },
      { type: "submitted" },
      { type: "focused", focus: "input" },
      { type: "focused", focus: "results" },
    ),
  );
  fc.assert(fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
    const state = after(...actions);
    const { cursor, rows, focus } = state;
    strictEqual(cursor.top >= 0 && cursor.top <= cursor.index, true);
    strictEqual(cursor.index <= Math.max(0, rows.length - 1), true);
    strictEqual(focus === "input" || selectedModel(state) !== undefined, true);
  }));
});
