import assert from "node:assert/strict";
import fc from "fast-check";
import { readManifest } from "../../../core/library/manifest.ts";
import { editManifest, type ManifestEdit, newManifest } from "../../../core/library/manifest_edit.ts";

const TEXT = `{
  // what we need
  "models": [
    { "name": "acme/a:Q4_K_M", "x-own": 1 }, // first
    {
      "name": "acme/b", // second
      "tags": ["x"], /* why */
      "status": "pending"
    }
  ],
  "metadata": { "last_updated": "2024-01-01" }
}
`;

Deno.test("editManifest() sets fields where they are, and touches nothing else", () => {
  const edits: ManifestEdit[] = [
    { kind: "set", name: "acme/b", fields: { status: "completed", tags: ["x", "y"] } },
    { kind: "set", name: "ACME/a:Q4_K_M", fields: { enabled: false } },
  ];
  assert.equal(
    editManifest(TEXT, edits, { now: "2025-01-01T00:00:00.000Z" }),
    TEXT.replace('"pending"', '"completed"')
      .replace('["x"]', '["x", "y"]')
      .replace('"x-own": 1 }', '"x-own": 1, "enabled": false }')
      .replace("2024-01-01", "2025-01-01T00:00:00.000Z"),
  );
});

Deno.test("editManifest() that changes nothing gives the same text, its date included", () => {
  const edits: ManifestEdit[] = [
    { kind: "set", name: "acme/b", fields: { status: "pending", tags: ["x"], description: null } },
    { kind: "remove", name: "acme/none" },
  ];
  assert.equal(editManifest(TEXT, edits, { now: "2025-01-01" }), TEXT);
});

Deno.test("editManifest() adds and removes models, and takes fields out", () => {
  const added = editManifest(TEXT, [{
    kind: "add",
    fields: { name: "acme/c", priority: "high", description: null },
  }]);
  assert.equal(
    added,
    TEXT.replace(
      "    }\n  ],",
      '    },\n    {\n      "name": "acme/c",\n      "priority": "high"\n    }\n  ],',
    ),
  );
  assert.equal(editManifest(added, [{ kind: "remove", name: "acme/c" }]), TEXT);
  const without = editManifest(TEXT, [{ kind: "set", name: "acme/b", fields: { tags: null } }]);
  assert.equal(without, TEXT.replace('      "tags": ["x"], /* why */\n', ""));
});

Deno.test("newManifest() is a manifest, to which models can be added", () => {
  const text = editManifest(newManifest("2025-01-01T00:00:00.000Z"), [{
    kind: "add",
    fields: { name: "acme/a" },
  }]);
  assert.deepEqual(readManifest(text).manifest?.models.map(({ name }) => name), ["acme/a"]);
});

Deno.test("whatever is edited, the manifest can be read, and every comment is still there", () => {
  const name = fc.constantFrom("acme/a:Q4_K_M", "acme/b", "acme/c");
  const fields = fc.record({
    description: fc.option(fc.string()),
    enabled: fc.boolean(),
    tags: fc.array(fc.string(), { maxLength: 3 }),
  }, { requiredKeys: [], noNullPrototype: true });
  const edit: fc.Arbitrary<ManifestEdit> = fc.record({ name, fields }).map(({ name, fields }) => ({
    kind: "set",
    name,
    fields,
  }));
  fc.assert(fc.property(fc.array(edit, { maxLength: 5 }), (edits) => {
    const next = editManifest(TEXT, edits);
    const { manifest, problems } = readManifest(next);
    assert.deepEqual(problems, [], next);
    for (const comment of ["// what we need", "// first", "// second"]) {
      assert.ok(next.includes(comment), next);
    }
    const last = edits.findLast((each) =>
      each.kind === "set" && each.name === "acme/b" && each.fields["enabled"] !== undefined
    );
    if (last?.kind === "set") assert.equal(manifest?.models[1]?.enabled, last.fields["enabled"]);
  }));
});
