import assert from "node:assert/strict";
import fc from "fast-check";
import { type CountBounds, countReader } from "../../cli/flags.ts";
import { ModelManagerError } from "../../core/base/errors.ts";

/** What is proposed in place of a text that is refused. */
function proposed(text: string, bounds: CountBounds): string | undefined {
  try {
    countReader("--n", bounds)(text);
  } catch (error) {
    if (error instanceof ModelManagerError) {
      return /^Write it like --n (\d+)$/.exec(error.hints[0] ?? "")?.[1];
    }
  }
  return undefined;
}

Deno.test("countReader() proposes what is nearest to a number that is too large, and an example for what is none", () => {
  assert.equal(proposed("2400", { minimum: 1, maximum: 1000 }), "1000");
  assert.equal(proposed("0", { minimum: 1, maximum: 1000 }), "4");
  assert.equal(proposed("many", { minimum: 1 }), "4");
  assert.equal(proposed("1", { minimum: 10 }), "10");
  assert.equal(proposed("99999", { minimum: 0, maximum: 65_535, example: 8787 }), "8787");
});

Deno.test("countReader() proposes only what it takes", () => {
  fc.assert(fc.property(fc.nat(100), fc.nat(100), fc.string(), (minimum, more, text) => {
    const bounds = { minimum, maximum: minimum + more };
    const value = proposed(text, bounds);
    if (value !== undefined) assert.ok(countReader("--n", bounds)(value) >= minimum);
  }));
});
