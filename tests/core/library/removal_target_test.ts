import assert from "node:assert/strict";
import { findParts } from "../../../core/library/find_entries.ts";
import type { ModelEntry, RegisteredFile } from "../../../core/library/model_entry.ts";
import { addEntries } from "../../../core/library/registration.ts";
import { splitEntries } from "../../../core/library/removal_target.ts";
import { parseReference } from "../../../core/base/reference.ts";

function file(path: string): RegisteredFile {
  return {
    path,
    sizeBytes: path.length,
    sha256: "a".repeat(64),
    commit: "c".repeat(40),
    downloadDate: "2025-01-01T00:00:00.000Z",
  };
}

function add(entries: readonly ModelEntry[], repo: string, paths: readonly string[]): readonly ModelEntry[] {
  const draft = { repo, revision: "main", commit: "c".repeat(40), modelType: "text-generation" } as const;
  return addEntries(entries, { ...draft, files: paths.map(file) }).entries;
}

const Q4 = "m-Q4_K_M.gguf", Q8 = "m-Q8_0.gguf", EYES = "mmproj-F16.gguf";
const ENTRIES = [[Q4, EYES], [Q8, EYES]].reduce<readonly ModelEntry[]>(
  (entries, paths) => add(entries, "acme/m", paths),
  add([], "acme/plain", ["config.json", "model.safetensors"]),
);

/** What a reference leaves: each entry with its files. */
function after(reference: string): string[] {
  const rest = findParts(ENTRIES, parseReference(reference))
    .reduce<readonly ModelEntry[]>((entries, part) => splitEntries(entries, part).rest, ENTRIES);
  return rest.map(({ modelId, metadata }) => `${modelId} ${metadata.files.map(({ path }) => path).join("+")}`)
    .sort();
}

const PLAIN = "acme/plain config.json+model.safetensors";

Deno.test("splitEntries() of a unit leaves the others as they are", () => {
  assert.deepEqual(after("acme/m:Q4_K_M"), [`acme/m:Q8_0 ${Q8}+${EYES}`, PLAIN]);
  assert.deepEqual(after("acme/m"), [PLAIN]);
});

Deno.test("splitEntries() of a file takes it out of every entry that has it", () => {
  assert.deepEqual(after(`acme/m:${EYES}`), [`acme/m:Q4_K_M ${Q4}`, `acme/m:Q8_0 ${Q8}`, PLAIN]);
  assert.deepEqual(after("acme/plain:config.json"), [
    `acme/m:Q4_K_M ${Q4}+${EYES}`,
    `acme/m:Q8_0 ${Q8}+${EYES}`,
    "acme/plain model.safetensors",
  ]);
});

Deno.test("splitEntries() gives what is left of a model without its weights another name", () => {
  const rest = splitEntries(add([], "acme/m", [Q4, EYES]), {
    entry: add([], "acme/m", [Q4, EYES])[0] as ModelEntry,
    paths: [Q4],
  }).rest;
  assert.deepEqual(rest.map(({ modelId, metadata }) => [modelId, metadata.quant]), [[
    `acme/m:${EYES}`,
    null,
  ]]);
  // Another one has it, and that is enough.
  assert.deepEqual(after(`acme/m:${Q4}`), [`acme/m:Q8_0 ${Q8}+${EYES}`, PLAIN]);
  assert.deepEqual(after("acme/m:*.gguf"), [PLAIN]);
  assert.deepEqual(after("acme/plain:*"), [`acme/m:Q4_K_M ${Q4}+${EYES}`, `acme/m:Q8_0 ${Q8}+${EYES}`]);
});

Deno.test("splitEntries() gives the same list when nothing of it goes", () => {
  const [entry] = add([], "acme/begun", ["b-Q2_K.gguf"]);
  assert.ok(entry);
  assert.equal(splitEntries(ENTRIES, { entry }).rest, ENTRIES);
  assert.equal(splitEntries(ENTRIES, { entry, paths: ["b-Q2_K.gguf"] }).rest, ENTRIES);
});

Deno.test("findParts() reads labels before paths, and names files only where files were asked for", () => {
  const parts = (reference: string) =>
    findParts(ENTRIES, parseReference(reference)).map(({ entry, paths }) => [entry.modelId, paths]);
  assert.deepEqual(parts("acme/m:q8_0"), [["acme/m:Q8_0", undefined]]);
  assert.deepEqual(parts(`acme/m:${Q8}`), [["acme/m:Q8_0", [Q8]]]);
  assert.deepEqual(parts("acme/m:*Q4*"), [["acme/m:Q4_K_M", [Q4]]]);
  assert.deepEqual(parts(`acme/m:${EYES}`), [["acme/m:Q4_K_M", [EYES]], ["acme/m:Q8_0", [EYES]]]);
  assert.deepEqual(parts("acme/m:none"), []);
});
