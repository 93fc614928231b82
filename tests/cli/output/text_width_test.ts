import assert from "node:assert/strict";
import fc from "fast-check";
import {
  fit,
  loadMeasure,
  measureFor,
  measureNarrow,
  pad,
  printable,
} from "../../../cli/output/text_width.ts";

const measure = await loadMeasure();

Deno.test("measureFor() loads the tables of wide characters only when they are needed", async () => {
  assert.equal(await measureFor(["plain", "│ box ─ … ✓ é"]), measureNarrow);
  const wide = await measureFor(["plain", "日本"]);
  assert.equal(wide("日本"), 4);
  assert.equal(wide("e\u0301"), 1);
});

Deno.test("measureNarrow() agrees with the tables for every text it is used for", async () => {
  const narrow = fc.string({
    unit: fc.constantFrom(..."abcXYZ019 ~-_./:()[]{}!?éüßāǿ…–—─│┌█░▓■←↑→↓✓✗"),
    maxLength: 20,
  });
  const { default: stringWidth } = await import("string-width");
  fc.assert(fc.property(narrow, (text) => assert.equal(measureNarrow(text), stringWidth(text))));
});

Deno.test("fit() keeps what fits and marks what it cuts", () => {
  assert.equal(fit("model.gguf", 10, { measure }), "model.gguf");
  assert.equal(fit("model.gguf", 9, { measure }), "model.gg…");
  assert.equal(fit("model-Q4_K_M.gguf", 11, { measure, cut: "middle" }), "mode…M.gguf");
  assert.equal(fit("model.gguf", 1, { measure }), "…");
  assert.equal(fit("model.gguf", 0, { measure }), "");
  assert.equal(fit("日本語", 5, { measure }), "日本…");
  assert.equal(fit("日本語", 4, { measure }), "日…");
});

Deno.test("fit() is never too wide, and cuts nothing without a mark", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 });
  const cut = fc.constantFrom("end" as const, "middle" as const);
  fc.assert(fc.property(text, fc.integer({ min: 0, max: 50 }), cut, (value, width, where) => {
    const fitted = fit(value, width, { measure, cut: where });
    assert.ok(measure(fitted) <= width);
    if (fitted !== value && width > 0) assert.ok(fitted.includes("…"));
  }));
});

Deno.test("pad() fills up to the width on either side", () => {
  assert.equal(pad("日", 4, { measure }), "日  ");
  assert.equal(pad("日", 4, { measure, align: "right" }), "  日");
  assert.equal(pad("longer", 2, { measure }), "longer");
});

Deno.test("printable() leaves nothing that moves the cursor or turns the writing round", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(printable(text), /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
  }));
});

Deno.test("fit() keeps the number of a shard whole, whatever is left of its name", () => {
  const name = "folder/big-model-Q8_0-00002-of-00013.gguf";
  const middle = (width: number): string => fit(name, width, { measure, cut: "middle" });
  assert.equal(middle(28), "folder/…-00002-of-00013.gguf");
  assert.equal(middle(22), "f…-00002-of-00013.gguf");
  assert.equal(middle(18), "fo…-00002-of-00013");
  assert.equal(middle(16), "…-00002-of-00013");
  assert.equal(middle(11), "fo…-2-of-13");
  assert.equal(middle(6), "f…2/13");
  fc.assert(fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 6, max: 60 }), (shard, width) => {
    const other = name.replace("00002", String(shard).padStart(5, "0"));
    const shown = fit(other, width, { measure, cut: "middle" });
    assert.ok(measure(shown) <= width);
    assert.equal(shown === middle(width), shard === 2, shown);
  }));
});
