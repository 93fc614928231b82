import assert from "node:assert/strict";
import { anchorOf, parseInline, parseMarkdown, plainOf } from "../../../cli/help/markdown.ts";

Deno.test("parseMarkdown() reads every kind of block that our pages have", () => {
  const text = [
    "<!-- a note -->",
    "# Title `x`",
    "",
    "Two lines",
    "of one.",
    "",
    "- one",
    "  goes on",
    "  - inside",
    "2. [x] two",
    "",
    "> a note",
    "> of two lines",
    "",
    "| a | b |",
    "| - | --- |",
    "| 1 | `x\\|y` |",
    "",
    "---",
    "```sh",
    "# no heading",
    "",
    "mm list",
    "```",
    "~~~",
    "```",
    "~~~",
    "end",
  ].join("\n");
  assert.deepEqual(parseMarkdown(text), [
    { kind: "heading", level: 1, text: "Title `x`" },
    { kind: "paragraph", text: "Two lines of one." },
    { kind: "item", indent: 0, marker: "-", text: "one goes on" },
    { kind: "item", indent: 2, marker: "-", text: "inside" },
    { kind: "item", indent: 0, marker: "2.", text: "two" },
    { kind: "quote", text: "a note of two lines" },
    { kind: "table", header: ["a", "b"], rows: [["1", "`x|y`"]] },
    { kind: "code", language: "sh", lines: ["# no heading", "", "mm list"] },
    { kind: "code", language: "", lines: ["```"] },
    { kind: "paragraph", text: "end" },
  ]);
});

Deno.test("parseMarkdown() ends with a page that ends in the middle, or is empty", () => {
  assert.deepEqual(parseMarkdown(""), []);
  assert.deepEqual(parseMarkdown("```sh\nmm list"), [{ kind: "code", language: "sh", lines: ["mm list"] }]);
  assert.deepEqual(parseMarkdown("| a |\r\n\r\n"), [{ kind: "paragraph", text: "| a |" }]);
});

Deno.test("parseInline() tells code, emphasis and links from text", () => {
  assert.deepEqual(
    parseInline("a `b *c*` **d** _e_ [f `g`](h.md#i) <https://j.example> k_l_m *.json \\<n>"),
    [
      { kind: "text", text: "a " },
      { kind: "code", text: "b *c*" },
      { kind: "text", text: " " },
      { kind: "strong", text: "d" },
      { kind: "text", text: " " },
      { kind: "strong", text: "e" },
      { kind: "text", text: " " },
      { kind: "link", text: "f g", target: "h.md#i" },
      { kind: "text", text: " " },
      { kind: "link", text: "https://j.example", target: "https://j.example" },
      { kind: "text", text: " k_l_m *.json <n>" },
    ],
  );
  assert.equal(plainOf("**a** `b` [c](d)"), "a b c");
});

Deno.test("anchorOf() names headings as forges do", () => {
  const used = new Set<string>();
  assert.deepEqual(
    ["Exit codes", "`mm pull`: why?", "CHECKSUM_MISMATCH", "Exit codes", "A – b"].map((text) =>
      anchorOf(text, used)
    ),
    ["exit-codes", "mm-pull-why", "checksum_mismatch", "exit-codes-1", "a--b"],
  );
});
