import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { isUsual, originShort, originWord, overrideText } from "../../../../cli/tui/settings/setting_row.ts";
import {
  reduceSettings,
  selectedSetting,
  type SettingsAction,
} from "../../../../cli/tui/settings/settings_state.ts";
import { SETTING_PATHS } from "../../../../core/config/mod.ts";
import { after, factsOf, read, settingOf } from "./settings_fixtures.ts";
import { cursorAction } from "../widgets/cursor_actions.ts";

Deno.test("readSettings() gives all settings, each group in one piece, those without a group first", () => {
  const { settings } = factsOf();
  deepStrictEqual(settings.map(({ path }) => path).toSorted(), [...SETTING_PATHS].toSorted());
  const groups = settings.map(({ group }) => group);
  const pieces = groups.filter((group, index) => group !== groups[index - 1]);
  deepStrictEqual(pieces, [...new Set(groups)]);
  strictEqual(pieces[0], "general");
});

Deno.test("a setting knows its choices, its default and who has set it", () => {
  const facts = factsOf({
    environment: { MM_LIMIT_RATE: "20M" },
    options: [{ setting: "endpoint", name: "--endpoint", text: "http://hub.test" }],
  });
  deepStrictEqual(settingOf(facts, "ui.theme").choices, ["dark", "light", "high-contrast"]);
  deepStrictEqual(settingOf(facts, "cleanup.auto").choices, ["true", "false"]);
  strictEqual(settingOf(facts, "download.connections").choices, undefined);
  const limit = settingOf(facts, "download.limit_rate");
  deepStrictEqual([limit.usual, isUsual(limit), originShort(limit), originWord(limit)], [
    "none",
    false,
    "MM_LIMIT_RATE",
    "variable",
  ]);
  strictEqual(
    overrideText(limit),
    "Set by the environment MM_LIMIT_RATE, which counts more than your file. " +
      "To change it here, unset the variable.",
  );
  strictEqual(originShort(settingOf(facts, "endpoint")), "--endpoint");
  const file = { origin: { source: "user file", name: "/c.json" } } as const;
  deepStrictEqual([overrideText(file), originShort(file), isUsual(file)], [undefined, "user file", false]);
});

Deno.test("reduceSettings() keeps the rows while nothing of them changes", () => {
  const state = read();
  strictEqual(reduceSettings(state, { type: "read", facts: factsOf() }), state);
  const other = reduceSettings(state, {
    type: "read",
    facts: factsOf({ environment: { MM_THEME: "light" } }),
  });
  notStrictEqual(other.rows, state.rows);
  const { files } = factsOf();
  const there = reduceSettings(state, {
    type: "read",
    facts: { ...factsOf(), files: { ...files, userFileExists: true } },
  });
  deepStrictEqual([there.files?.userFileExists, there.rows === state.rows], [true, true]);
});

Deno.test("reduceSettings() leaves the cursor on its setting while the filter changes", () => {
  const state = read({}, { type: "chosen", path: "download.limit_rate" }, {
    type: "filtered",
    filter: "RATE",
  });
  strictEqual(selectedSetting(state)?.path, "download.limit_rate");
  const all = reduceSettings(state, { type: "filtered", filter: "" });
  strictEqual(selectedSetting(all)?.path, "download.limit_rate");
  strictEqual(all.rows, all.settings);
  const none = reduceSettings(state, { type: "filtered", filter: "no such" });
  deepStrictEqual([none.rows.length, selectedSetting(none)], [0, undefined]);
});

Deno.test("the filter looks for all words, in names and in meanings", () => {
  const paths = (filter: string) => read({}, { type: "filtered", filter }).rows.map(({ path }) => path);
  deepStrictEqual(paths("hash file"), ["download.verify"]);
  ok(paths("schedule").includes("default_schedule.time"));
  strictEqual(paths("  ").length, SETTING_PATHS.length);
});

Deno.test("reduceSettings() never puts the cursor where there is no row", () => {
  const action: fc.Arbitrary<SettingsAction> = fc.oneof(
    cursorAction,
    fc.constantFrom("", "rate", "none at all", "download").map((filter) =>
      ({ type: "filtered", filter }) as const
    ),
    fc.constantFrom(...SETTING_PATHS).map((path) => ({ type: "chosen", path }) as const),
    fc.constant({ type: "read", facts: factsOf() } as const),
  );
  fc.assert(fc.property(fc.array(action), (actions) => {
    const { rows, cursor } = after(...actions);
    deepStrictEqual(
      [cursor.index >= 0, cursor.index < Math.max(1, rows.length), cursor.top <= cursor.index],
      [true, true, true],
    );
  }));
});
