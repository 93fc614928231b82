import assert from "node:assert/strict";
import { PROGRAM, scanFiles } from "./source_scan.ts";

Deno.test("console appears only in cli/output", () => {
  const wrong = scanFiles(PROGRAM)
    .filter(({ path }) => !path.startsWith("cli/output/"))
    .flatMap(({ path, consoleUses }) => consoleUses.map(({ text, line }) => `${path}:${line} ${text}`));
  assert.deepEqual(wrong, []);
});
