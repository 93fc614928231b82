import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadMeasure } from "../../../../cli/output/text_width.ts";
import {
  editOfKey,
  editText,
  fieldText,
  MAX_SIGNS,
  TEXT_EDIT_KEYS,
  type TextEdit,
  textField,
} from "../../../../cli/tui/widgets/text_field.ts";

const measure = await loadMeasure();

function typed(text: string, ...edits: TextEdit["type"][]): { text: string; cursor: number } {
  return edits.reduce(
    (field, type) => editText(field, type === "insert" ? { type, text: "-" } : { type }),
    textField(text),
  );
}

Deno.test("editText() inserts and deletes at the cursor", () => {
  deepStrictEqual(typed("abc", "left", "insert"), { text: "ab-c", cursor: 3 });
  deepStrictEqual(typed("abc", "home", "delete"), { text: "bc", cursor: 0 });
  deepStrictEqual(typed("abc", "backspace", "backspace"), { text: "a", cursor: 1 });
  deepStrictEqual(typed("abc", "home", "backspace"), { text: "abc", cursor: 0 });
  deepStrictEqual(typed("org/name  Q4_K", "deleteWord"), { text: "org/name  ", cursor: 10 });
  deepStrictEqual(typed("one two ", "deleteWord"), { text: "one ", cursor: 4 });
  deepStrictEqual(typed("abc", "clear"), { text: "", cursor: 0 });
});

Deno.test("editText() takes a sign that is made of several characters as one", () => {
  deepStrictEqual(typed("a👩‍👩‍👧", "backspace"), { text: "a", cursor: 1 });
  deepStrictEqual(typed("é日", "left", "left", "insert"), { text: "-é日", cursor: 1 });
});

Deno.test("editText() leaves out control characters of what is pasted", () => {
  strictEqual(editText(textField(), { type: "insert", text: "a\u001b[31m\nb" }).text, "a[31mb");
});

Deno.test("editText() keeps the cursor in the text, whatever is done", () => {
  const edits = [...new Set(TEXT_EDIT_KEYS.map((key) => editOfKey(key)?.type))]
    .filter((type) => type !== undefined);
  fc.assert(fc.property(
    fc.array(
      fc.oneof(
        fc.constantFrom(...edits).map((type) => ({ type }) as TextEdit),
        fc.string({ unit: "grapheme" }).map((text) => ({ type: "insert", text }) as const),
      ),
      { maxLength: 30 },
    ),
    (changes) => {
      let field = textField();
      for (const change of changes) {
        field = editText(field, change);
        const length = [...new Intl.Segmenter().segment(field.text)].length;
        ok(field.cursor >= 0 && field.cursor <= length, JSON.stringify(field));
      }
    },
  ));
});

Deno.test("fieldText() shows the sign under the cursor, and never more than its room", () => {
  const mark = (sign: string): string => `[${sign}]`;
  strictEqual(fieldText(textField("abc"), { width: 10, measure, mark }), "abc[ ]");
  strictEqual(fieldText({ text: "abc", cursor: 1 }, { width: 10, measure, mark }), "a[b]c");
  strictEqual(fieldText(textField("abcdefgh"), { width: 5, measure, mark }), "…fgh[ ]");
  fc.assert(fc.property(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.nat(40),
    fc.integer({ min: 4, max: 30 }),
    (text, at, width) => {
      const field = editText(textField(), { type: "insert", text });
      const cursor = Math.min(at, [...new Intl.Segmenter().segment(field.text)].length);
      const shown = fieldText({ ...field, cursor }, { width, measure, mark: (sign) => sign });
      ok(measure(shown) <= width, `${measure(shown)} > ${width}: ${shown}`);
    },
  ));
});

Deno.test("editText() takes no more of a paste than can be drawn with each key", () => {
  const field = editText(textField("ab"), { type: "insert", text: "日本👩‍👩‍👧".repeat(50_000) });
  strictEqual([...new Intl.Segmenter().segment(field.text)].length, MAX_SIGNS);
  strictEqual(field.cursor, MAX_SIGNS);
  const again = editText(field, { type: "insert", text: "x" });
  strictEqual(again.text, field.text, "nothing is pushed out at the other end");
  let measured = 0;
  fieldText(field, {
    width: 40,
    measure: (text) => (measured += text.length, measure(text)),
    mark: (sign) => sign,
  });
  ok(measured < 20_000, `${measured} characters were measured for one line`);
});
