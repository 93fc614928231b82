import { strictEqual } from "node:assert/strict";
import { keyName, type PressedKey, sayKey, showKey } from "../../../cli/tui/key_name.ts";

const NONE: PressedKey = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
};

Deno.test("keyName() names keys as key maps do", () => {
  strictEqual(keyName("", { ...NONE, upArrow: true }), "up");
  strictEqual(keyName("\r", { ...NONE, return: true }), "enter");
  strictEqual(keyName("", { ...NONE, escape: true }), "escape");
  strictEqual(keyName("", { ...NONE, tab: true, shift: true }), "shift+tab");
  strictEqual(keyName("c", { ...NONE, ctrl: true }), "ctrl+c");
  strictEqual(keyName(" ", NONE), "space");
  strictEqual(keyName("S", { ...NONE, shift: true }), "S");
  strictEqual(keyName("x", { ...NONE, meta: true }), "alt+x");
  strictEqual(keyName("x", { ...NONE, meta: true, escape: true }), "alt+x");
  strictEqual(keyName("", NONE), "");
});

Deno.test("showKey() and sayKey() are for eyes and ears", () => {
  strictEqual(showKey("enter"), "Enter");
  strictEqual(showKey("ctrl+l"), "Ctrl+L");
  strictEqual(showKey("s"), "S");
  strictEqual(showKey("up"), "↑");
  strictEqual(sayKey("up"), "Up");
  strictEqual(sayKey("pagedown"), "PgDn");
});
