import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  chosenUnits,
  type DetailsAction,
  hasMmproj,
  reduceDetails,
  selectedUnit,
} from "../../../../cli/tui/details/details_state.ts";
import { after, GATED, MODEL, PAGE, SAFETENSORS, shown } from "./details_fixtures.ts";
import { cursorAction } from "../widgets/cursor_actions.ts";

Deno.test("reduceDetails() begins at the quant that was asked for, else at the default", () => {
  strictEqual(selectedUnit(shown(MODEL))?.label, "Q4_K_M");
  const asked = after(
    { type: "asked", reference: MODEL.repo },
    { type: "found", model: MODEL, selector: "Q8_0" },
  );
  strictEqual(selectedUnit(asked)?.label, "Q8_0");
});

Deno.test("reduceDetails() keeps cursor, marks and page when the model is asked for again", () => {
  const before = shown(MODEL, { type: "page", text: PAGE }, { type: "placed", index: 4, rows: 9 }, {
    type: "toggled",
  });
  const state = reduceDetails(before, { type: "found", model: { ...MODEL }, selector: undefined });
  deepStrictEqual([...state.marked], ["Q8_0"]);
  strictEqual(state.cursor.index, 5);
  strictEqual(state.page, before.page);
  // Nothing that is seen has changed.
  strictEqual(state.rows, before.rows);
});

Deno.test("reduceDetails() forgets everything of the model before", () => {
  const state = reduceDetails(
    shown(MODEL, { type: "page", text: PAGE }, { type: "toggled" }, { type: "mmproj" }),
    {
      type: "asked",
      reference: "acme/other",
    },
  );
  deepStrictEqual(
    [state.model, state.rows, [...state.marked], state.page, state.withMmproj, state.isLoading],
    [undefined, [], [], { kind: "loading" }, false, true],
  );
});

Deno.test("chosenUnits() are the marked ones, else the one of the cursor; what is refused cannot be marked", () => {
  const one = shown(MODEL);
  deepStrictEqual(chosenUnits(one).map(({ label }) => label), ["Q4_K_M"]);
  const marked = [{ type: "toggled" }, { type: "toggled" }].reduce(
    (state, action) => reduceDetails(state, action as DetailsAction),
    one,
  );
  deepStrictEqual(chosenUnits(marked).map(({ label }) => label), ["Q4_K_M", "Q5_K_M"]);
  // Q6_K lacks a shard.
  strictEqual(reduceDetails(marked, { type: "toggled" }), marked);
  strictEqual(reduceDetails(marked, { type: "unmarked" }).marked.size, 0);
});

Deno.test("The projector comes along only where there is one", () => {
  strictEqual(hasMmproj(shown(MODEL)), true);
  strictEqual(shown(MODEL, { type: "mmproj" }).withMmproj, true);
  strictEqual(hasMmproj(shown(GATED)), false);
  strictEqual(shown(GATED, { type: "mmproj" }).withMmproj, false);
});

const action: fc.Arbitrary<DetailsAction> = fc.oneof(
  fc.record({
    type: fc.constant("found" as const),
    model: fc.constantFrom(MODEL, GATED, SAFETENSORS),
    selector: fc.constantFrom(undefined, "F16"),
  }),
  fc.record({ type: fc.constant("asked" as const), reference: fc.constant("acme/x") }),
  cursorAction,
  fc.constantFrom<DetailsAction>({ type: "toggled" }, { type: "mmproj" }, { type: "unmarked" }),
  fc.record({ type: fc.constant("scrolled" as const), to: fc.integer({ min: -9, max: 99 }) }),
);

Deno.test("reduceDetails() has its cursor on a row and its marks on rows that there are, whatever happens", () => {
  fc.assert(fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
    const { rows, cursor, marked, scroll } = after(...actions);
    strictEqual(cursor.index >= 0 && cursor.index < Math.max(1, rows.length), true);
    strictEqual(cursor.top >= 0 && cursor.top <= cursor.index, true);
    const ids = new Set(rows.filter(({ refused }) => refused === undefined).map(({ id }) => id));
    strictEqual([...marked].every((id) => ids.has(id)), true);
    strictEqual(scroll >= 0, true);
  }));
});
