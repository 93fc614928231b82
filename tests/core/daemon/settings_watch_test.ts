import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type SettingPath, settingsWithoutFiles } from "../../../core/config/mod.ts";
import { compareSettings, type FoundSettings } from "../../../core/daemon/settings_watch.ts";

function found(changes: Partial<Record<SettingPath, string>> = {}): FoundSettings {
  const texts = Object.entries(changes) as [SettingPath, string][];
  const { settings, origins } = settingsWithoutFiles({
    environment: {},
    home: "/home/ada",
    workingDirectory: "/home/ada",
    options: texts.map(([setting, text]) => ({ setting, name: `--${setting}`, text })),
  });
  return { settings, origins, token: undefined };
}

Deno.test("compareSettings() lets work go on through changes that it follows, or has no use for", () => {
  const changes = { "ui.theme": "light", "download.limit_rate": "1M" } as const;
  const change = compareSettings(found(), found(changes));
  deepStrictEqual(change.paths, ["download.limit_rate", "ui.theme"]);
  strictEqual(change.needsNewShift, false);
});

Deno.test("compareSettings() asks for a new shift when work cannot follow, or the token is another one", () => {
  strictEqual(compareSettings(found(), found({ "download.connections": "8" })).needsNewShift, true);
  strictEqual(compareSettings(found(), { ...found(), token: "hf_other" }).needsNewShift, true);
});
