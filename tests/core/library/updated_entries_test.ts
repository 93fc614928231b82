import assert from "node:assert/strict";
import type { ModelEntry, RegisteredFile } from "../../../core/library/model_entry.ts";
import { addEntries } from "../../../core/library/registration.ts";
import { withUpdate } from "../../../core/library/updated_entries.ts";

const OLD = "a".repeat(40);
const NEW = "b".repeat(40);

function file(path: string, fields: Partial<RegisteredFile> = {}): RegisteredFile {
  const downloadDate = "2025-01-01T00:00:00.000Z";
  return { path, sizeBytes: 10, sha256: "1".repeat(64), commit: OLD, downloadDate, ...fields };
}

function add(
  entries: readonly ModelEntry[],
  paths: readonly string[],
  repo = "acme/m",
): readonly ModelEntry[] {
  const files = paths.map((path) => file(path));
  return addEntries(entries, { repo, revision: "main", commit: OLD, modelType: "text-generation", files })
    .entries;
}

const fresh = (path: string): RegisteredFile =>
  file(path, {
    sizeBytes: 20,
    sha256: "2".repeat(64),
    commit: NEW,
    downloadDate: "2025-02-01T00:00:00.000Z",
  });

function find(entries: readonly ModelEntry[], modelId: string): ModelEntry {
  const entry = entries.find((each) => each.modelId === modelId);
  assert.ok(entry, modelId);
  return entry;
}

Deno.test("withUpdate() replaces records, keeps those of removed files, and keeps the name of the model", () => {
  const before = add([], ["m-Q4_K_M.gguf", "README.md", "LICENSE"]);
  const update = { modelId: "acme/m:Q4_K_M", revision: "main", commit: NEW, same: ["README.md"] };
  const after = withUpdate(before, { ...update, files: [fresh("m-Q4_K_M.gguf")] });
  assert.deepEqual(after.map((entry) => entry.modelId), ["acme/m:Q4_K_M"]);
  const entry = find(after, "acme/m:Q4_K_M");
  assert.deepEqual(entry.metadata.files.map(({ path, commit, sizeBytes }) => [path, commit, sizeBytes]), [
    ["m-Q4_K_M.gguf", NEW, 20],
    ["README.md", NEW, 10],
    ["LICENSE", OLD, 10],
  ]);
  assert.equal(entry.sizeBytes, 40);
  assert.equal(entry.version, NEW);
  assert.equal(entry.metadata.commit, NEW);
  assert.equal(entry.downloadDate, "2025-02-01T00:00:00.000Z");
});

Deno.test("withUpdate() adds what has come to a model, and changes shared files wherever they are", () => {
  const before = add(add([], ["m-Q4_K_M.gguf", "README.md"]), ["m-Q8_0.gguf", "README.md"]);
  const after = withUpdate(add(before, ["README.md", "x-Q8_0.gguf"], "acme/other"), {
    modelId: "acme/m:Q4_K_M",
    revision: "main",
    commit: NEW,
    same: [],
    files: [fresh("README.md"), fresh("config.json")],
  });
  const paths = (id: string): unknown[] =>
    find(after, id).metadata.files.map((each) => [each.path, each.commit]);
  assert.deepEqual(paths("acme/m:Q4_K_M"), [["m-Q4_K_M.gguf", OLD], ["README.md", NEW], [
    "config.json",
    NEW,
  ]]);
  assert.deepEqual(paths("acme/m:Q8_0"), [["m-Q8_0.gguf", OLD], ["README.md", NEW]]);
  assert.equal(find(after, "acme/m:Q8_0").metadata.commit, OLD, "its weights are still of that one");
  assert.ok(after.every((entry) => entry.metadata.repo === "acme/m" || entry.version === OLD));
});

Deno.test("withUpdate() leaves everything as it is when the model was removed meanwhile", () => {
  const before = add([], ["m-Q4_K_M.gguf"]);
  const update = {
    modelId: "acme/m:Q8_0",
    revision: "main",
    commit: NEW,
    same: [],
    files: [fresh("m-Q8_0.gguf")],
  };
  assert.equal(withUpdate(before, update), before);
});
