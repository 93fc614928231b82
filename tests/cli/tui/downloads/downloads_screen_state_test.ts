import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { downloadRows, sectionOf, SECTIONS } from "../../../../cli/tui/downloads/download_rows.ts";
import {
  type DownloadsAction,
  NO_DOWNLOADS_SHOWN,
  reduceDownloadsScreen,
  selectedRow,
} from "../../../../cli/tui/downloads/downloads_screen_state.ts";
import { NO_DOWNLOADS } from "../../../../cli/tui/downloads/downloads_state.ts";
import { BUSY, job } from "./downloads_fixtures.ts";

function shown(...jobs: readonly ReturnType<typeof job>[]) {
  return reduceDownloadsScreen(NO_DOWNLOADS_SHOWN, { type: "changed", downloads: { ...NO_DOWNLOADS, jobs } });
}

Deno.test("downloadRows() puts jobs and activities into sections, the latest end first", () => {
  const ended = { id: "old", title: "update b", startedAtMs: 0, progress: undefined };
  const rows = downloadRows({
    ...BUSY,
    activities: [...BUSY.activities, { ...ended, ended: { atMs: 5, error: undefined } }],
  });
  deepStrictEqual(rows.map((row) => `${sectionOf(row)} ${row.id}`), [
    "running activity-1",
    "running big",
    "running wide",
    "waiting waits",
    "paused rests",
    "finished none",
    "finished done",
    "finished gone",
    "finished old",
  ]);
});

Deno.test("reduceDownloadsScreen() keeps the cursor on what it is on, wherever that goes", () => {
  let state = shown(job("a", "downloading"), job("b", "pending"), job("c", "pending"));
  state = reduceDownloadsScreen(state, { type: "placed", index: 1, rows: 10 });
  strictEqual(selectedRow(state)?.id, "b");
  const jobs = [job("c", "downloading"), job("b", "paused"), job("a", "completed")];
  state = reduceDownloadsScreen(state, { type: "changed", downloads: { ...NO_DOWNLOADS, jobs } });
  strictEqual(selectedRow(state)?.id, "b");
  // It is gone: the cursor stays where it was.
  state = reduceDownloadsScreen(state, {
    type: "changed",
    downloads: { ...NO_DOWNLOADS, jobs: [job("c", "downloading")] },
  });
  strictEqual(selectedRow(state)?.id, "c");
});

Deno.test("reduceDownloadsScreen() is the same state when nothing has changed", () => {
  const state = shown(job("a", "downloading"));
  strictEqual(reduceDownloadsScreen(state, { type: "changed", downloads: state.downloads }), state);
  strictEqual(reduceDownloadsScreen(state, { type: "closed" }), state);
});

Deno.test("reduceDownloadsScreen() shows details of something only, and closes them when all has gone", () => {
  strictEqual(reduceDownloadsScreen(NO_DOWNLOADS_SHOWN, { type: "opened" }).isOpen, false);
  const open = reduceDownloadsScreen(shown(job("a", "pending")), { type: "opened" });
  strictEqual(open.isOpen, true);
  strictEqual(reduceDownloadsScreen(open, { type: "changed", downloads: NO_DOWNLOADS }).isOpen, false);
  strictEqual(reduceDownloadsScreen(open, { type: "closed" }).isOpen, false);
});

Deno.test("reduceDownloadsScreen() has the cursor on a row whenever there is one, whatever happens", () => {
  const statuses = ["pending", "downloading", "paused", "completed", "failed", "cancelled"] as const;
  const jobs = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 5 }).chain((ids) =>
    fc.tuple(...ids.map((id) => fc.constantFrom(...statuses).map((status) => job(id, status))))
  );
  const action: fc.Arbitrary<DownloadsAction> = fc.oneof(
    jobs.map((each) =>
      ({ type: "changed", downloads: { ...NO_DOWNLOADS, jobs: each } }) satisfies DownloadsAction
    ),
    fc.constantFrom("up", "down", "pageup", "pagedown", "home", "end")
      .map((move) => ({ type: "moved", move, rows: 10 } as const)),
    fc.integer({ min: -3, max: 20 }).map((index) => ({ type: "placed", index, rows: 10 } as const)),
    fc.constantFrom({ type: "opened" } as const, { type: "closed" } as const),
  );
  fc.assert(fc.property(fc.array(action, { maxLength: 20 }), (actions) => {
    const state = actions.reduce(reduceDownloadsScreen, NO_DOWNLOADS_SHOWN);
    strictEqual(selectedRow(state) === undefined, state.rows.length === 0);
    const sections = state.rows.map((row) => SECTIONS.indexOf(sectionOf(row)));
    deepStrictEqual(sections, sections.toSorted((a, b) => a - b));
    ok(!state.isOpen || state.rows.length > 0);
  }));
});
