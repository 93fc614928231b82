import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { readmeBlocks } from "../../../../cli/tui/details/readme_blocks.ts";
import { plainText, withoutComments } from "../../../../cli/tui/details/readme_inline.ts";
import { readmeLines } from "../../../../cli/tui/details/readme_lines.ts";
import { testFrame } from "../../../support/tui_screens.ts";
import { PAGE } from "./details_fixtures.ts";

Deno.test("plainText() leaves the words of marks, links and tags", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["**bold**, *it*, __b__, _i_, ~~gone~~, ***both***", "bold, it, b, i, gone, both"],
    ["a [link](https://x.example/a_(b)) and [another][1]", "a link and another"],
    ["[![badge](https://x/y.svg)](https://x) left", "left"],
    ["<https://x.example/y> stays", "https://x.example/y stays"],
    ["<p align='center'>A<br/>B</p>", "A B"],
    ["`a_b_c *x* <b>` and snake_case_name", "a_b_c *x* <b> and snake_case_name"],
    ["2 * 3 * 4 < 5 and 6 > 5", "2 * 3 * 4 < 5 and 6 > 5"],
    ["&lt;b&gt; &amp;amp; &#65;&#x42; &nosuch; &#99999999;", "<b> &amp; AB &nosuch; &#99999999;"],
    ["\\*not bold\\* \\_", "*not bold* _"],
  ];
  for (const [text, wanted] of cases) strictEqual(plainText(text), wanted, text);
});

Deno.test("withoutComments() takes comments away, also one without an end", () => {
  strictEqual(withoutComments("a<!-- b\nc -->d<!---->e<!-- f"), "ade");
});

Deno.test("readmeBlocks() finds headings, lists, quotations, code and tables", () => {
  deepStrictEqual(readmeBlocks(PAGE).map(({ kind }) => kind), [
    "heading",
    "paragraph",
    "table",
    "heading",
    "item",
    "item",
    "item",
    "quote",
    "code",
  ]);
  deepStrictEqual(readmeBlocks("Title\n===\n\nSub\n---\n\n---\n\n    code\n\ntext\n[1]: https://x"), [
    { kind: "heading", level: 1, text: "Title" },
    { kind: "heading", level: 2, text: "Sub" },
    { kind: "code", lines: ["code"] },
    { kind: "paragraph", text: "text" },
  ]);
  deepStrictEqual(readmeBlocks("- a\n  - b\n3) c\nmore"), [
    { kind: "item", depth: 0, marker: "", text: "a" },
    { kind: "item", depth: 1, marker: "", text: "b" },
    { kind: "item", depth: 0, marker: "3)", text: "c more" },
  ]);
});

Deno.test("readmeBlocks() reads code to its own end, or to the end of the page", () => {
  deepStrictEqual(readmeBlocks("````\n```\n# no heading\n````\nafter\n~~~\n**x**"), [
    { kind: "code", lines: ["```", "# no heading"] },
    { kind: "paragraph", text: "after" },
    { kind: "code", lines: ["**x**"] },
  ]);
});

Deno.test("readmeLines() fits every page into every width, and lets no control character through", () => {
  const { measure } = testFrame();
  const part = fc.constantFrom(
    "# ",
    "- ",
    "  * ",
    "1. ",
    "> ",
    "```",
    "~~~\n",
    "| a | b |",
    "|-|-|",
    "\n",
    "\n\n",
    "    ",
    "<b>",
    "<!--",
    "-->",
    "[x](y)",
    "![",
    "**",
    "_",
    "`",
    "日本語モデル",
    "👩‍👩‍👧‍👦",
    "\u001b[31m",
    "\u202e",
    "word ",
    "x".repeat(120),
    "\t",
    "&amp;",
    "---\n",
    "===\n",
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(part, fc.string({ unit: "binary", maxLength: 12 })), { maxLength: 60 }),
      fc.integer({ min: 10, max: 120 }),
      (parts, columns) => {
        for (const line of readmeLines(readmeBlocks(parts.join("")), testFrame({ columns }))) {
          ok(measure(line) <= columns, JSON.stringify(line));
          ok(!/[\p{Cc}\u202e]/u.test(line), JSON.stringify(line));
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("readmeBlocks() reads a page that was made to be slow at once", () => {
  const evil = [
    "<a",
    "[",
    "*",
    "_a",
    "<!--",
    "`",
    "![",
    "~~a",
    "- ",
    "#",
    "[a](",
    "|:-",
    "**a ",
    "`a",
    "<br ",
    " #",
    "- - ",
  ];
  for (const text of evil) {
    const startMs = performance.now();
    readmeBlocks(text.repeat(Math.ceil(65_536 / text.length)));
    readmeBlocks(`x\n${text.repeat(Math.ceil(65_536 / text.length))}y`);
    ok(performance.now() - startMs < 3_000, JSON.stringify(text));
  }
});
