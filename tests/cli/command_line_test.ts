import assert from "node:assert/strict";
import fc from "fast-check";
import { formatCommandLine, quoteArgument } from "../../cli/command_line.ts";

/** Splits as a shell does: single quotes, and a backslash outside of them. */
function shellSplit(text: string): string[] {
  const words = text.match(/(?:'[^']*'|\\[^]|[^\s'\\])+/g) ?? [];
  return words.map((word) =>
    word.replace(/'([^']*)'|\\([^])/g, (_all, quoted, escaped) => quoted ?? escaped)
  );
}

Deno.test("formatCommandLine() leaves out the token in either form", () => {
  assert.equal(
    formatCommandLine(["pull", "--token", "hf_x", "a/b:Q4_K_M", "--token=hf_y", "-x", "*.bin"]),
    "mm pull a/b:Q4_K_M -x '*.bin'",
  );
});

Deno.test("quoteArgument() gives a shell back what was typed", () => {
  assert.equal(quoteArgument("it's"), String.raw`'it'\''s'`);
  assert.equal(quoteArgument(""), "''");
  // Both shells of Windows take double quotes.
  assert.equal(quoteArgument("C:\\My Models"), '"C:\\My Models"');
  assert.equal(quoteArgument("\\\\nas\\models"), '"\\\\nas\\models"');
  assert.equal(quoteArgument("c:\\a$b"), "'c:\\a$b'");
  fc.assert(fc.property(fc.string({ minLength: 1 }), (argument) => {
    assert.deepEqual(shellSplit(`mm ${quoteArgument(argument)}`), ["mm", argument]);
  }));
});
