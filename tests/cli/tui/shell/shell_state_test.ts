import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { SCREEN_NAMES, type ScreenName } from "../../../../cli/tui/screen_names.ts";
import {
  choiceDialog,
  isStale,
  LONGEST_NOTE_MS,
  NOTE_MS,
  reduceShell,
  type ShellAction,
  type ShellState,
  startShell,
  textDialog,
} from "../../../../cli/tui/shell/shell_state.ts";

const START = startShell({ theme: "dark", columns: 100, rows: 30, nowMs: 1_000, monotonicMs: 0 });

function after(...actions: readonly ShellAction[]): ShellState {
  return actions.reduce(reduceShell, START);
}

const DELETE = {
  title: "Delete?",
  lines: [],
  choices: [{ id: "delete", label: "Delete" }, { id: "keep", label: "Keep" }],
};

Deno.test("reduceShell() finds the way back", () => {
  const open = (screen: ScreenName): ShellAction => ({ type: "opened", screen });
  const state = after(open("search"), open("details"));
  deepStrictEqual([state.screen, state.trail], ["details", ["library", "search"]]);
  const back = reduceShell(state, { type: "left" });
  deepStrictEqual([back.screen, back.trail], ["search", ["library"]]);
  deepStrictEqual(after(open("search"), open("library")).trail, [], "to and fro is one step");
  strictEqual(after({ type: "left" }), START, "at the beginning there is nothing to go back to");
});

Deno.test("reduceShell() always has a screen, and a trail that ends", () => {
  fc.assert(fc.property(
    fc.array(
      fc.oneof(
        fc.constantFrom(...SCREEN_NAMES).map((screen) => ({ type: "opened", screen }) as const),
        fc.constant({ type: "left" } as const),
      ),
      { maxLength: 100 },
    ),
    (actions) => {
      const state = after(...actions);
      ok(state.trail.length <= 20);
      ok(state.trail.at(-1) !== state.screen, "back leads to another screen");
    },
  ));
});

Deno.test("choiceDialog() begins with the last answer unless one is named: it is the safe one", () => {
  strictEqual((choiceDialog(1, DELETE) as { index: number }).index, 1);
  strictEqual((choiceDialog(1, { ...DELETE, initial: "delete" }) as { index: number }).index, 0);
});

Deno.test("reduceShell() asks one question after the other", () => {
  const two = after(
    { type: "asked", dialog: choiceDialog(1, DELETE) },
    { type: "asked", dialog: textDialog(2, { title: "Rate", lines: [], initial: "20M" }) },
    { type: "choiceMoved", by: 1 },
  );
  deepStrictEqual(two.dialogs.map(({ id }) => id), [1, 2]);
  strictEqual((two.dialogs[0] as { index: number }).index, 0, "the choices go round");
  const second = [
    { type: "answered", id: 1 },
    { type: "edited", edit: { type: "backspace" } },
    { type: "refused", problem: "not a rate" },
  ] as const satisfies readonly ShellAction[];
  const text = second.reduce(reduceShell, two).dialogs[0];
  ok(text?.kind === "text");
  deepStrictEqual([text.field.text, text.problem], ["20", "not a rate"]);
});

Deno.test("isStale() is true of notes that were seen, never of errors", () => {
  const said = (kind: "note" | "error"): ShellState =>
    after(
      { type: "said", message: { kind, text: "x", hints: [] } },
      { type: "ticked", nowMs: 1_000 + NOTE_MS, monotonicMs: NOTE_MS },
    );
  strictEqual(isStale(said("note")), true);
  strictEqual(isStale(said("error")), false);
  strictEqual(isStale(after({ type: "said", message: { kind: "note", text: "x", hints: [] } })), false);
});

Deno.test("reduceShell() lets notes go by themselves after a while, and keeps errors", () => {
  const said = (kind: "note" | "error"): ShellState =>
    after(
      { type: "said", message: { kind, text: "x", hints: [] } },
      { type: "ticked", nowMs: 1_000 + LONGEST_NOTE_MS, monotonicMs: LONGEST_NOTE_MS },
    );
  strictEqual(said("note").message, undefined);
  strictEqual(said("error").message?.text, "x");
});
