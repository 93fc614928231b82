import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { findBinding } from "../../../../cli/tui/key_map.ts";
import { editOfKey, TEXT_EDIT_KEYS } from "../../../../cli/tui/widgets/text_field.ts";
import { editOfCommand, textFieldKeys } from "../../../../cli/tui/widgets/text_field_keys.ts";

Deno.test("textFieldKeys() binds every key that edits, to the edit it stands for", () => {
  const bindings = textFieldKeys<boolean>({ when: (isOn) => isOn });
  for (const key of TEXT_EDIT_KEYS) {
    const binding = findBinding(bindings, key, { state: true, isTyping: true });
    notStrictEqual(binding, undefined, key);
    deepStrictEqual(editOfCommand(binding?.command ?? ""), editOfKey(key), key);
    strictEqual(findBinding(bindings, key, { state: false, isTyping: true }), undefined, key);
  }
});

Deno.test("textFieldKeys() names the command line only when there is one, and stays out of the footer", () => {
  const bare = textFieldKeys({ when: () => true });
  const named = textFieldKeys({ when: () => true, twin: "mm search QUERY" });
  strictEqual(bare.some((binding) => "twin" in binding), false);
  strictEqual(named.every(({ twin, inFooter }) => twin === "mm search QUERY" && inFooter === false), true);
});

Deno.test("editOfCommand() knows its own commands only", () => {
  for (const command of ["open", "edit.", "edit.insert", "edit.toString", "backspace"]) {
    strictEqual(editOfCommand(command), undefined, command);
  }
});
