import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { findBinding } from "../../../../cli/tui/key_map.ts";
import { SETTINGS_KEYS } from "../../../../cli/tui/settings/settings_keys.ts";
import type { SettingsState } from "../../../../cli/tui/settings/settings_state.ts";
import { SHELL_KEYS } from "../../../../cli/tui/shell/shell_keys.ts";
import { after, read } from "./settings_fixtures.ts";

function commandOf(key: string, state: SettingsState): string | undefined {
  return findBinding(SETTINGS_KEYS, key, { state, isTyping: state.isFiltering })?.command;
}

Deno.test("the keys of the settings act on the one under the cursor", () => {
  const state = read({ environment: { MM_THEME: "light" } });
  deepStrictEqual(["enter", "u", "/", "e", "x", "r", "j"].map((key) => commandOf(key, state)), [
    "change",
    undefined,
    "filter",
    "editFile",
    "resetAll",
    "refresh",
    "down",
  ]);
  const set = read({ environment: { MM_THEME: "light" } }, { type: "chosen", path: "ui.theme" });
  deepStrictEqual(["u", "delete"].map((key) => commandOf(key, set)), ["unset", "unset"]);
  deepStrictEqual(["enter", "u"].map((key) => commandOf(key, after())), [undefined, undefined]);
});

Deno.test("letters are text while the settings are filtered, and other keys end it", () => {
  const state = read({}, { type: "filtering", isFiltering: true });
  for (const key of ["u", "e", "x", "r", "j", "/", "space"]) {
    strictEqual(commandOf(key, state), undefined, key);
  }
  strictEqual(commandOf("enter", state), "filterDone");
  strictEqual(commandOf("escape", state), "filterClear");
  strictEqual(commandOf("backspace", state), "filterBackspace");
  strictEqual(commandOf("delete", state), undefined);
  strictEqual(commandOf("down", state), "down");
});

Deno.test("Escape takes a filter away, and is the shell's without one", () => {
  strictEqual(commandOf("escape", read({}, { type: "filtered", filter: "rate" })), "filterClear");
  strictEqual(commandOf("escape", read()), undefined);
});

Deno.test("the keys of the settings leave those of the shell alone, and say their command lines", () => {
  const taken = new Set(SHELL_KEYS.flatMap(({ keys }) => keys).filter((key) => key !== "escape"));
  const acts = ["change", "unset", "resetAll", "editFile", "refresh", "filter"];
  for (const { keys, command, twin } of SETTINGS_KEYS) {
    deepStrictEqual(keys.filter((key) => taken.has(key)), [], command);
    strictEqual(twin !== undefined, acts.includes(command), command);
  }
});
