import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { selectedSchedule } from "../../../../cli/tui/schedules/schedules_state.ts";
import { reduceSchedules, type SchedulesAction } from "../../../../cli/tui/schedules/schedules_state.ts";
import { SCHEDULES } from "../../../support/fake_schedules.ts";
import { after, listed } from "./schedules_fixtures.ts";
import { cursorAction } from "../widgets/cursor_actions.ts";

const copy = () => structuredClone(SCHEDULES);

Deno.test("reduceSchedules() keeps the rows while nothing of them changes", () => {
  const state = listed();
  strictEqual(reduceSchedules(state, { type: "listed", schedules: copy() }), state);
  const [first, ...others] = copy();
  const changed = reduceSchedules(state, {
    type: "listed",
    schedules: first === undefined ? [] : [{ ...first, enabled: false }, ...others],
  });
  notStrictEqual(changed.schedules, state.schedules);
});

Deno.test("reduceSchedules() says that it has read an empty list", () => {
  strictEqual(after().isLoaded, false);
  strictEqual(after({ type: "listed", schedules: [] }).isLoaded, true);
});

Deno.test("reduceSchedules() leaves the cursor on its schedule when others come and go", () => {
  const state = listed({ type: "chosen", name: "weekend" });
  const next = reduceSchedules(state, { type: "listed", schedules: copy().slice(1) });
  strictEqual(selectedSchedule(next)?.name, "weekend");
  const gone = reduceSchedules(state, { type: "listed", schedules: copy().slice(0, 1) });
  strictEqual(selectedSchedule(gone)?.name, "nightly");
});

Deno.test("reduceSchedules() goes back to the list when the schedule that is open is gone", () => {
  const state = listed({ type: "chosen", name: "weekend" }, { type: "opened", isOpen: true });
  strictEqual(state.isOpen, true);
  strictEqual(reduceSchedules(state, { type: "listed", schedules: copy().slice(0, 2) }).isOpen, true);
  strictEqual(reduceSchedules(state, { type: "listed", schedules: copy().slice(0, 1) }).isOpen, false);
  strictEqual(after({ type: "opened", isOpen: true }).isOpen, false);
});

Deno.test("reduceSchedules() never puts the cursor where there is no row", () => {
  const action: fc.Arbitrary<SchedulesAction> = fc.oneof(
    cursorAction,
    fc.integer({ min: 0, max: 3 }).map((count) =>
      ({ type: "listed", schedules: copy().slice(0, count) }) as const
    ),
    fc.constantFrom("nightly", "weekend", "none").map((name) => ({ type: "chosen", name }) as const),
  );
  fc.assert(fc.property(fc.array(action), (actions) => {
    const { schedules, cursor } = after(...actions);
    deepStrictEqual(
      [cursor.index >= 0, cursor.index < Math.max(1, schedules.length), cursor.top <= cursor.index],
      [true, true, true],
    );
  }));
});
