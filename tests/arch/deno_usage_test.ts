import assert from "node:assert/strict";
import { PROGRAM, scanFiles } from "./source_scan.ts";

/** The only places that touch the runtime; everything else is given what it needs. */
const MAY_USE_DENO = /^(?:core\/platform\/|workers\/|cli\/run\.ts$|main\.ts$)/;

Deno.test("Deno values appear only at the edges of the program", () => {
  const wrong = scanFiles(PROGRAM)
    .filter(({ path }) => !MAY_USE_DENO.test(path))
    .flatMap(({ path, denoValues }) => denoValues.map(({ text, line }) => `${path}:${line} ${text}`));
  assert.deepEqual(wrong, []);
});
