import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type SettingPath, settingsWithoutFiles } from "../../../core/config/mod.ts";
import { LiveSettings } from "../../../core/daemon/live_settings.ts";
import { Problems } from "../../../core/daemon/problems.ts";
import type { FoundSettings, SettingsChange } from "../../../core/daemon/settings_watch.ts";
import { TestClock } from "../../support/test_clock.ts";

function found(rate: string): FoundSettings {
  const { settings, origins } = settingsWithoutFiles({
    environment: {},
    home: "/home/ada",
    workingDirectory: "/home/ada",
    options: [{ setting: "download.limit_rate" satisfies SettingPath, name: "--limit-rate", text: rate }],
  });
  return { settings, origins, token: undefined };
}

/** Settings whose file says `looks`, one after the other. */
function openSettings(looks: readonly (FoundSettings | Error)[]) {
  const clock = new TestClock();
  const changes: SettingsChange[] = [];
  const rest = [...looks];
  const live = new LiveSettings({
    clock,
    problems: new Problems(clock),
    found: found("1M"),
    findSettings: () => {
      const next = rest.shift();
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next ?? found("1M"));
    },
    onChange: (change) => void changes.push(change),
  });
  return { live, changes };
}

Deno.test("LiveSettings.reload() follows what nobody asked for only when it was seen twice", async () => {
  const { live, changes } = openSettings([found("2M"), found("2M")]);
  deepStrictEqual(await live.reload({ asked: false }), { changed: [] });
  strictEqual(changes.length, 0);
  deepStrictEqual(await live.reload({ asked: false }), { changed: ["download.limit_rate"] });
  deepStrictEqual(changes.map(({ paths }) => paths), [["download.limit_rate"]]);
});

Deno.test("LiveSettings.reload() follows at once when it was asked", async () => {
  const { live, changes } = openSettings([found("2M")]);
  await live.reload({ asked: true });
  strictEqual(changes.length, 1);
  strictEqual(live.found.settings.download.limit_rate === found("1M").settings.download.limit_rate, false);
});

Deno.test("LiveSettings.reload() keeps the settings in force when they cannot be read", async () => {
  const { live, changes } = openSettings([new Error("mm.yaml:3: not a number")]);
  const before = live.found;
  deepStrictEqual(await live.reload({ asked: true }), { changed: [] });
  strictEqual(live.found, before);
  strictEqual(changes.length, 0);
});
