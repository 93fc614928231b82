import { deepStrictEqual, doesNotMatch, match, strictEqual } from "node:assert/strict";
import { createHelpScreen } from "../../../../cli/tui/help/help_screen.ts";
import { helpSections, type KnownKey } from "../../../../cli/tui/help/help_sections.ts";
import { HISTORY_KEYS } from "../../../../cli/tui/history/history_keys.ts";
import { LOGS_KEYS } from "../../../../cli/tui/logs/logs_keys.ts";
import type { ScreenName } from "../../../../cli/tui/screen_names.ts";
import { SHELL_KEYS } from "../../../../cli/tui/shell/shell_keys.ts";
import { FRAME_SIZES, startTestScreen, testFrame } from "../../../support/tui_screens.ts";

const SOME: Partial<Record<ScreenName, readonly KnownKey[]>> = {
  library: [
    { keys: ["d", "delete"], command: "delete", help: "Delete the model", twin: "mm remove REF" },
    { keys: ["up", "k"], command: "up", help: "One model up" },
    { keys: ["v"], command: "verify", help: "Verify the model", twin: "mm verify REF" },
    { keys: ["x"], command: "stop", help: "Verify the model" },
    { keys: ["backspace"], command: "edit.backspace", help: "Erase", twin: "mm list NAME" },
    { keys: ["left"], command: "edit.left", help: "Move left", twin: "mm list NAME" },
  ],
  history: HISTORY_KEYS,
  logs: LOGS_KEYS,
};
const keysOf = (name: ScreenName): readonly KnownKey[] => SOME[name] ?? [];

async function open(from?: string) {
  const screen = startTestScreen(createHelpScreen(keysOf));
  await screen.controller.enter?.(from);
  return screen;
}

Deno.test("helpSections() begins with the screen one comes from, and leaves out what has no keys", () => {
  deepStrictEqual(helpSections(keysOf, "history").map(({ title }) => title), [
    "History (where you are)",
    "Everywhere",
    "In questions",
    "Library",
    "Logs",
  ]);
  deepStrictEqual(helpSections(keysOf, undefined).map(({ title }) => title), [
    "Everywhere",
    "In questions",
    "Library",
    "History",
    "Logs",
  ]);
});

Deno.test("helpSections() tells keys that do the same together, and those that edit text last", () => {
  const [library] = helpSections(keysOf, "library");
  deepStrictEqual(library?.keys, [
    { keys: ["d", "delete"], help: "Delete the model", twin: "mm remove REF" },
    { keys: ["up", "k"], help: "One model up" },
    { keys: ["v", "x"], help: "Verify the model", twin: "mm verify REF" },
    { keys: ["backspace", "left"], help: "Edit the text that is typed", twin: "mm list NAME" },
  ]);
});

Deno.test("helpSections() has every key of the shell and of the screens", () => {
  const sections = helpSections(keysOf, "history");
  const told = (title: string): string =>
    sections.filter((section) => section.title.startsWith(title)).flatMap(({ keys }) =>
      keys.flatMap((each) => each.keys)
    ).join(" ");
  for (const { keys } of SHELL_KEYS) {
    for (const key of keys) match(` ${told("Everywhere")} `, keyPattern(key));
  }
  for (const { keys } of HISTORY_KEYS) for (const key of keys) match(` ${told("History")} `, keyPattern(key));
});

function keyPattern(key: string): RegExp {
  return new RegExp(` ${key.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")} `);
}

Deno.test("the help shows all keys in every width", async (t) => {
  const { draw } = await open("library");
  const frames = FRAME_SIZES.map((size) => `${size.columns}x${size.rows}\n${draw(size)}`);
  await t.assertSnapshot(frames.join("\n\n"));
});

Deno.test("the help is as good without Unicode", async () => {
  const { draw } = await open("library");
  const text = draw({ columns: 70, rows: 200, unicode: false });
  match(text, /^ {2}Up K/m);
  strictEqual(text, text.replace(/[^\x20-\x7e\n]/g, ""));
});

Deno.test("the help scrolls to its ends, and no further", async () => {
  const { draw, press, store } = await open("library");
  const size = { columns: 50, rows: 12 };
  const first = draw(size);
  await press("end");
  const last = draw(size);
  match(last, /the end$/);
  const { top } = store.get();
  await press("down");
  await press("pagedown");
  strictEqual(store.get().top, top);
  await press("up");
  strictEqual(store.get().top, top - 1);
  await press("home");
  strictEqual(draw(size), first);
});

Deno.test("the help shows every one of its lines to who goes down page by page", async () => {
  const { draw, press } = await open("logs");
  const whole = draw({ columns: 60, rows: 1_000 }).split("\n").filter((line) => line !== "");
  await press("home");
  const seen = new Set<string>();
  for (let page = 0; page < 60; page++) {
    for (const line of draw({ columns: 60, rows: 10 }).split("\n")) seen.add(line);
    await press("space");
  }
  deepStrictEqual(whole.filter((line) => !seen.has(line)), []);
});

Deno.test("the help stays as it is when it is asked for from itself, or come back to", async () => {
  const { store, controller } = await open("logs");
  const { sections } = store.get();
  await controller.enter?.("help");
  await controller.enter?.(undefined);
  strictEqual(store.get().sections, sections);
  await controller.enter?.("library");
  strictEqual(store.get().sections[0]?.title, "Library (where you are)");
});

Deno.test("the help can be opened without coming from anywhere", async () => {
  const { store } = await open("no screen");
  strictEqual(store.get().sections[0]?.title, "Everywhere");
});

Deno.test("describeHelp() tells keys in words", async () => {
  const { store } = await open("library");
  const text = createHelpScreen(keysOf).describe({ state: store.get(), frame: testFrame() }).join("\n");
  match(text, /^D or Del: Delete the model\. Command: mm remove REF$/m);
  match(text, /^Up or K: One model up$/m);
  doesNotMatch(text, /[↑↓←→]/);
});
