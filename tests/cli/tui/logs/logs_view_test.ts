import { deepStrictEqual, doesNotMatch, strictEqual } from "node:assert/strict";
import { LOGS_SCREEN } from "../../../../cli/tui/logs/logs_screen.ts";
import {
  EMPTY_LOGS,
  type LogsAction,
  type LogsState,
  reduceLogs,
} from "../../../../cli/tui/logs/logs_state.ts";
import { logsLines } from "../../../../cli/tui/logs/logs_view.tsx";
import { tuiTheme } from "../../../../cli/tui/theme.ts";
import { drawScreen, FRAME_SIZES, testFrame } from "../../../support/tui_screens.ts";
import { entries, entry, LOG_PATH } from "./logs_fixtures.ts";

function after(...actions: readonly LogsAction[]): LogsState {
  return actions.reduce(reduceLogs, EMPTY_LOGS);
}

const FULL = after(
  { type: "opened", path: LOG_PATH },
  { type: "read", entries: entries(60), isFirst: true },
);
const BACK = reduceLogs(FULL, { type: "placed", index: 45, rows: 10 });

function frames(state: LogsState): string {
  return FRAME_SIZES.map((size) => `${size.columns}x${size.rows}\n${drawScreen(LOGS_SCREEN, state, size)}`)
    .join("\n\n");
}

Deno.test("LogsView() follows the log in every width", async (t) => {
  await t.assertSnapshot(frames(FULL));
});

Deno.test("LogsView() lets long lines go on below, and says that it does not follow", async (t) => {
  const more = reduceLogs(BACK, { type: "read", entries: entries(3, 60), isFirst: false });
  await t.assertSnapshot(frames(reduceLogs(more, { type: "wrapped" })));
});

Deno.test("LogsView() shows one line whole in every width", async (t) => {
  await t.assertSnapshot(frames(reduceLogs(BACK, { type: "whole", isWhole: true })));
});

Deno.test("LogsView() has states with nothing to show, and shows what is typed", async (t) => {
  const frame = { columns: 60, rows: 6, unicode: false };
  const none = after({ type: "read", entries: [], isFirst: true });
  const typed = reduceLogs({ ...FULL, isTyping: true }, {
    type: "edited",
    edit: { type: "insert", text: "nowhere" },
  });
  const calm = after({ type: "read", entries: [entry(0)], isFirst: true }, { type: "level" }, {
    type: "level",
  }, { type: "level" });
  const states = [EMPTY_LOGS, none, typed, calm];
  await t.assertSnapshot(states.map((state) => drawScreen(LOGS_SCREEN, state, frame)).join("\n----\n"));
});

Deno.test("LogsView() fits every frame, with nothing that a terminal would obey", () => {
  const hostile = entry(0, {
    message: "\u001b[31m日本🦙\n".repeat(80),
    area: "\u202e".repeat(50),
    level: "error",
    ["\u001b[2J".repeat(20)]: "\u0007".repeat(200),
  });
  const lines = after({ type: "read", entries: [...entries(20), hostile], isFirst: true });
  for (let columns = 40; columns <= 120; columns += 8) {
    for (const rows of [10, 13, 30]) {
      for (const wraps of [true, false]) {
        for (const isWhole of [true, false]) {
          const text = drawScreen(LOGS_SCREEN, { ...lines, wraps, isWhole }, { columns, rows });
          doesNotMatch(text, /[^\P{Cc}\n]|\u202e/u);
        }
      }
    }
  }
});

Deno.test("LogsView() always shows the line of the cursor, wherever it is", () => {
  for (const wraps of [true, false]) {
    for (let index = 0; index < 60; index++) {
      const state = { ...reduceLogs(FULL, { type: "placed", index, rows: 5 }), wraps };
      const marked = logsLines(state, testFrame({ columns: 50, rows: 8 })).filter((line) =>
        line.startsWith("›")
      );
      strictEqual(marked.length, 1, `row ${index}`);
    }
  }
});

Deno.test("LogsView() says the same with colours", () => {
  const theme = tuiTheme("dark", { noColor: false });
  for (const state of [FULL, { ...BACK, wraps: true }, { ...BACK, isWhole: true }]) {
    // deno-lint-ignore no-control-regex
    const plain = logsLines(state, testFrame({ theme })).map((line) => line.replace(/\u001b\[[\d;]*m/g, ""));
    deepStrictEqual(
      plain.map((line) => line.trimEnd()),
      logsLines(state, testFrame()).map((line) => line.trimEnd()),
    );
  }
});

Deno.test("describeLogs() tells the lines around the cursor, and one line whole", async (t) => {
  const frame = testFrame();
  const list = LOGS_SCREEN.describe({ state: BACK, frame });
  const whole = LOGS_SCREEN.describe({ state: { ...BACK, isWhole: true }, frame });
  doesNotMatch([...list, ...whole].join(""), /\p{Cc}|\u202e/u);
  strictEqual(list.filter((line) => /^\d+\./.test(line)).length, 20);
  await t.assertSnapshot([...list.slice(0, 5), "----", ...whole].join("\n"));
});
