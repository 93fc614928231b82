import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { MODEL_FIELDS, SETTINGS_FIELDS } from "../../../core/library/manifest_fields.ts";
import { manifestSchema } from "../../../core/library/manifest_schema.ts";

Deno.test("docs/models.schema.json is the schema that the program has", async () => {
  const path = new URL("../../../docs/models.schema.json", import.meta.url);
  const text = await readFile(path, "utf8").catch(() => "");
  const wanted = `${JSON.stringify(manifestSchema(), undefined, 2)}\n`;
  assert.equal(text, wanted, "write it anew: deno task mm models schema > docs/models.schema.json");
});

Deno.test("the words of the schema are those that the checks let pass", () => {
  for (const [name, { schema, check }] of Object.entries({ ...MODEL_FIELDS, ...SETTINGS_FIELDS })) {
    const words = [schema["enum"] ?? [], schema["examples"] ?? []].flat();
    for (const word of words) assert.equal(check(word), undefined, `${name}: ${word}`);
    if (schema["enum"] !== undefined) assert.ok(check("no such word") !== undefined, name);
  }
});
