import assert from "node:assert/strict";
import { nearNames } from "../../../core/library/near_names.ts";

Deno.test("nearNames() finds what was meant, the likest first", () => {
  const names = ["config.json", "tokenizer.json", "tokenizer_config.json", "README.md"];
  assert.deepEqual(nearNames("tokenizr.json", names), ["tokenizer.json"]);
  assert.deepEqual(nearNames("CONFIG", names), ["config.json", "tokenizer_config.json"]);
  assert.deepEqual(nearNames("weights.bin", names), []);
  assert.deepEqual(nearNames("json", names, { limit: 1 }), ["config.json"]);
});
