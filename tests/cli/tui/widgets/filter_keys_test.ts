import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { findBinding } from "../../../../cli/tui/key_map.ts";
import {
  FILTER_KEYS,
  filterActions,
  type FilterState,
  isFilterCommand,
} from "../../../../cli/tui/widgets/filter_keys.ts";

const command = (key: string, state: FilterState) =>
  findBinding(FILTER_KEYS, key, { state, isTyping: state.isFiltering })?.command;

Deno.test("FILTER_KEYS end or erase what is typed, and afterwards only take it away", () => {
  const typing = { filter: "qwen", isFiltering: true };
  const kept = { filter: "qwen", isFiltering: false };
  const keys = ["enter", "escape", "ctrl+u", "backspace", "x"];
  deepStrictEqual(keys.map((key) => command(key, typing)), [
    "filterDone",
    "filterClear",
    "filterErase",
    "filterBackspace",
    undefined,
  ]);
  deepStrictEqual(keys.map((key) => command(key, kept)), [
    undefined,
    "filterClear",
    "filterClear",
    undefined,
    undefined,
  ]);
  deepStrictEqual(
    keys.map((key) => command(key, { filter: "", isFiltering: false })),
    keys.map(() => undefined),
  );
});

Deno.test("filterActions() takes away whole signs, and ends the typing where it should", () => {
  deepStrictEqual(filterActions("filterBackspace", "日本👩‍👩‍👧"), [{ type: "filtered", filter: "日本" }]);
  deepStrictEqual(filterActions("filterBackspace", ""), [{ type: "filtered", filter: "" }]);
  deepStrictEqual(filterActions("filterErase", "x"), [{ type: "filtered", filter: "" }]);
  deepStrictEqual(filterActions("filterClear", "x"), [
    { type: "filtered", filter: "" },
    { type: "filtering", isFiltering: false },
  ]);
  deepStrictEqual(filterActions("filter", "x"), [{ type: "filtering", isFiltering: true }]);
  deepStrictEqual(filterActions("filterDone", "x"), [{ type: "filtering", isFiltering: false }]);
});

Deno.test("isFilterCommand() knows its own commands only", () => {
  strictEqual(["filter", ...FILTER_KEYS.map((each) => each.command)].every(isFilterCommand), true);
  deepStrictEqual(["delete", "toString", "filtered"].filter(isFilterCommand), []);
});
