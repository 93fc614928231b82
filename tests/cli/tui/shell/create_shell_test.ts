import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createShell } from "../../../../cli/tui/shell/create_shell.ts";
import { reduceShell, startShell } from "../../../../cli/tui/shell/shell_state.ts";
import { createStore } from "../../../../cli/tui/store.ts";

function start() {
  const state = startShell({ theme: "dark", columns: 80, rows: 24, nowMs: 0, monotonicMs: 0 });
  const store = createStore(state, reduceShell);
  const shell = createShell({ store, onScreen() {}, onQuit() {} });
  return { store, shell };
}

Deno.test("useTheme() shows another theme at once", () => {
  const { store, shell } = start();
  shell.useTheme("light");
  strictEqual(store.get().theme, "light");
});

Deno.test("ask() keeps asking while its check refuses the text", async () => {
  const { store, shell } = start();
  const answer = shell.ask({
    title: "A number",
    lines: [],
    check: (text) => text === "7" ? undefined : `It is "${text}"`,
  });
  store.dispatch({ type: "edited", edit: { type: "insert", text: "x" } });
  shell.accept();
  const [dialog] = store.get().dialogs;
  deepStrictEqual(dialog?.kind === "text" ? dialog.problem : undefined, 'It is "x"');
  store.dispatch({ type: "edited", edit: { type: "backspace" } });
  store.dispatch({ type: "edited", edit: { type: "insert", text: "7" } });
  shell.accept();
  deepStrictEqual([await answer, store.get().dialogs], ["7", []]);
});
