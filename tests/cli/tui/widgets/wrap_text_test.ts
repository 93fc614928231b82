import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadMeasure } from "../../../../cli/output/text_width.ts";
import { wrapText } from "../../../../cli/tui/widgets/wrap_text.ts";

const measure = await loadMeasure();

Deno.test("wrapText() breaks between words, and inside of words only when they are too wide", () => {
  deepStrictEqual(wrapText("one two three", 8, measure), ["one two", "three"]);
  deepStrictEqual(wrapText("abcdefghij kl", 4, measure), ["abcd", "efgh", "ij", "kl"]);
  deepStrictEqual(wrapText("日本語テキスト", 6, measure), ["日本語", "テキス", "ト"]);
  deepStrictEqual(wrapText("", 6, measure), [""]);
});

Deno.test("wrapText() loses nothing but spaces, and no line is too wide", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 2, max: 40 }), (text, width) => {
    const lines = wrapText(text, width, measure);
    strictEqual(lines.join("").replace(/\s/g, ""), text.replace(/\s/g, ""));
    for (const line of lines) {
      const alone = [...new Intl.Segmenter().segment(line)].length === 1;
      ok(alone || measure(line) <= width, JSON.stringify(line));
    }
  }));
});
