import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { findBinding, footerBindings, type KeyBinding } from "../../../cli/tui/key_map.ts";

interface State {
  readonly paused: boolean;
}

const KEYS: readonly KeyBinding<State>[] = [
  { keys: ["p"], command: "resume", label: "resume", help: "", when: ({ paused }) => paused },
  { keys: ["p"], command: "pause", label: "pause", help: "" },
  { keys: ["enter"], command: "open", label: "open", help: "" },
  { keys: ["space"], command: "mark", label: "mark", help: "", inFooter: false },
];

Deno.test("findBinding() takes letters of either case, and the first that can be used", () => {
  const find = (name: string, paused: boolean, isTyping = false): string | undefined =>
    findBinding(KEYS, name, { state: { paused }, isTyping })?.command;
  strictEqual(find("p", false), "pause");
  strictEqual(find("P", true), "resume");
  strictEqual(find("enter", false), "open");
  strictEqual(find("x", false), undefined);
});

Deno.test("findBinding() leaves letters and the space bar to the text that is typed", () => {
  const find = (name: string): string | undefined =>
    findBinding(KEYS, name, { state: { paused: false }, isTyping: true })?.command;
  strictEqual(find("p"), undefined);
  strictEqual(find("space"), undefined);
  strictEqual(find("enter"), "open");
});

Deno.test("footerBindings() offers what can be done just now", () => {
  const offered = (isTyping: boolean): string[] =>
    footerBindings(KEYS, { state: { paused: false }, isTyping }).map(({ command }) => command);
  deepStrictEqual(offered(false), ["pause", "open"]);
  deepStrictEqual(offered(true), ["open"]);
});
