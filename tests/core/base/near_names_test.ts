import assert from "node:assert/strict";
import fc from "fast-check";
import { editDistance, meantHints, nearNames, nearRepos, suggest } from "../../../core/base/near_names.ts";

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

Deno.test("nearNames() finds what was meant, the likest first", () => {
  const names = ["config.json", "tokenizer.json", "tokenizer_config.json", "README.md"];
  assert.deepEqual(nearNames("tokenizr.json", names), ["tokenizer.json"]);
  assert.deepEqual(nearNames("CONFIG", names), ["config.json", "tokenizer_config.json"]);
  assert.deepEqual(nearNames("weights.bin", names), []);
  assert.deepEqual(nearNames("json", names, { limit: 1 }), ["config.json"]);
});

Deno.test("meantHints() is advice, or none", () => {
  assert.deepEqual(meantHints("siez", ["name", "size"]), ['Did you mean "size"?']);
  assert.deepEqual(meantHints("weight", ["name", "size"]), []);
});

Deno.test("nearRepos() finds the repository that was meant, by what people get wrong", () => {
  const repos = [
    "acme/tiny-GGUF",
    "acme/Llama-3.2-3B-Instruct-GGUF",
    "other/tiny",
    "acme/tiny",
    "acme/vision",
  ];
  assert.deepEqual(nearRepos("acme/tiyn-GGUF", repos), ["acme/tiny-GGUF"]);
  assert.deepEqual(nearRepos("acem/tiny-gguf", repos), ["acme/tiny-GGUF"]);
  assert.deepEqual(nearRepos("acme/llama-3.2-3b-instruct", repos), ["acme/Llama-3.2-3B-Instruct-GGUF"]);
  assert.deepEqual(nearRepos("somebody/tiny-GGUF", repos), ["acme/tiny-GGUF"]);
  assert.deepEqual(nearRepos("acme/model-1B", ["acme/other-7B"]), []);
  assert.deepEqual(nearRepos("acme/vision", repos), []);
});
