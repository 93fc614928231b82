import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { LIBRARY_SCREEN } from "../../../../cli/tui/library/library_screen.ts";
import {
  EMPTY_LIBRARY,
  type LibraryAction,
  type LibraryState,
  reduceLibrary,
} from "../../../../cli/tui/library/library_state.ts";
import { openJobs } from "../../../../cli/tui/library/open_jobs.ts";
import { footerBindings } from "../../../../cli/tui/key_map.ts";
import { drawScreen, FRAME_SIZES, testFrame } from "../../../support/tui_screens.ts";
import { DOWNLOADS, HOSTILE, MODELS, SPACE_WITH_QUOTA } from "./library_fixtures.ts";

function after(...actions: readonly LibraryAction[]): LibraryState {
  return actions.reduce(reduceLibrary, EMPTY_LIBRARY);
}

const FULL = after(
  { type: "listed", models: MODELS },
  { type: "space", space: SPACE_WITH_QUOTA },
  { type: "daemon", daemon: { kind: "running", pid: 123 } },
  { type: "jobs", jobs: openJobs(DOWNLOADS, undefined) },
);

function frames(state: LibraryState, change: Parameters<typeof drawScreen>[2] = {}): string {
  return FRAME_SIZES.map((size) =>
    `--- ${size.columns}x${size.rows}\n${drawScreen(LIBRARY_SCREEN, state, { ...size, ...change })}`
  ).join("\n");
}

Deno.test("The library shows models, downloads, the disk and the daemon at every size", async (t) => {
  await t.assertSnapshot(frames(FULL, { downloads: DOWNLOADS, monotonicMs: 2_000 }));
});

Deno.test("The library shows names of every kind", async (t) => {
  await t.assertSnapshot(frames(reduceLibrary(FULL, { type: "listed", models: HOSTILE })));
});

Deno.test("The library says what to do when there is nothing, and that it is being read", async (t) => {
  const none = after({ type: "listed", models: [] }, { type: "daemon", daemon: { kind: "none" } });
  await t.assertSnapshot([
    frames(EMPTY_LIBRARY),
    frames(none),
    frames(reduceLibrary(FULL, { type: "filtered", filter: "zzz" })),
  ].join("\n"));
});

Deno.test("The library shows what runs: a check, a verification, a filter that is typed", async (t) => {
  const one = { columns: 70, rows: 14 };
  const verifying = {
    reference: "acme/kept-GGUF:Q4_K_M",
    receivedBytes: 1_000_000_000,
    totalBytes: 4_900_000_000,
  };
  await t.assertSnapshot([
    drawScreen(LIBRARY_SCREEN, reduceLibrary(FULL, { type: "checking", isChecking: true }), one),
    drawScreen(LIBRARY_SCREEN, reduceLibrary(FULL, { type: "verifying", verifying }), one),
    drawScreen(LIBRARY_SCREEN, reduceLibrary(FULL, { type: "verifying", verifying }), {
      ...one,
      columns: 40,
      rows: 10,
    }),
    drawScreen(
      LIBRARY_SCREEN,
      after({ type: "listed", models: MODELS }, { type: "filtering", isFiltering: true }, {
        type: "filtered",
        filter: "lla",
      }),
      one,
    ),
  ].join("\n\n"));
});

Deno.test("The library is drawn in ASCII where there is nothing else", () => {
  const text = drawScreen(LIBRARY_SCREEN, FULL, { unicode: false, downloads: DOWNLOADS, monotonicMs: 2_000 });
  ok(/#{8}-{12}/.test(text));
  ok(/^> acme\/clip/m.test(text));
});

Deno.test("The library says when it takes more than it may", () => {
  const space = { ...SPACE_WITH_QUOTA, usedBytes: 120_000_000_000 };
  ok(drawScreen(LIBRARY_SCREEN, reduceLibrary(FULL, { type: "space", space })).includes("(100 %), too much"));
});

Deno.test("The cursor is in sight at every size, wherever it is", () => {
  const models = Array.from(
    { length: 60 },
    (_, index) => ({ ...MODELS[0]!, repo: `acme/m${String(index).padStart(2, "0")}` }),
  );
  for (const size of FRAME_SIZES) {
    for (const index of [0, 5, 30, 59]) {
      const state = after({ type: "listed", models }, { type: "placed", index, rows: 7 });
      const lines = drawScreen(LIBRARY_SCREEN, state, size).split("\n");
      const found = lines.filter((line) => line.startsWith("›"));
      strictEqual(found.length, 1, `${index} at ${size.columns}x${size.rows}`);
      ok(found[0]?.includes(`m${String(index).padStart(2, "0")}`));
    }
  }
});

Deno.test("The library in words has every fact of the screen, and numbers for its rows", async (t) => {
  await t.assertSnapshot(
    LIBRARY_SCREEN.describe({ state: FULL, frame: testFrame({ downloads: DOWNLOADS }) }).join("\n"),
  );
});

Deno.test("The keys of the library are those that can be used", () => {
  const labels = (state: LibraryState): string[] =>
    footerBindings(LIBRARY_SCREEN.keys, { state, isTyping: state.isFiltering }).map(({ label }) => label);
  deepStrictEqual(labels(EMPTY_LIBRARY), ["search", "check", "order", "filter"]);
  deepStrictEqual(labels(FULL), [
    "details",
    "search",
    "update",
    "delete",
    "check",
    "pin",
    "verify",
    "order",
    "filter",
  ]);
  // A row that is only being downloaded.
  deepStrictEqual(labels(reduceLibrary(FULL, { type: "placed", index: 1, rows: 9 })), [
    "details",
    "search",
    "check",
    "order",
    "filter",
  ]);
  const typing = reduceLibrary(FULL, { type: "filtering", isFiltering: true });
  deepStrictEqual(labels(typing), ["done", "show all"]);
});
