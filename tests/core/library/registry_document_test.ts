import assert from "node:assert/strict";
import { decodeRegistry, encodeRegistry } from "../../../core/library/registry_document.ts";

const FILE = {
  path: "m-Q4_K_M.gguf",
  sizeBytes: 4,
  sha256: "a".repeat(64),
  commit: "c".repeat(40),
  downloadDate: "2025-01-01T00:00:00.000Z",
  colour: "red",
};
const ENTRY = {
  modelId: "acme/m:Q4_K_M",
  modelType: "text-generation",
  path: "acme/m",
  status: "available",
  version: "c".repeat(40),
  sizeBytes: 4,
  downloadDate: "2025-01-01T00:00:00.000Z",
  rating: 5,
  metadata: {
    repo: "acme/m",
    revision: "main",
    commit: "c".repeat(40),
    quant: "Q4_K_M",
    files: [FILE],
    note: "x",
  },
};

function decode(value: unknown): ReturnType<typeof decodeRegistry> {
  return decodeRegistry(JSON.stringify(value), "/models/registry.json");
}

Deno.test("decodeRegistry() and encodeRegistry() keep every field, known or not", () => {
  const value = { owner: "somebody", version: 1, models: [ENTRY] };
  const document = decode(value);
  assert.deepEqual(document.problems, []);
  assert.deepEqual(JSON.parse(encodeRegistry(document)), value);
});

Deno.test("encodeRegistry() sorts entries by name", () => {
  const other = { ...ENTRY, modelId: "acme/a" };
  const text = encodeRegistry(decode({ version: 1, models: [ENTRY, other] }));
  assert.ok(text.indexOf("acme/a") < text.indexOf("acme/m:Q4_K_M"));
  assert.ok(text.endsWith("}\n"));
});

Deno.test("decodeRegistry() names the file, the line and the column of broken JSON", () => {
  const { models, problems } = decodeRegistry(
    '{\n  "version": 1,\n  "models": [}\n',
    "/models/registry.json",
  );
  assert.deepEqual(models, []);
  assert.match(problems[0] ?? "", /"\/models\/registry\.json" as JSON: .* at line 3, column 14$/);
});

Deno.test("decodeRegistry() keeps good entries beside bad ones, and says what is wrong", () => {
  const bad = { ...ENTRY, metadata: { ...ENTRY.metadata, files: [{ ...FILE, path: "../../etc/passwd" }] } };
  const { models, problems } = decode({ version: 1, models: [bad, ENTRY, 5, { ...ENTRY, sizeBytes: -1 }] });
  assert.deepEqual(models.map((entry) => entry.modelId), ["acme/m:Q4_K_M"]);
  assert.equal(problems.length, 3);
  assert.match(problems[0] ?? "", /Entry 1 of .* "path" has a wrong value/);
});

Deno.test("decodeRegistry() keeps the last of several entries of one model, and says so", () => {
  const { models, problems } = decode({ version: 1, models: [ENTRY, { ...ENTRY, rating: 6 }] });
  assert.deepEqual(models.map((entry) => ({ ...entry })), [{ ...ENTRY, rating: 6 }]);
  assert.deepEqual(problems, ['"/models/registry.json" has two entries of "acme/m:Q4_K_M"']);
});

Deno.test("decodeRegistry() fills in what an older program left out", () => {
  const { models: [entry], problems } = decode({ version: "1.0.0", models: [{ modelId: "acme/m" }] });
  assert.deepEqual(problems, []);
  assert.equal(entry?.metadata.repo, "acme/m");
  assert.deepEqual(entry?.metadata.files, []);
});

Deno.test("decodeRegistry() refuses a newer version, and reports shapes that are none", () => {
  assert.throws(() => decode({ version: 2, models: [] }), { code: "FAILED", message: /format version 2/ });
  for (
    const value of [[], 5, null, {}, { version: 1 }, { version: "x", models: [] }, { version: 1, models: {} }]
  ) {
    assert.equal(decode(value).problems.length, 1, JSON.stringify(value));
  }
});
