import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { findBinding } from "../../../../cli/tui/key_map.ts";
import { cursorKeys } from "../../../../cli/tui/widgets/cursor_keys.ts";
import { CURSOR_MOVES, isCursorMove } from "../../../../cli/tui/widgets/list_cursor.ts";

Deno.test("cursorKeys() binds every move, by arrows and by letters, while it may be used", () => {
  const keys = cursorKeys<boolean>({ row: "model", when: (isOn) => isOn });
  deepStrictEqual(keys.map(({ command }) => command), [...CURSOR_MOVES]);
  const command = (key: string, state = true) => findBinding(keys, key, { state, isTyping: false })?.command;
  deepStrictEqual(["up", "K", "down", "j", "pageup", "end"].map((key) => command(key)), [
    "up",
    "up",
    "down",
    "down",
    "pageup",
    "end",
  ]);
  strictEqual(command("up", false), undefined);
});

Deno.test("cursorKeys() says what it moves over, and what is to be said besides", () => {
  const keys = cursorKeys({ row: "line", help: { end: "To the newest line" } });
  deepStrictEqual(keys.map(({ help }) => help), [
    "One line up",
    "One line down",
    "One page up",
    "One page down",
    "To the first line",
    "To the newest line",
  ]);
  strictEqual(keys.every(({ inFooter }) => inFooter === false), true);
});

Deno.test("isCursorMove() knows the moves only", () => {
  strictEqual(CURSOR_MOVES.every(isCursorMove), true);
  deepStrictEqual(["toString", "edit.home", "", "left"].filter(isCursorMove), []);
});
