/**
 * What the documents show as output of the program is what the program says.
 *
 * @module
 */
import assert from "node:assert/strict";
import { EXIT_CODES } from "../../cli/exit_code.ts";
import { ERROR_GUIDE } from "../../cli/help/error_guide.ts";
import { ERROR_CODES } from "../../core/base/errors.ts";
import { captureErrors } from "../docs/captures.ts";
import { CAPTURED_PAGES } from "../docs/pages.ts";

/** Whether some lines stand among others, in their order. */
function standsIn(lines: readonly string[], all: readonly string[]): boolean {
  let at = 0;
  for (const line of all) if (line === lines[at]) at++;
  return at === lines.length;
}

Deno.test("the example of every error code is what the program says, with the exit code of the table", async (t) => {
  const captures = await captureErrors();
  for (const code of ERROR_CODES) {
    await t.step(code, () => {
      const { lines, exitCode } = captures[code];
      const { example } = ERROR_GUIDE[code];
      assert.ok(
        example.length >= 2 && standsIn(example, lines),
        `cli/help/error_guide.ts has\n${example.join("\n")}\n\nand the program says\n${lines.join("\n")}`,
      );
      assert.equal(exitCode, EXIT_CODES[code]);
    });
  }
});

for (const { url, render } of CAPTURED_PAGES) {
  const name = url.pathname.split("/").at(-1);
  Deno.test(`docs/${name} shows what the program prints: else run deno task docs`, async () => {
    assert.equal(await Deno.readTextFile(url), await render());
  });
}
