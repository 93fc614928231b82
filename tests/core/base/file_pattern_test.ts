import assert from "node:assert/strict";
import fc from "fast-check";
import { compilePattern, isPattern } from "../../../core/base/file_pattern.ts";

/** Pattern, path, and what Python's `fnmatch.fnmatchcase` says (3.13). */
const cases: readonly (readonly [string, string, boolean])[] = [
  ["*.gguf", "model.gguf", true],
  ["*.gguf", "sub/folder/model.gguf", true],
  ["*.gguf", "model.GGUF", false],
  ["*.gguf", "model.gguf.part", false],
  ["model", "model", true],
  ["model", "a/model", false],
  ["?.bin", "a.bin", true],
  ["?.bin", "ab.bin", false],
  ["?.bin", "😀.bin", true],
  ["a?b", "a/b", true],
  ["[abc].bin", "b.bin", true],
  ["[a-c].bin", "d.bin", false],
  ["[!a-c].bin", "d.bin", true],
  ["[!a-c].bin", "a.bin", false],
  ["[^a].bin", "^.bin", true],
  ["[^a].bin", "b.bin", false],
  ["[]]x", "]x", true],
  ["[]a]x", "ax", true],
  ["[!]a]x", "bx", true],
  ["[!]a]x", "ax", false],
  ["[!]a]x", "]x", false],
  ["[!]x", "[!]x", true],
  ["[]x", "[]x", true],
  ["[x", "[x", true],
  ["[z-a]", "m", false],
  ["[z-ax]", "x", true],
  ["[!z-a]", "m", true],
  ["[a-]x", "-x", true],
  ["[-a]x", "-x", true],
  ["[a-c-e]", "-", true],
  ["[a-c-e]", "d", false],
  ["[\\]x", "\\x", true],
  ["a.b", "axb", false],
  ["a+(b)|c{1}^$", "a+(b)|c{1}^$", true],
  ["**/*.json", "a/b.json", true],
  ["**/*.json", "b.json", false],
  ["*", "", true],
  ["*", "a\nb", true],
  ["", "", true],
  ["", "a", false],
];

for (const [pattern, path, expected] of cases) {
  Deno.test(`compilePattern(${JSON.stringify(pattern)}) is ${expected} for ${JSON.stringify(path)}`, () => {
    assert.equal(compilePattern(pattern)(path), expected);
  });
}

Deno.test("compilePattern() reads a trailing slash as everything below", () => {
  const below = compilePattern("onnx/");
  assert.ok(below("onnx/model.onnx"));
  assert.ok(below("onnx/a/b"));
  assert.ok(!below("onnx.md"));
  assert.ok(!below("a/onnx/b"));
});

/** The meaning in its plainest form: exponential, so only for short texts. */
function naiveMatch(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] === "*") {
    return naiveMatch(pattern.slice(1), text) || (text !== "" && naiveMatch(pattern, text.slice(1)));
  }
  return text !== "" && (pattern[0] === "?" || pattern[0] === text[0]) &&
    naiveMatch(pattern.slice(1), text.slice(1));
}

Deno.test("compilePattern() agrees with the plain meaning of * and ?", () => {
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 8 });
  const path = fc.string({ unit: fc.constantFrom("a", "b", ".", "/"), maxLength: 10 });
  fc.assert(
    fc.property(pattern, path, (glob, text) => {
      assert.equal(compilePattern(glob)(text), naiveMatch(glob, text));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("compilePattern() reads a text without pattern characters as itself", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (text, other) => {
    fc.pre(!isPattern(text) && !text.endsWith("/"));
    assert.ok(compilePattern(text)(text));
    assert.equal(compilePattern(text)(other), other === text);
  }));
});

Deno.test("compilePattern() stays quick when a pattern has many stars", () => {
  const test = compilePattern(`${"*a".repeat(40)}*b`);
  const startedMs = performance.now();
  assert.ok(!test("a".repeat(2_000)));
  assert.ok(performance.now() - startedMs < 1_000);
});

Deno.test("isPattern() looks for pattern characters", () => {
  assert.ok(["*", "a?", "[a]"].every(isPattern));
  assert.ok(!["", "Q4_K_M", "a/b.gguf", "a]"].some(isPattern));
});
