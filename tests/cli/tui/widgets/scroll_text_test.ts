import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { scrolledLines, scrollTop } from "../../../../cli/tui/widgets/scroll_text.ts";
import { testFrame } from "../../../support/tui_screens.ts";

const text = (length: number): string[] => Array.from({ length }, (_, index) => `line ${index}`);

Deno.test("scrolledLines() shows a text that fits as it is", () => {
  deepStrictEqual(scrolledLines(text(5), { of: {}, top: 3, frame: testFrame({ rows: 5 }) }), text(5));
});

Deno.test("scrolledLines() says how far one is, and where the end is", () => {
  const frame = testFrame({ rows: 5 });
  const first = scrolledLines(text(8), { of: {}, top: 0, frame });
  deepStrictEqual(first, [...text(4), "50 %, more below: ↓ or PgDn"]);
  const last = scrolledLines(text(8), { of: {}, top: 99, frame });
  deepStrictEqual(last, [...text(8).slice(4), "the end"]);
  match(
    scrolledLines(text(8), { of: {}, top: 0, frame: { ...frame, unicode: false } }).join(),
    /Down or PgDn/,
  );
});

Deno.test("scrolledLines() gives a single row to the text", () => {
  deepStrictEqual(scrolledLines(text(8), { of: {}, top: 2, frame: testFrame({ rows: 1 }) }), ["line 2"]);
});

Deno.test("scrollTop() stays where it is when nothing was shown yet", () => {
  strictEqual(scrollTop({}, 0, "end"), 0);
});

Deno.test("scrollTop() always leads to a screen full of text, and each key in its direction", () => {
  const move = fc.constantFrom("up", "down", "pageup", "pagedown", "home", "end");
  fc.assert(fc.property(
    fc.nat(60),
    fc.integer({ min: 1, max: 20 }),
    fc.array(move),
    (length, rows, moves) => {
      const of = {};
      const frame = testFrame({ rows });
      let top = 0;
      for (const each of moves) {
        scrolledLines(text(length), { of, top, frame });
        const next = scrollTop(of, top, each);
        strictEqual(
          next >= 0 && next <= Math.max(0, length - (length > rows && rows > 1 ? rows - 1 : rows)),
          true,
        );
        if (["up", "pageup", "home"].includes(each)) strictEqual(next <= top, true);
        else strictEqual(next >= top, true);
        top = next;
        strictEqual(scrolledLines(text(length), { of, top, frame }).length, Math.min(length, rows));
      }
    },
  ));
});
