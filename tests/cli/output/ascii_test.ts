import assert from "node:assert/strict";
import { asciiSigns } from "../../../cli/output/ascii.ts";

Deno.test("asciiSigns() replaces our signs one by one, and no letters of names", () => {
  assert.equal(asciiSigns("✓ a…b  ███░░  50 %"), "+ a~b  ###--  50 %");
  assert.equal(asciiSigns("modèle 日本"), "modèle 日本");
  for (const sign of "…·–—×•›←→↑↓─│█░✓✗") {
    assert.match(asciiSigns(sign), /^[\x21-\x7e]$/, sign);
  }
});
