import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { findBinding } from "../../../../cli/tui/key_map.ts";
import {
  filterFieldActions,
  filterFieldKeys,
  type FilterFieldState,
} from "../../../../cli/tui/widgets/filter_field_keys.ts";
import { textField } from "../../../../cli/tui/widgets/text_field.ts";

const KEYS = filterFieldKeys<FilterFieldState>({
  done: "Keep it",
  all: ["all lines", "Show all lines"],
  isSet: ({ field }) => field.text !== "",
  twin: "mm logs",
});

const command = (key: string, isTyping: boolean, text: string) =>
  findBinding(KEYS, key, { state: { field: textField(text), isTyping }, isTyping })?.command;

Deno.test("filterFieldKeys() edit the text while it is typed, and take it away afterwards", () => {
  deepStrictEqual(["enter", "down", "escape", "left", "ctrl+u"].map((key) => command(key, true, "")), [
    "filterDone",
    "filterDone",
    "filterClear",
    "edit.left",
    "edit.clear",
  ]);
  deepStrictEqual(["enter", "escape", "left"].map((key) => command(key, false, "x")), [
    undefined,
    "filterClear",
    undefined,
  ]);
  strictEqual(command("escape", false, ""), undefined);
});

Deno.test("filterFieldActions() says what each command does, and nothing of others", () => {
  deepStrictEqual(filterFieldActions("filter"), [{ type: "typing", isTyping: true }]);
  deepStrictEqual(filterFieldActions("filterDone"), [{ type: "typing", isTyping: false }]);
  deepStrictEqual(filterFieldActions("filterClear"), [
    { type: "typing", isTyping: false },
    { type: "edited", edit: { type: "clear" } },
  ]);
  deepStrictEqual(filterFieldActions("edit.backspace"), [{ type: "edited", edit: { type: "backspace" } }]);
  strictEqual(filterFieldActions("refresh"), undefined);
});
