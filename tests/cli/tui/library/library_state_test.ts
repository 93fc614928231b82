import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  EMPTY_LIBRARY,
  type LibraryAction,
  type LibraryState,
  reduceLibrary,
  selectedRow,
} from "../../../../cli/tui/library/library_state.ts";
import { openJobs } from "../../../../cli/tui/library/open_jobs.ts";
import { DOWNLOADS, HOSTILE, model, MODELS, SPACE_WITH_QUOTA } from "./library_fixtures.ts";
import { cursorAction } from "../widgets/cursor_actions.ts";

function after(...actions: readonly LibraryAction[]): LibraryState {
  return actions.reduce(reduceLibrary, EMPTY_LIBRARY);
}

Deno.test("reduceLibrary() keeps the cursor on its model when others come and go before it", () => {
  let state = after({ type: "listed", models: MODELS }, { type: "placed", index: 3, rows: 10 });
  strictEqual(selectedRow(state)?.reference, "acme/kept-GGUF:Q4_K_M");
  state = reduceLibrary(state, { type: "listed", models: [model("aaa/first"), ...MODELS.slice(1)] });
  strictEqual(selectedRow(state)?.reference, "acme/kept-GGUF:Q4_K_M");
  state = reduceLibrary(state, { type: "sorted" });
  strictEqual(state.sort, "size");
  strictEqual(selectedRow(state)?.reference, "acme/kept-GGUF:Q4_K_M");
});

Deno.test("reduceLibrary() keeps the cursor near when its model is gone", () => {
  let state = after({ type: "listed", models: MODELS }, { type: "moved", move: "end", rows: 10 });
  state = reduceLibrary(state, { type: "listed", models: MODELS.filter(({ quant }) => quant !== "Q8_0") });
  strictEqual(state.cursor.index, 4);
  strictEqual(reduceLibrary(state, { type: "listed", models: [] }).cursor.index, 0);
});

Deno.test("reduceLibrary() keeps the row of a download that has come into the library", () => {
  const jobs = openJobs(DOWNLOADS, undefined);
  let state = after({ type: "listed", models: [] }, { type: "jobs", jobs });
  state = reduceLibrary(state, { type: "placed", index: 1, rows: 10 });
  strictEqual(selectedRow(state)?.reference, "acme/half-GGUF:F16");
  state = reduceLibrary(state, { type: "listed", models: MODELS });
  strictEqual(selectedRow(state)?.reference, "acme/half-GGUF:F16");
  strictEqual(selectedRow(state)?.model?.quant, "F16");
});

Deno.test("reduceLibrary() is the same state when jobs have changed by less than can be seen", () => {
  const state = after({ type: "listed", models: MODELS }, {
    type: "jobs",
    jobs: openJobs(DOWNLOADS, undefined),
  });
  strictEqual(reduceLibrary(state, { type: "jobs", jobs: openJobs(DOWNLOADS, undefined) }), state);
});

const action: fc.Arbitrary<LibraryAction> = fc.oneof(
  fc.record({ type: fc.constant("listed" as const), models: fc.shuffledSubarray([...MODELS, ...HOSTILE]) }),
  fc.record({
    type: fc.constant("jobs" as const),
    jobs: fc.shuffledSubarray(openJobs(DOWNLOADS, undefined)),
  }),
  cursorAction,
  fc.record({ type: fc.constant("filtered" as const), filter: fc.constantFrom("", "acme", "日本", "zzz") }),
  fc.constant({ type: "sorted" as const }),
  fc.constant({ type: "space" as const, space: SPACE_WITH_QUOTA }),
);

Deno.test("reduceLibrary() always has its cursor on a row, and shows no more than there is", () => {
  fc.assert(fc.property(fc.array(action, { maxLength: 20 }), (actions) => {
    const { cursor, rows, total } = after(...actions);
    strictEqual(cursor.index >= 0 && cursor.index < Math.max(1, rows.length), true);
    strictEqual(cursor.top >= 0 && cursor.top <= cursor.index, true);
    strictEqual(rows.length <= total, true);
  }));
});
