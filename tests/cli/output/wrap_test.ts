import assert from "node:assert/strict";
import fc from "fast-check";
import { visibleWidth, wrapLine, wrapLines } from "../../../cli/output/wrap.ts";

Deno.test("wrapLine() breaks between words, and goes on a little to the right", () => {
  assert.deepEqual(wrapLine("No room for LIKES, PARAMS: widen the terminal, or use --json", 30), [
    "No room for LIKES, PARAMS:",
    "  widen the terminal, or use",
    "  --json",
  ]);
  assert.deepEqual(wrapLine("short", 30), ["short"]);
});

Deno.test("wrapLine() goes on below the second column of facts, unless a value would not fit there", () => {
  assert.deepEqual(wrapLine("Space      2.86 GB used of the 100 GB it may take", 30), [
    "Space      2.86 GB used of the",
    "           100 GB it may take",
  ]);
  assert.deepEqual(wrapLine("Model           acme/Llama-3.2-3B-Instruct-GGUF", 40), [
    "Model",
    "  acme/Llama-3.2-3B-Instruct-GGUF",
  ]);
});

Deno.test("wrapLine() keeps commands in one piece, and numbers with their units", () => {
  assert.deepEqual(
    wrapLine("hint: Work the queue: mm queue run, or in the background: mm queue run -q", 30),
    [
      "hint: Work the queue:",
      "  mm queue run, or in the",
      "  background: mm queue run -q",
    ],
  );
  assert.deepEqual(wrapLine("hint: Try again: mm update acme/a-rather-long-name:Q8_0", 30), [
    "hint: Try again:",
    "  mm update acme/a-rather-long-name:Q8_0",
  ]);
  assert.deepEqual(wrapLine("2 files: 1 linked, saved 2.00 GB", 30), [
    "2 files: 1 linked, saved",
    "  2.00 GB",
  ]);
});

Deno.test("wrapLine() does not count what styles a text", () => {
  const styled = "\x1b[31m\x1b[1merror:\x1b[22m\x1b[39m ten columns";
  assert.equal(visibleWidth(styled), 18);
  assert.deepEqual(wrapLine(styled, 18), [styled]);
  assert.equal(visibleWidth("日本"), 4);
});

Deno.test("wrapLines() loses nothing but blanks, and is wider only where one word is", () => {
  const words = fc.array(fc.stringMatching(/^["a-k/.-]{1,12}$/), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(words, fc.integer({ min: 4, max: 60 }), (all, width) => {
    const line = all.join(" ");
    const lines = wrapLines([line], width);
    assert.equal(lines.map((each) => each.trim()).join(" "), line);
    for (const each of lines) assert.ok(each.length <= width || !each.trim().includes(" "), each);
  }));
  assert.deepEqual(wrapLines(["a b c"], Infinity), ["a b c"]);
});
