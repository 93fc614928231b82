import assert from "node:assert/strict";
import fc from "fast-check";
import { findJsonError } from "../../../core/platform/json_position.ts";

Deno.test("findJsonError() names the line and column where the text goes wrong", () => {
  const cases: readonly (readonly [text: string, line: number, column: number])[] = [
    ['{\n  "version": 1,\n  "models": [}\n', 3, 14],
    ['{"a": 1,}', 1, 9],
    ['{\n "a": 1', 2, 8],
    ["", 1, 1],
    ['{\n "a": tru\n}', 2, 7],
    ['{"a" 1}', 1, 6],
    ["[1,\n2\n3]", 3, 1],
    ['{"a": "x\ny"}', 1, 7],
    ["1 2", 1, 3],
    ["01", 1, 2],
  ];
  for (const [text, line, column] of cases) assert.deepEqual(findJsonError(text), { line, column }, text);
});

Deno.test("findJsonError() finds nothing wrong with JSON, whatever it holds", () => {
  fc.assert(fc.property(fc.json(), (text) => assert.equal(findJsonError(text), undefined)));
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert.equal(findJsonError(JSON.stringify(value, null, 2)), undefined);
  }));
});

Deno.test("findJsonError() finds an error whenever JSON.parse does", () => {
  const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", "}", ",", '"', "x", "\n", "\u0001", "\\"))
    .map(([text, at, change]) =>
      text.slice(0, at % (text.length + 1)) + change + text.slice((at % (text.length + 1)) + 1)
    );
  fc.assert(
    fc.property(broken, (text) => {
      let bad = false;
      try {
        JSON.parse(text);
      } catch {
        bad = true;
      }
      assert.equal(findJsonError(text) !== undefined, bad, JSON.stringify(text));
    }),
    { numRuns: 500 },
  );
});

Deno.test("findJsonError() gives up on a text that is nested too deeply", () => {
  assert.equal(findJsonError("[".repeat(1_000_000)), undefined);
});
