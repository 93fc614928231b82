import assert from "node:assert/strict";
import type { SettingOrigin } from "../../../../core/config/resolve_settings.ts";
import type { SettingPath } from "../../../../core/config/settings.ts";
import { checkSettings, checkVariables } from "../../../../core/operations/doctor/settings_checks.ts";
import { checkMachine, checkTerminal } from "../../../../core/operations/doctor/machine_checks.ts";

Deno.test("checkSettings() counts what is set, and says where", () => {
  assert.equal(checkSettings({}).detail, "all defaults, no file");
  const origins = new Map<SettingPath, SettingOrigin>([
    ["endpoint", { source: "environment", name: "HF_ENDPOINT" }],
    ["models_dir", { source: "user file", name: "/c/config.json" }],
    ["cache.duration", { source: "default" }],
  ]);
  const set = checkSettings(
    { userFile: "/c/config.json", userFileExists: true, projectFile: "/w/mm.json" },
    origins,
  );
  assert.deepEqual([set.detail, set.more], ['2 set, from project file "/w/mm.json" and "/c/config.json"', [
    "endpoint: environment HF_ENDPOINT",
    "models_dir: user file /c/config.json",
  ]]);
});

Deno.test("checkSettings() repeats what is wrong with them, and that defaults were used", () => {
  const wrong = checkSettings({
    problem: { code: "CONFIG_INVALID", message: "Bad", hints: ["Mend it"], causes: ["line 1", "line 2"] },
  });
  assert.deepEqual([wrong.status, wrong.detail, wrong.hints], ["problem", "Bad", ["Mend it"]]);
  assert.deepEqual(wrong.more, [
    "line 1",
    "line 2",
    "Everything else was looked at with the default settings",
  ]);
});

Deno.test("checkVariables() finds typing mistakes and variables of the older tools", () => {
  assert.equal(checkVariables({ PATH: "/bin", MM_CONFIG: "" }).detail, "none set");
  assert.equal(checkVariables({ MM_MODELS_DIR: "/m", MM_RESTARTED_WITH_KV: "1" }).detail, "1 set");
  const typo = checkVariables({ MM_MODEL_DIR: "/secret/m", MM_ZZZZZZZZZZ: "1" });
  assert.deepEqual([typo.status, typo.detail], ["warning", "nobody reads MM_MODEL_DIR, MM_ZZZZZZZZZZ"]);
  assert.match(typo.hints?.[0] ?? "", /Did you mean MM_MODELS_DIR for MM_MODEL_DIR\?/);
  assert.equal(typo.hints?.[1], "Unset it: unset MM_ZZZZZZZZZZ");
  assert.doesNotMatch(JSON.stringify(typo), /secret/);
  assert.match(
    checkVariables({ HF_DOWNLOADER_TIMEOUT: "3" }).detail,
    /of the older tools: HF_DOWNLOADER_TIMEOUT/,
  );
});

Deno.test("checkTerminal() warns of narrow windows and of letters that cannot be shown", () => {
  assert.match(checkTerminal(undefined).detail, /^none/);
  const wide = { isTerminal: true, columns: 120, colour: true, locale: "de_DE.UTF-8" };
  assert.deepEqual(checkTerminal(wide), { status: "ok", detail: "120 columns, color, de_DE.UTF-8" });
  assert.equal(checkTerminal({ ...wide, columns: 40 }).status, "warning");
  assert.equal(checkTerminal({ ...wide, locale: "C" }).status, "warning");
  assert.equal(checkTerminal({ ...wide, locale: undefined }).status, "ok");
  assert.match(checkTerminal({ ...wide, isTerminal: false }).detail, /^none/);
});

Deno.test("checkMachine() warns of few open files", () => {
  assert.equal(
    checkMachine({ memoryBytes: 16e9, processors: 1, openFiles: Infinity }).detail,
    "16.0 GB memory, 1 processor, any number of open files",
  );
  assert.equal(checkMachine({ memoryBytes: undefined, processors: 2, openFiles: undefined }).status, "ok");
  assert.equal(checkMachine({ memoryBytes: 1, processors: 2, openFiles: 256 }).status, "warning");
});
