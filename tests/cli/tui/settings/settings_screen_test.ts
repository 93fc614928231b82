import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { SETTINGS_SCREEN } from "../../../../cli/tui/settings/settings_screen.ts";
import type { SettingsState } from "../../../../cli/tui/settings/settings_state.ts";
import { SETTING_PATHS } from "../../../../core/config/mod.ts";
import { drawScreen, FRAME_SIZES, testFrame } from "../../../support/tui_screens.ts";
import { after, factsOf, read } from "./settings_fixtures.ts";

const MIXED = {
  environment: { MM_LIMIT_RATE: "20M", MM_MAX_CONCURRENT: "3" },
  options: [{ setting: "endpoint", name: "--endpoint", text: "http://hub.test" }],
} as const;

const hostile = after({
  type: "read",
  facts: {
    settings: factsOf().settings.map((setting) =>
      setting.path === "models_dir"
        ? {
          ...setting,
          value: `/模型/大型语言模型/🚀/\x1b[31m${"x".repeat(300)}`,
          origin: { source: "project file", name: `/proj/\x1b]0;title\x07${"目录".repeat(60)}/mm.json` },
        }
        : setting
    ),
    files: {
      userFile: `/home/${"长".repeat(60)}/config.json`,
      userFileExists: true,
      projectFile: `/proj/\x1b]0;title\x07/mm.json`,
      skipped: [],
    },
  },
});

const FRAMES: Readonly<Record<string, SettingsState>> = {
  "before they are read": after(),
  "on the first one": read(MIXED),
  "on one that a variable sets": read(MIXED, { type: "chosen", path: "download.limit_rate" }),
  "on the last one": read({}, { type: "chosen", path: "default_schedule.max_concurrent_downloads" }),
  "while they are filtered": read(
    MIXED,
    { type: "filtering", isFiltering: true },
    { type: "filtered", filter: "rate" },
  ),
  "with a filter that finds nothing": read({}, { type: "filtered", filter: "模型" }),
  "of a hostile project": hostile,
};

for (const [name, state] of Object.entries(FRAMES)) {
  Deno.test(`the screen of the settings ${name}`, async (t) => {
    for (const size of FRAME_SIZES) {
      const text = drawScreen(SETTINGS_SCREEN, state, size);
      ok(!text.includes("\x1b"));
      await t.assertSnapshot(text);
    }
  });
}

Deno.test("the settings fit into every size, and show the one under the cursor", () => {
  for (const path of SETTING_PATHS) {
    const state = read(MIXED, { type: "chosen", path });
    for (const [columns, rows] of [[40, 10], [59, 15], [60, 16], [79, 20], [80, 40], [140, 11]] as const) {
      const lines = drawScreen(SETTINGS_SCREEN, state, { columns, rows }).split("\n");
      strictEqual(lines.filter((line) => line.startsWith("› ")).length, 1, `${path} in ${columns}x${rows}`);
    }
  }
});

Deno.test("without Unicode the settings are drawn with ASCII", () => {
  match(drawScreen(SETTINGS_SCREEN, read(MIXED), { unicode: false, columns: 130 }), /^[\x20-\x7e\n]*$/);
});

Deno.test("the settings in words", () => {
  const frame = testFrame();
  const state = read(MIXED, { type: "chosen", path: "download.limit_rate" });
  const said = SETTINGS_SCREEN.describe({ state, frame });
  strictEqual(said[0], "Your file: /home/me/.config/model-manager/config.json (not there yet)");
  ok(said.includes("4. check_frequency: daily, the default"));
  ok(
    said.includes(
      "11. download.limit_rate: 20.0 MB/s, set by the environment MM_LIMIT_RATE, default none",
    ),
  );
  deepStrictEqual(said.slice(-4), [
    "Selected: 11. download.limit_rate",
    "Meaning: Bytes a second over everything, such as 20M, or by the time of day: " +
    "08:00,2M 12:00,10M Sat-00:00,off",
    "Wanted: bytes a second such as 20M, a timetable such as 08:00,2M 23:00,off, or none for no limit",
    "Set by the environment MM_LIMIT_RATE, which counts more than your file. " +
    "To change it here, unset the variable.",
  ]);
  ok(!SETTINGS_SCREEN.describe({ state: hostile, frame }).join("\n").includes("\x1b"));
  deepStrictEqual(SETTINGS_SCREEN.describe({ state: after(), frame }), ["Reading the settings…"]);
});
