/**
 * Keys by name.
 *
 * @module
 */
import type { Key } from "ink";

/** What Ink tells of a key, as far as it matters. */
export type PressedKey = Pick<
  Key,
  | "upArrow"
  | "downArrow"
  | "leftArrow"
  | "rightArrow"
  | "pageDown"
  | "pageUp"
  | "home"
  | "end"
  | "return"
  | "escape"
  | "ctrl"
  | "shift"
  | "tab"
  | "backspace"
  | "delete"
  | "meta"
>;

const SPECIAL = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "pageup"],
  ["pageDown", "pagedown"],
  ["home", "home"],
  ["end", "end"],
  ["return", "enter"],
  ["escape", "escape"],
  ["backspace", "backspace"],
  ["delete", "delete"],
] as const;

/** `up`, `enter`, `ctrl+l`, `shift+tab`, `space`, or the character; empty for what is no key. */
export function keyName(input: string, key: PressedKey): string {
  if (key.tab) return key.shift ? "shift+tab" : "tab";
  const special = SPECIAL.find(([flag]) => key[flag])?.[1];
  // Escape and a letter in one go is how terminals send Alt.
  if (special !== undefined && !(special === "escape" && input !== "")) return special;
  if (key.ctrl && input !== "") return `ctrl+${input.toLowerCase()}`;
  if (key.meta && input !== "") return `alt+${input.toLowerCase()}`;
  return input === " " ? "space" : input;
}

const SHOWN: Readonly<Record<string, string>> = {
  up: "↑",
  down: "↓",
  left: "←",
  right: "→",
  pageup: "PgUp",
  pagedown: "PgDn",
  home: "Home",
  end: "End",
  enter: "Enter",
  escape: "Esc",
  backspace: "Backspace",
  delete: "Del",
  space: "Space",
  tab: "Tab",
  "shift+tab": "Shift+Tab",
};

/** A key as a person reads it: `Enter`, `Ctrl+L`, `S`. */
export function showKey(name: string): string {
  const known = SHOWN[name];
  if (known !== undefined) return known;
  const [, modifier, letter] = /^(ctrl|alt)\+(.+)$/.exec(name) ?? [];
  if (modifier !== undefined && letter !== undefined) {
    return `${modifier === "ctrl" ? "Ctrl" : "Alt"}+${letter.toUpperCase()}`;
  }
  return name.toUpperCase();
}

const SPOKEN: Readonly<Record<string, string>> = { up: "Up", down: "Down", left: "Left", right: "Right" };

/** A key in words, without signs. */
export function sayKey(name: string): string {
  return SPOKEN[name] ?? showKey(name);
}
