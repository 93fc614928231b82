import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { findBinding, footerBindings } from "../../../../cli/tui/key_map.ts";
import { SEARCH_KEYS } from "../../../../cli/tui/search/search_keys.ts";
import { NO_SEARCH, type SearchState } from "../../../../cli/tui/search/search_state.ts";
import { SHELL_KEYS } from "../../../../cli/tui/shell/shell_keys.ts";
import { after, found, models } from "./search_fixtures.ts";

const TYPING = after(found("", models(30)));
const FIRST = after(found("", models(30)), { type: "focused", focus: "results" });
const SECOND = after(found("", models(30)), { type: "placed", index: 1, rows: 9 });

function commandOf(key: string, state: SearchState): string | undefined {
  return findBinding(SEARCH_KEYS, key, { state, isTyping: state.focus === "input" })?.command;
}

Deno.test("the keys of the search are text while it is typed", () => {
  for (const key of ["a", "f", "/", "r", "space", "3"]) strictEqual(commandOf(key, TYPING), undefined, key);
  strictEqual(commandOf("enter", TYPING), "submit");
  strictEqual(commandOf("down", TYPING), "toResults");
  strictEqual(commandOf("ctrl+f", TYPING), "filter");
  strictEqual(commandOf("backspace", TYPING), "edit.backspace");
  strictEqual(commandOf("home", TYPING), "edit.home");
});

Deno.test("the keys of the search leave Escape to the shell while it is typed, and go back to the words else", () => {
  strictEqual(commandOf("escape", TYPING), undefined);
  strictEqual(commandOf("escape", SECOND), "toInput");
});

Deno.test("Down stays in the words where there are no results", () => {
  strictEqual(commandOf("down", NO_SEARCH), undefined);
});

Deno.test("Up goes to the row before, and from the first one to the words", () => {
  for (const key of ["up", "k"]) {
    strictEqual(commandOf(key, SECOND), "up");
    strictEqual(commandOf(key, FIRST), "toInput");
  }
});

Deno.test("the keys of the results act on them", () => {
  const commands = ["enter", "f", "o", "a", "r", "/", "s", "j", "end", "pagedown"].map((key) =>
    commandOf(key, SECOND)
  );
  deepStrictEqual(commands, [
    "open",
    "filter",
    "sort",
    "formats",
    "refresh",
    "toInput",
    "toInput",
    "down",
    "end",
    "pagedown",
  ]);
  strictEqual(commandOf("c", SECOND), undefined);
  const filtered = { ...SECOND, filters: { ...SECOND.filters, author: "acme" } };
  strictEqual(commandOf("c", filtered), "clearFilters");
});

Deno.test("the footer of the search offers what can be done", () => {
  const footer = (state: SearchState) =>
    footerBindings(SEARCH_KEYS, { state, isTyping: state.focus === "input" }).map(({ keys, label }) =>
      `${keys[0]} ${label}`
    );
  deepStrictEqual(footer(NO_SEARCH), ["enter search", "ctrl+f filters"]);
  deepStrictEqual(footer(TYPING), ["enter search", "down results", "ctrl+f filters"]);
  deepStrictEqual(footer(SECOND), [
    "enter details",
    "f filters",
    "o order",
    "a formats",
    "/ words",
    "r refresh",
  ]);
});

Deno.test("the keys of the search name a command line for everything but moves, and leave the shell its own", () => {
  const moves = new Set(["up", "down", "pageup", "pagedown", "home", "end", "toInput", "toResults"]);
  for (const { command, twin } of SEARCH_KEYS) strictEqual(twin === undefined, moves.has(command), command);
  const taken = new Set(SHELL_KEYS.flatMap(({ keys }) => keys).filter((key) => key !== "escape"));
  for (const { keys } of SEARCH_KEYS) for (const key of keys) strictEqual(taken.has(key), false, key);
});
