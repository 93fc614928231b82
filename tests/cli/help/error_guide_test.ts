import assert from "node:assert/strict";
import { EXIT_CODES } from "../../../cli/exit_code.ts";
import { ERROR_GUIDE, errorSection, exitMeanings } from "../../../cli/help/error_guide.ts";
import { ERROR_CODES } from "../../../core/base/errors.ts";
import { openCommandChecker } from "../../docs/command_checker.ts";
import { commandLinesOf } from "../../docs/command_lines.ts";
import { documentOf } from "../../docs/document_set.ts";

Deno.test("every error code has its text, its causes, something to do and an example", () => {
  assert.deepEqual(Object.keys(ERROR_GUIDE), [...ERROR_CODES]);
  for (const code of ERROR_CODES) {
    const { meaning, causes, remedies, example } = ERROR_GUIDE[code];
    for (const sentence of [meaning, ...causes, ...remedies]) assert.match(sentence, /^[A-Z`].*\.$/, code);
    assert.ok(causes.length > 0 && remedies.length > 0, code);
    assert.match(example[0] ?? "", /^\$ (?:MM_\S+ )?mm /, code);
    assert.ok(example.some((line) => /^error: /.test(line)), code);
    assert.ok(remedies.some((remedy) => /`mm |`unset |again|hint/.test(remedy)), `${code} names a command`);
  }
});

Deno.test("the commands that the guide advises can be typed", async () => {
  const check = await openCommandChecker();
  let count = 0;
  for (const code of ERROR_CODES) {
    for (const { line, args } of commandLinesOf(documentOf(code, errorSection(code, { level: 1 })))) {
      const problem = await check(args);
      assert.ok(
        problem === undefined || problem.startsWith("missing required argument"),
        `${code}: ${line}: ${problem}`,
      );
      count++;
    }
  }
  assert.ok(count > 30, `${count}`);
});

Deno.test("exitMeanings() has every exit code once, in order, and every error code", () => {
  const exits = exitMeanings();
  assert.deepEqual(exits.map(({ exitCode }) => exitCode), [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    129,
    130,
    143,
  ]);
  assert.deepEqual(new Set(exits.flatMap(({ codes }) => codes)), new Set(ERROR_CODES));
  for (const { exitCode, codes } of exits) {
    for (const code of codes) if (code !== "CANCELLED") assert.equal(EXIT_CODES[code], exitCode);
  }
});
