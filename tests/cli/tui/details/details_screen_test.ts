import { deepStrictEqual, ok } from "node:assert/strict";
import { DETAILS_SCREEN } from "../../../../cli/tui/details/details_screen.ts";
import { type DetailsState, NO_DETAILS } from "../../../../cli/tui/details/details_state.ts";
import { footerBindings } from "../../../../cli/tui/key_map.ts";
import { drawScreen, FRAME_SIZES, testFrame } from "../../../support/tui_screens.ts";
import { after, GATED, MODEL, PAGE, SAFETENSORS, shown, unit } from "./details_fixtures.ts";

function frames(state: DetailsState): string {
  return FRAME_SIZES.map((size) =>
    `--- ${size.columns}x${size.rows}\n${drawScreen(DETAILS_SCREEN, state, size)}`
  ).join("\n");
}

const WITH_PAGE = shown(MODEL, { type: "page", text: PAGE });

Deno.test("The details show facts, quants and the page at every size", async (t) => {
  await t.assertSnapshot(frames(WITH_PAGE));
});

Deno.test("The details show marks, the projector and what runs", async (t) => {
  await t.assertSnapshot(frames(shown(
    MODEL,
    { type: "toggled" },
    { type: "placed", index: 4, rows: 9 },
    { type: "toggled" },
    { type: "mmproj" },
    {
      type: "jobs",
      jobs: [{
        id: "1",
        reference: "x",
        target: { repo: MODEL.repo, revision: undefined, selector: "Q8_0" },
        status: "downloading",
        receivedBytes: 43,
        totalBytes: 100,
      }],
    },
    { type: "planning", isPlanning: true },
  )));
});

Deno.test("The details show a model that has to be asked for, of which little is known", async (t) => {
  await t.assertSnapshot(frames(shown(GATED, { type: "page", text: undefined })));
});

Deno.test("The details show a repository without quants as a whole", async (t) => {
  await t.assertSnapshot(frames(shown(SAFETENSORS, { type: "page", text: PAGE })));
});

Deno.test("The page has the screen to itself, and is scrolled no further than to its end", async (t) => {
  const reading = (to: number) =>
    shown(MODEL, { type: "page", text: PAGE }, { type: "reading", isReading: true }, {
      type: "scrolled",
      to,
    });
  await t.assertSnapshot([frames(reading(0)), frames(reading(1_000))].join("\n"));
});

Deno.test("The details say what to do without a model", async (t) => {
  const asked = after({ type: "asked", reference: "acme/x" });
  await t.assertSnapshot([
    frames(NO_DETAILS),
    frames(asked),
    frames({ ...asked, isLoading: false }),
  ].join("\n"));
});

Deno.test("A name that means harm, or has no end, is shown as what it is", () => {
  const evil = {
    ...MODEL,
    repo: `evil/\u001b[2J${"x".repeat(300)}`,
    architecture: "\u202ellama\n",
    units: [unit(`\u001b]0;x\u0007${"Q".repeat(300)}`), unit("Q4")],
  };
  for (const size of FRAME_SIZES) {
    const text = drawScreen(
      DETAILS_SCREEN,
      shown(evil, { type: "page", text: `${"y".repeat(300)}\u001b[2J` }),
      size,
    );
    // deno-lint-ignore no-control-regex
    ok(!/[\u001b\u0007\u202e]/.test(text));
  }
  const words = DETAILS_SCREEN.describe({ state: shown(evil), frame: testFrame() }).join("\n");
  // deno-lint-ignore no-control-regex
  ok(!/[\u001b\u0007\u202e]/.test(words));
});

Deno.test("A long list of quants leaves room for the page, and the cursor is in sight", () => {
  const many = { ...MODEL, units: Array.from({ length: 40 }, (_, index) => unit(`Q${index + 100}`)) };
  for (const size of FRAME_SIZES) {
    for (const index of [0, 20, 39]) {
      const text = drawScreen(
        DETAILS_SCREEN,
        shown(many, { type: "page", text: PAGE }, { type: "placed", index, rows: 6 }),
        size,
      );
      ok(new RegExp(`^› \\[ \\] Q${index + 100}`, "m").test(text), text);
    }
  }
  ok(drawScreen(DETAILS_SCREEN, shown(many, { type: "page", text: PAGE })).includes("README ─"));
});

Deno.test("The details in words have every fact of the screen, and numbers for the quants", async (t) => {
  await t.assertSnapshot(DETAILS_SCREEN.describe({ state: WITH_PAGE, frame: testFrame() }).join("\n"));
});

Deno.test("The keys of the details are those that can be used", () => {
  const labels = (state: DetailsState): string[] =>
    footerBindings(DETAILS_SCREEN.keys, { state, isTyping: false }).map(({ label }) => label);
  deepStrictEqual(labels(NO_DETAILS), []);
  deepStrictEqual(labels(WITH_PAGE), ["download", "mark", "README", "mmproj", "revision", "refresh"]);
  deepStrictEqual(labels(shown(GATED)), ["download", "mark", "access", "revision", "refresh"]);
  deepStrictEqual(labels({ ...WITH_PAGE, isReading: true }), [
    "download",
    "quants",
    "README",
    "mmproj",
    "revision",
    "refresh",
  ]);
});
