import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { messageLines } from "../../../../cli/tui/shell/message_lines.ts";
import { testFrame } from "../../../support/tui_screens.ts";

const LONG = "Cannot reach https://huggingface.co: the connection was refused by the host that should answer";

function at(columns: number, rows: number) {
  return testFrame({ columns, rows });
}

Deno.test("messageLines() shows the first hint of an error whole on the smallest screen, and cuts the sentence", () => {
  const message = {
    kind: "error",
    text: LONG,
    hints: ["See what is wrong: mm doctor", "Try it again"],
  } as const;
  deepStrictEqual(messageLines(message, at(40, 11)), [
    "error: Cannot reach",
    "https://huggingface.co: the connection…",
    "hint: See what is wrong: mm doctor",
  ]);
  const longHint = {
    ...message,
    hints: ["Choose another place for the models: mm config set paths.models DIR"],
  };
  deepStrictEqual(messageLines(longHint, at(40, 11)), [
    "error: Cannot reach…",
    "hint: Choose another place for the",
    "models: mm config set paths.models DIR",
  ]);
});

Deno.test("messageLines() shows all of it where there is room", () => {
  const message = {
    kind: "error",
    text: "It is gone",
    hints: ["Look for it: mm list", "Or search"],
  } as const;
  deepStrictEqual(messageLines(message, at(80, 24)), [
    "error: It is gone",
    "hint: Look for it: mm list",
    "hint: Or search",
  ]);
});

Deno.test("messageLines() gives a note one line on a low screen, and says that there is more", () => {
  const note = { kind: "note", text: LONG, hints: ["Try it again"] } as const;
  const [line = "", ...others] = messageLines(note, at(40, 11));
  deepStrictEqual(others, []);
  match(line, /^Cannot reach.*…$/);
});

Deno.test("messageLines() never takes more room than it may, and always shows the hint of an error", () => {
  fc.assert(fc.property(
    fc.string({ maxLength: 400 }),
    fc.array(fc.string({ minLength: 1, maxLength: 200 }), { maxLength: 3 }),
    fc.integer({ min: 40, max: 120 }),
    fc.integer({ min: 11, max: 60 }),
    (text, hints, columns, rows) => {
      const frame = at(columns, rows);
      const lines = messageLines({ kind: "error", text, hints }, frame);
      ok(lines.length <= 4 && lines.every((line) => frame.measure(line) < columns), JSON.stringify(lines));
      strictEqual(lines.some((line) => line.startsWith("hint:")), hints.length > 0, JSON.stringify(lines));
      ok(lines[0]?.startsWith("error:"));
    },
  ));
});
