import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readSetting, type SettingPath } from "../../../../core/config/mod.ts";
import {
  askForReset,
  askForUnset,
  askForValue,
  settingProblem,
  typedValue,
} from "../../../../cli/tui/settings/setting_dialogs.ts";
import type { Question } from "../../../../cli/tui/shell/shell.ts";
import { FakeShell } from "../../../support/tui_screens.ts";
import { factsOf, settingOf } from "./settings_fixtures.ts";

const reader = { readSetting, context: { home: "/home/me", baseDirectory: "/project" } };

Deno.test("typedValue() is short, and means exactly the same", () => {
  const typed = (path: SettingPath, value: number) => typedValue({ path, value }, reader);
  strictEqual(typed("cleanup.reserve", 2 ** 30), "1GiB");
  strictEqual(typed("cleanup.max_total_size", 500_000_000_000), "500G");
  strictEqual(typed("download.limit_rate", 1_500_000), "1.5M");
  strictEqual(typed("cleanup.reserve", 1_234_567_891), "1234567891");
  strictEqual(typed("download.timeout", 300), "300");
  strictEqual(typed("download.timeout", 3600), "3600");
  strictEqual(typed("download.max_retries", 2048), "2048");
});

Deno.test("what stands in the field at first is taken as it is, for every setting", () => {
  for (const setting of factsOf().settings) {
    const typed = typedValue(setting, reader);
    strictEqual(settingProblem(setting.path, typed, reader), undefined, setting.path);
    deepStrictEqual(readSetting(setting.path, typed, reader.context), { value: setting.value }, setting.path);
  }
});

Deno.test("settingProblem() says what mm config set says", () => {
  strictEqual(
    settingProblem("download.connections", "17", reader),
    'It is "17": wanted a whole number from 1 to 16',
  );
  match(settingProblem("download.limit_rate", "08:00,2X", reader) ?? "", /2X/);
  strictEqual(settingProblem("mirrors", "https://a.test, https://b.test", reader), undefined);
  match(settingProblem("endpoint", "https://user:hunter2@hub.test", reader) ?? "", /without user name/);
  ok(!settingProblem("endpoint", "https://user:hunter2@hub.test", reader)?.includes("hunter2"));
});

Deno.test("askForValue() offers the words of a setting, the one that counts first", async () => {
  const shell = new FakeShell();
  shell.answers.push("light");
  strictEqual(await askForValue(shell, settingOf(factsOf(), "ui.theme"), reader), "light");
  const [question] = shell.questions as Question[];
  deepStrictEqual(question?.choices.map(({ id, key }) => [id, key]), [
    ["dark", "d"],
    ["light", "l"],
    ["high-contrast", "h"],
  ]);
  strictEqual(question?.initial, "dark");
  strictEqual(question?.choices[0]?.detail, "dark: as it is now, the default");
});

Deno.test("askForValue() says when something else counts more", async () => {
  const shell = new FakeShell();
  const setting = settingOf(factsOf({ environment: { MM_CONNECTIONS: "3" } }), "download.connections");
  strictEqual(await askForValue(shell, setting, reader), undefined);
  const [question] = shell.questions;
  match(question?.lines.join("\n") ?? "", /^Wanted: a whole number from 1 to 16\. Default: 8$/m);
  match(question?.lines.at(-1) ?? "", /^Set by the environment MM_CONNECTIONS, which counts more/);
  strictEqual(question?.initial, "3");
});

Deno.test("what destroys asks with the safe answer first", async () => {
  const shell = new FakeShell();
  strictEqual(await askForUnset(shell, settingOf(factsOf(), "ui.theme")), false);
  strictEqual(await askForReset(shell, "/c\x1b[31m.json"), false);
  deepStrictEqual(shell.questions.map(({ initial }) => initial), ["keep", "keep"]);
  strictEqual(shell.questions[1]?.lines[0], "/c?[31m.json");
});

Deno.test("a value of a hostile project file is safe to show in the field", async () => {
  const shell = new FakeShell();
  const setting = { ...settingOf(factsOf(), "models_dir"), value: "/m/\x1b]0;owned\x07" };
  await askForValue(shell, setting, reader);
  strictEqual(shell.questions[0]?.initial, "/m/?]0;owned?");
});
