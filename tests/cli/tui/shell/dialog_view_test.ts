import { deepStrictEqual, ok } from "node:assert/strict";
import { describeDialog, dialogLines } from "../../../../cli/tui/shell/dialog_view.ts";
import { choiceDialog, textDialog } from "../../../../cli/tui/shell/shell_state.ts";
import { FRAME_SIZES, testFrame } from "../../../support/tui_screens.ts";

const DELETE = choiceDialog(1, {
  title: "Delete acme/日本語-GGUF:Q4_K_M?",
  lines: ["It takes 4.37 GB in 2 files.", "/models/acme/日本語-GGUF/日本語-Q4_K_M.gguf ".repeat(4)],
  choices: [
    { id: "delete", label: "Delete", key: "d", detail: "The files are deleted from the disk." },
    { id: "keep", label: "Keep", key: "k", detail: "Nothing is changed." },
  ],
  isDangerous: true,
});

const RATE = {
  ...textDialog(2, { title: "Limit the rate", lines: ["Such as 20M, or off."], initial: "fast" }),
  problem: '"fast" is no rate',
};

Deno.test("dialogLines() shows a question in the middle of every size", async (t) => {
  for (const { columns, rows } of FRAME_SIZES) {
    for (const unicode of [true, false]) {
      const frame = testFrame({ columns, rows, unicode });
      const lines = dialogLines(DELETE, frame);
      ok(lines.length <= rows);
      for (const line of lines) ok(frame.measure(line) <= columns, line);
      ok(lines.some((line) => line.includes("[Keep]")), "the answers are always seen");
      if (unicode) await t.assertSnapshot(lines.join("\n"));
    }
  }
});

Deno.test("describeDialog() says questions in words", () => {
  deepStrictEqual(describeDialog(RATE), [
    "Limit the rate",
    "Such as 20M, or off.",
    'Problem: "fast" is no rate',
  ]);
  deepStrictEqual(describeDialog(DELETE).slice(-2), [
    "1. Delete: The files are deleted from the disk.",
    "2. Keep: Nothing is changed.",
  ]);
});
