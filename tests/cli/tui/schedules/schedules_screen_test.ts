import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { SCHEDULES_SCREEN } from "../../../../cli/tui/schedules/schedules_screen.ts";
import type { SchedulesState } from "../../../../cli/tui/schedules/schedules_state.ts";
import { SCHEDULES } from "../../../support/fake_schedules.ts";
import { drawScreen, FRAME_SIZES, testFrame } from "../../../support/tui_screens.ts";
import { after, HOSTILE, listed, NOW_MS } from "./schedules_fixtures.ts";

const FRAMES: Readonly<Record<string, SchedulesState>> = {
  "before they are read": after(),
  "without any": after({ type: "listed", schedules: [] }, { type: "daemon", daemon: { kind: "none" } }),
  "of three, without a daemon": listed(),
  "with a daemon": listed({ type: "daemon", daemon: { kind: "running", pid: 4711 } }, {
    type: "chosen",
    name: "workdays",
  }),
  "of one that has failed, with all that is known": listed({ type: "chosen", name: "weekend" }, {
    type: "opened",
    isOpen: true,
  }),
  "of a hostile one": after({ type: "listed", schedules: HOSTILE }),
  "of a hostile one, with all that is known": after({ type: "listed", schedules: HOSTILE }, {
    type: "opened",
    isOpen: true,
  }),
};

for (const [name, state] of Object.entries(FRAMES)) {
  Deno.test(`the screen of the schedules ${name}`, async (t) => {
    for (const size of FRAME_SIZES) {
      const text = drawScreen(SCHEDULES_SCREEN, state, { ...size, nowMs: NOW_MS });
      ok(!text.includes("\x1b"));
      await t.assertSnapshot(text);
    }
  });
}

Deno.test("the schedules fit into every size, and show the one under the cursor", () => {
  const schedules = Array.from({ length: 60 }, (_, index) => {
    const [first] = SCHEDULES;
    ok(first !== undefined);
    return { ...first, name: `s${String(index).padStart(2, "0")}` };
  });
  const state = after({ type: "listed", schedules }, { type: "chosen", name: "s41" });
  for (let columns = 40; columns <= 130; columns += 9) {
    for (let rows = 10; rows <= 40; rows += 3) {
      match(drawScreen(SCHEDULES_SCREEN, state, { columns, rows, nowMs: NOW_MS }), /› s41/);
    }
  }
});

Deno.test("without Unicode the schedules are drawn with ASCII", () => {
  const text = drawScreen(SCHEDULES_SCREEN, listed(), { unicode: false, nowMs: NOW_MS, columns: 130 });
  match(text, /^[\x20-\x7e\n]*$/);
});

Deno.test("the schedules in words", () => {
  const frame = testFrame({ nowMs: NOW_MS });
  const said = SCHEDULES_SCREEN.describe({ state: listed(), frame });
  deepStrictEqual(said.slice(0, 2), [
    "Daemon: not running, so nothing runs. S starts it, or type: mm start",
    "1. nightly, on, next run Wed 2025-01-01 23:00, in 22 hours, daily 23:00 until 07:00 Europe/Berlin, " +
    "fetches the manifest, last run completed, 1 download, 1.50 GB",
  ]);
  match(said[2] ?? "", /^2\. weekend, off, /);
  match(said[3] ?? "", /^3\. workdays, at work, /);
  strictEqual(said.at(-1), "Selected: 1");
  const open = SCHEDULES_SCREEN.describe({
    state: after({ type: "listed", schedules: HOSTILE }, { type: "opened", isOpen: true }),
    frame,
  });
  match(open.join("\n"), /^Failed: Cannot reach \?\[31mhub/m);
  match(open.join("\n"), /^Hint: Look at /m);
  ok(!open.join("\n").includes("\x1b"));
  match(SCHEDULES_SCREEN.describe({ state: after(), frame }).at(-1) ?? "", /^Reading/);
});
