import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { settle } from "../../../support/test_clock.ts";
import { selectedSetting } from "../../../../cli/tui/settings/settings_state.ts";
import { onFiles } from "./settings_fixtures.ts";

Deno.test("the settings are read from the files that count, and again when somebody else changes them", async () => {
  await using on = await onFiles({
    userFile: '{"download": {"connections": 4}}',
    projectFile: '{"log": {"level": "debug"}}',
  });
  const { store, clock } = on.screen;
  const value = (path: string) => store.get().settings.find((each) => each.path === path);
  deepStrictEqual([value("download.connections")?.value, value("log.level")?.origin.source], [
    4,
    "project file",
  ]);
  strictEqual(store.get().files?.projectFile, on.folder.join("work", "mm.json"));
  await on.folder.write("config/config.json", '{"download": {"connections": 5}}');
  await clock.advance(2_000);
  for (let turn = 0; turn < 2_000 && value("download.connections")?.value !== 5; turn++) await settle();
  strictEqual(value("download.connections")?.value, 5);
});

Deno.test("a file that cannot be read is said when it is asked for, and what was shown stays", async () => {
  await using on = await onFiles({ userFile: "{}" });
  await on.folder.write("config/config.json", "{");
  const { press, shell, store } = on.screen;
  await press("r");
  strictEqual(shell.failed.length, 1);
  ok(store.get().rows.length > 20);
});

Deno.test("Enter changes a setting in the user's file, and leaves the rest of it", async () => {
  await using on = await onFiles({ userFile: '{\n  "log": {"level": "debug"}\n}\n' });
  const { press, shell, store } = on.screen;
  on.choose("download.connections");
  shell.answers.push("17");
  await press("enter");
  deepStrictEqual(JSON.parse(await on.file()), { log: { level: "debug" } });
  shell.answers.push("4");
  await press("enter");
  deepStrictEqual(JSON.parse(await on.file()), { log: { level: "debug" }, download: { connections: 4 } });
  deepStrictEqual(shell.said, ["Set download.connections to 4"]);
  deepStrictEqual([selectedSetting(store.get())?.value, selectedSetting(store.get())?.origin.source], [
    4,
    "user file",
  ]);
});

Deno.test("several mirrors are typed with commas, and a file is made where there is none", async () => {
  await using on = await onFiles();
  on.choose("mirrors");
  on.screen.shell.answers.push("https://a.test, https://b.test");
  await on.screen.press("enter");
  deepStrictEqual(JSON.parse(await on.file()), { mirrors: ["https://a.test", "https://b.test"] });
  deepStrictEqual(on.screen.shell.said, ["Set mirrors to https://a.test,https://b.test"]);
  strictEqual(on.screen.store.get().files?.userFileExists, true);
});

Deno.test("another theme is shown at once, and the usual one when it is taken out again", async () => {
  await using on = await onFiles();
  const { press, shell } = on.screen;
  on.choose("ui.theme");
  shell.answers.push("light");
  await press("enter");
  deepStrictEqual(shell.themes, ["light"]);
  await press("u");
  deepStrictEqual(shell.themes, ["light"]);
  shell.answers.push("unset");
  await press("u");
  deepStrictEqual(shell.themes, ["light", "dark"]);
  deepStrictEqual(shell.said, ["Set ui.theme to light", "Removed ui.theme: the default counts again"]);
});

Deno.test("a value that does not count is written, and not shown as if it did", async () => {
  await using on = await onFiles({ environment: { MM_THEME: "high-contrast" } });
  const { press, shell, store } = on.screen;
  on.choose("ui.theme");
  shell.answers.push("light");
  await press("enter");
  deepStrictEqual(shell.themes, []);
  deepStrictEqual(JSON.parse(await on.file()), { ui: { theme: "light" } });
  strictEqual(selectedSetting(store.get())?.value, "high-contrast");
  shell.answers.push("unset", "unset");
  await press("u");
  await press("u");
  deepStrictEqual(shell.said.slice(1), [
    "Removed ui.theme from your file",
    `ui.theme is not set in "${on.folder.join("config", "config.json")}"`,
  ]);
});

Deno.test("X takes all settings out after a question, and keeps a backup", async () => {
  await using on = await onFiles({ userFile: '{"log": {"level": "debug"}}' });
  const { press, shell } = on.screen;
  await press("x");
  match(await on.file(), /debug/);
  shell.answers.push("reset");
  await press("x");
  ok(!(await on.file()).includes("debug"));
  match(shell.said[0] ?? "", /^Took all settings out; the old file is /);
  strictEqual(
    (await readdir(on.folder.join("config"))).filter((name) => name !== "config.json").length >= 1,
    true,
  );
});

Deno.test("E says how the whole file is edited", async () => {
  await using on = await onFiles();
  await on.screen.press("e");
  deepStrictEqual(on.screen.shell.said, ["The whole file is edited outside of this window"]);
});

Deno.test("the filter is typed, kept, and taken away", async () => {
  await using on = await onFiles();
  const { press, store, controller } = on.screen;
  await press("/");
  controller.type?.("ratex");
  await press("backspace");
  await press("enter");
  deepStrictEqual([store.get().filter, store.get().isFiltering], ["rate", false]);
  ok(store.get().rows.some(({ path }) => path === "download.limit_rate"));
  ok(store.get().rows.length < store.get().settings.length);
  await press("escape");
  deepStrictEqual([store.get().filter, store.get().rows], ["", store.get().settings]);
  await press("/");
  controller.leave?.();
  strictEqual(store.get().isFiltering, false);
});

Deno.test("Ctrl+U erases the filter, and letters are still letters", async () => {
  await using on = await onFiles();
  const { press, store, controller } = on.screen;
  await press("/");
  controller.type?.("abc");
  await press("ctrl+u");
  controller.type?.("rate");
  deepStrictEqual([store.get().filter, store.get().isFiltering], ["rate", true]);
});
