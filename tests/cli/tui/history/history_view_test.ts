import { deepStrictEqual, doesNotMatch, match, strictEqual } from "node:assert/strict";
import { HISTORY_SCREEN } from "../../../../cli/tui/history/history_screen.ts";
import {
  EMPTY_HISTORY,
  type HistoryState,
  reduceHistory,
} from "../../../../cli/tui/history/history_state.ts";
import { historyLines } from "../../../../cli/tui/history/history_view.tsx";
import { readFigures } from "../../../../cli/tui/history/history_figures.ts";
import { tuiTheme } from "../../../../cli/tui/theme.ts";
import { textField } from "../../../../cli/tui/widgets/text_field.ts";
import { drawScreen, FRAME_SIZES, NOW_MS, testFrame } from "../../../support/tui_screens.ts";
import { fakeHistory, MANY, record } from "./history_fixtures.ts";

const LOADED: HistoryState = reduceHistory(EMPTY_HISTORY, { type: "loaded", records: MANY, hasMore: true });
const FAILED_ROW = reduceHistory(LOADED, { type: "placed", index: 2, rows: 10 });
const figures = await readFigures(fakeHistory(MANY, { damaged: 1 }).history, {
  filter: {},
  repo: "",
  nowMs: NOW_MS,
  isWanted: () => true,
});
const SUMS = reduceHistory(reduceHistory(LOADED, { type: "looked", look: "statistics" }), {
  type: "figures",
  figures,
});

function frames(state: HistoryState): string {
  return FRAME_SIZES.map((size) => `${size.columns}x${size.rows}\n${drawScreen(HISTORY_SCREEN, state, size)}`)
    .join("\n\n");
}

Deno.test("HistoryView() lists downloads in every width", async (t) => {
  await t.assertSnapshot(frames(FAILED_ROW));
});

Deno.test("HistoryView() shows one download whole in every width", async (t) => {
  await t.assertSnapshot(frames(reduceHistory(FAILED_ROW, { type: "looked", look: "record" })));
});

Deno.test("HistoryView() shows the sums and their charts in every width", async (t) => {
  await t.assertSnapshot(frames(SUMS));
});

Deno.test("HistoryView() has states with nothing to show", async (t) => {
  const size = { columns: 70, rows: 8 };
  const empty = reduceHistory(EMPTY_HISTORY, { type: "loaded", records: [], hasMore: false });
  const narrowed = reduceHistory(empty, { type: "chosen", choice: { status: "failed", period: "7d" } });
  const noSums = reduceHistory(narrowed, { type: "looked", look: "statistics" });
  await t.assertSnapshot(
    [EMPTY_HISTORY, empty, narrowed, noSums].map((state) => drawScreen(HISTORY_SCREEN, state, size)).join(
      "\n----\n",
    ),
  );
});

Deno.test("HistoryView() shows what is typed, in the list and above the sums, without Unicode", async (t) => {
  const typing = { isTyping: true, field: textField("llama 日本") };
  const frame = { columns: 60, rows: 12, unicode: false };
  const list = drawScreen(HISTORY_SCREEN, { ...LOADED, ...typing }, frame);
  const sums = drawScreen(HISTORY_SCREEN, { ...SUMS, ...typing }, { ...frame, rows: 22 });
  await t.assertSnapshot(`${list}\n----\n${sums}`);
});

Deno.test("HistoryView() has no line wider or longer than any frame, in colours too", () => {
  const hostile = record(2, {
    reference: `evil/${"\u001b]0;x\u0007".repeat(40)}`,
    files: ["\u001b[2J".repeat(100)],
    error: { code: "FUTURE_CODE", message: "\u001b[31m\n\u202e".repeat(60) },
  });
  const state = reduceHistory(EMPTY_HISTORY, {
    type: "loaded",
    records: [hostile, ...MANY],
    hasMore: false,
  });
  const looks = (["list", "record", "statistics"] as const).map((look) => ({ ...state, look, figures }));
  for (let columns = 40; columns <= 120; columns += 8) {
    for (const rows of [10, 13, 16, 30]) {
      for (const look of looks) {
        doesNotMatch(drawScreen(HISTORY_SCREEN, look, { columns, rows }), /[^\P{Cc}\n]|\u202e/u);
      }
    }
  }
});

Deno.test("HistoryView() says what it says with colours, too", () => {
  const theme = tuiTheme("dark", { noColor: false });
  const lines = historyLines(FAILED_ROW, testFrame({ theme }));
  // deno-lint-ignore no-control-regex
  const plain = lines.map((line) => line.replace(/\u001b\[[\d;]*m/g, "").trimEnd());
  deepStrictEqual(plain, historyLines(FAILED_ROW, testFrame()).map((line) => line.trimEnd()));
});

Deno.test("describeHistory() tells rows around the cursor, the sums, and one record", async (t) => {
  const frame = testFrame();
  const list = HISTORY_SCREEN.describe({ state: FAILED_ROW, frame });
  strictEqual(list.filter((line) => /^\d+\./.test(line)).length, 20);
  match(list.join("\n"), /^Rows 1 to 20 of 45$/m);
  const whole = HISTORY_SCREEN.describe({ state: { ...FAILED_ROW, look: "record" }, frame });
  const sums = HISTORY_SCREEN.describe({ state: SUMS, frame });
  doesNotMatch([...list, ...whole, ...sums].join(""), /\p{Cc}|[\u202e█]/u);
  await t.assertSnapshot([...list.slice(0, 8), "----", ...whole, "----", ...sums].join("\n"));
});
