import assert from "node:assert/strict";
import { adoptable, adoptFiles, type FoundFile, taskOfCard } from "../../../core/library/adoption.ts";
import { type ModelEntry, UNKNOWN_COMMIT } from "../../../core/library/model_entry.ts";
import { addEntries } from "../../../core/library/registration.ts";

function found(repo: string, path: string): FoundFile {
  const date = "2025-01-01T00:00:00.000Z";
  return { repo, path, sizeBytes: 5, commit: UNKNOWN_COMMIT, downloadDate: date, modifiedAtMs: 1 };
}

const COMMIT = "c".repeat(40);

function pulled(repo: string, path: string): readonly ModelEntry[] {
  const { repo: _, ...file } = found(repo, path);
  return addEntries([], {
    repo,
    revision: "v1",
    commit: COMMIT,
    modelType: "embedding",
    files: [{ ...file, sha256: "a".repeat(64), commit: COMMIT }],
  }).entries;
}

function proved(file: FoundFile): FoundFile {
  return { ...file, sha256: "b".repeat(64) };
}

const NO_TYPE = { typeOf: () => undefined };

Deno.test("adoptable() leaves out what is known, and texts beside what was downloaded", () => {
  const files = [
    found("acme/m", "m-Q8_0.gguf"),
    found("acme/m", "m-Q4_0.gguf"),
    found("acme/m", "notes.txt"),
    found("mine/tune", "model.safetensors"),
    found("mine/tune", "config.json"),
  ];
  const names = (registered: readonly ModelEntry[]) =>
    adoptable(files, registered).map(({ repo, path }) => `${repo}/${path}`);
  assert.deepEqual(names(pulled("acme/m", "m-Q8_0.gguf")), [
    "acme/m/m-Q4_0.gguf",
    "mine/tune/model.safetensors",
    "mine/tune/config.json",
  ]);
  const unproved = adoptFiles([], [files[0] as FoundFile], NO_TYPE).entries;
  assert.ok(names(unproved).includes("acme/m/m-Q8_0.gguf"), "a digest is still wanted");
});

Deno.test("adoptFiles() makes entries of an unknown commit, one a unit, with the card's type", () => {
  const files = ["m-Q8_0.gguf", "m-F16-00001-of-00002.gguf", "m-F16-00002-of-00002.gguf"]
    .map((path) => proved(found("acme/m", path)));
  const { entries, modelIds } = adoptFiles([], files, { typeOf: () => "image-to-text" });
  assert.deepEqual([...modelIds].sort(), ["acme/m:F16", "acme/m:Q8_0"]);
  for (const entry of entries) {
    assert.deepEqual([entry.status, entry.version, entry.modelType], [
      "available",
      "unknown",
      "image-to-text",
    ]);
  }
  assert.equal(adoptFiles([], files, NO_TYPE).entries[0]?.modelType, "text-generation");
});

Deno.test("adoptFiles() leaves what was downloaded what it is", () => {
  const before = pulled("acme/m", "m-Q8_0-00001-of-00002.gguf");
  const file = proved(found("acme/m", "m-Q8_0-00002-of-00002.gguf"));
  const { entries } = adoptFiles(before, [file], NO_TYPE);
  const [entry] = entries;
  assert.equal(entries.length, 1);
  assert.deepEqual([entry?.version, entry?.modelType, entry?.metadata.revision, entry?.metadata.commit], [
    COMMIT,
    "embedding",
    "v1",
    COMMIT,
  ]);
  assert.deepEqual(entry?.metadata.files.map(({ commit }) => commit).sort(), [COMMIT, UNKNOWN_COMMIT]);
});

Deno.test("taskOfCard() reads the head of a model card", () => {
  assert.equal(taskOfCard("---\nlicense: mit\npipeline_tag: text-to-image\n---\n# Hi\n"), "text-to-image");
  assert.equal(taskOfCard("---\r\npipeline_tag: 'text-ranking'\r\n---\r\n"), "text-ranking");
  assert.equal(taskOfCard("# Hi\n\npipeline_tag: text-to-image\n"), undefined);
  assert.equal(taskOfCard("---\nlicense: mit\n---\npipeline_tag: text-to-image\n"), undefined);
  assert.equal(taskOfCard(""), undefined);
});
