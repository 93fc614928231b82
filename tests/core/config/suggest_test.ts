import assert from "node:assert/strict";
import fc from "fast-check";
import { editDistance, suggest } from "../../../core/config/suggest.ts";

Deno.test("suggest() finds the name that was meant", () => {
  const known = ["models_dir", "download.connections", "download.timeout", "log.level"];
  assert.equal(suggest("modelsdir", known), "models_dir");
  assert.equal(suggest("download.conections", known), "download.connections");
  assert.equal(suggest("LOG.LEVEL", known), "log.level");
  assert.equal(suggest("connections", known), "download.connections");
  assert.equal(suggest("colour", known), undefined);
});

Deno.test("editDistance() is a distance: zero only for equals, the same both ways, bounded by the longer", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(fc.property(word, word, (a, b) => {
    const distance = editDistance(a, b);
    assert.equal(distance === 0, a === b);
    assert.equal(distance, editDistance(b, a));
    assert.ok(distance <= Math.max(a.length, b.length));
    assert.ok(distance >= Math.abs(a.length - b.length));
  }));
});

Deno.test("editDistance() counts a swap of neighbours once", () => {
  assert.equal(editDistance("serach", "search"), 1);
});
