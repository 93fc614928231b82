import assert from "node:assert/strict";
import type { ModelEntry, RegisteredFile } from "../../../core/library/model_entry.ts";
import { addEntries, type EntryDraft, noteUse } from "../../../core/library/registration.ts";

const COMMIT = "c".repeat(40);

function file(path: string, fields: Partial<RegisteredFile> = {}): RegisteredFile {
  const sha256 = "a".repeat(64);
  return { path, sizeBytes: 10, sha256, commit: COMMIT, downloadDate: "2025-01-01T00:00:00.000Z", ...fields };
}

function draft(files: readonly RegisteredFile[], fields: Partial<EntryDraft> = {}): EntryDraft {
  return { repo: "acme/m", revision: "main", commit: COMMIT, modelType: "text-generation", files, ...fields };
}

function add(entries: readonly ModelEntry[], next: EntryDraft): readonly ModelEntry[] {
  return addEntries(entries, next).entries;
}

function summary(entries: readonly ModelEntry[]): Record<string, string[]> {
  return Object.fromEntries(
    entries.map((entry) => [entry.modelId, entry.metadata.files.map(({ path }) => path)]),
  );
}

Deno.test("addEntries() names entries by quant, by path, or by repository", () => {
  assert.deepEqual(summary(add([], draft([file("m-Q4_K_M.gguf"), file("mmproj-F16.gguf")]))), {
    "acme/m:Q4_K_M": ["m-Q4_K_M.gguf", "mmproj-F16.gguf"],
  });
  assert.deepEqual(summary(add([], draft([file("model.gguf")]))), { "acme/m:model.gguf": ["model.gguf"] });
  assert.deepEqual(summary(add([], draft([file("config.json")]))), { "acme/m:config.json": ["config.json"] });
  assert.deepEqual(summary(add([], draft([file("config.json"), file("model.safetensors")]))), {
    "acme/m": ["config.json", "model.safetensors"],
  });
});

Deno.test("addEntries() makes an entry of each unit, and one of what is left", () => {
  const entries = add(
    [],
    draft([file("m-Q4_K_M.gguf"), file("m-Q8_0.gguf"), file("README.md"), file("a.json")]),
  );
  assert.deepEqual(summary(entries), {
    "acme/m:Q4_K_M": ["m-Q4_K_M.gguf"],
    "acme/m:Q8_0": ["m-Q8_0.gguf"],
    "acme/m": ["README.md", "a.json"],
  });
  assert.deepEqual(entries.map((entry) => entry.metadata.quant), ["Q4_K_M", "Q8_0", null]);
});

Deno.test("addEntries() keeps two models of one label apart", () => {
  const first = add([], draft([file("7B-Q8_0.gguf")]));
  const both = add(first, draft([file("13B-Q8_0.gguf")]));
  assert.deepEqual(summary(both), {
    "acme/m:Q8_0": ["7B-Q8_0.gguf"],
    "acme/m:13B-Q8_0.gguf": ["13B-Q8_0.gguf"],
  });
  assert.deepEqual(summary(add(both, draft([file("13B-Q8_0.gguf")]))), summary(both), "the same again");
});

Deno.test("addEntries() brings an entry up to date and keeps the date of bytes that did not change", () => {
  const before = add([], draft([file("a.json", { pieces: ".cache/x.pieces" }), file("b.json")]));
  const commit = "d".repeat(40);
  const later = { commit, downloadDate: "2025-02-01T00:00:00.000Z" };
  const [entry] = add(
    before,
    draft([
      file("a.json", later),
      file("b.json", { ...later, sha256: "b".repeat(64) }),
      file("c.json", later),
    ], {
      commit,
    }),
  );
  assert.equal(entry?.version, commit);
  assert.equal(entry?.sizeBytes, 30);
  const [a, b] = entry?.metadata.files ?? [];
  assert.deepEqual([a?.downloadDate, a?.commit, a?.pieces], [
    "2025-01-01T00:00:00.000Z",
    commit,
    ".cache/x.pieces",
  ]);
  assert.deepEqual([b?.downloadDate, b?.sha256], ["2025-02-01T00:00:00.000Z", "b".repeat(64)]);
  assert.equal(entry?.downloadDate, "2025-02-01T00:00:00.000Z");
});

Deno.test("addEntries() brings a shared file up to date in every entry", () => {
  const first = add([], draft([file("m-Q4_K_M.gguf"), file("mmproj-F16.gguf")]));
  const fresh = file("mmproj-F16.gguf", { sha256: "e".repeat(64), sizeBytes: 11 });
  const entries = add(first, draft([file("m-Q8_0.gguf"), fresh]));
  const old = entries.find((entry) => entry.modelId === "acme/m:Q4_K_M");
  assert.equal(old?.metadata.files[1]?.sha256, "e".repeat(64));
  assert.equal(old?.sizeBytes, 21);
});

Deno.test("addEntries() drops an entry whose files are all in the new one, and leaves other repositories alone", () => {
  const other = add([], draft([file("config.json")], { repo: "acme/other" }));
  const single = add(other, draft([file("config.json")]));
  const whole = add(single, draft([file("config.json"), file("model.safetensors")]));
  assert.deepEqual(Object.keys(summary(whole)), ["acme/other:config.json", "acme/m"]);
});

Deno.test("addEntries() keeps fields that it does not know", () => {
  const [entry] = add([], draft([file("m-Q8_0.gguf")]));
  assert.ok(entry !== undefined);
  const foreign = {
    ...entry,
    rating: 5,
    metadata: {
      ...entry.metadata,
      note: "mine",
      files: entry.metadata.files.map((each) => ({ ...each, tag: "x" })),
    },
  };
  const [after] = add([foreign], draft([file("m-Q8_0.gguf")]));
  const fields = JSON.parse(JSON.stringify(after));
  assert.deepEqual([fields.rating, fields.metadata.note, fields.metadata.files[0].tag], [5, "mine", "x"]);
});

Deno.test("noteUse() notes that a model was asked for again, at most once an hour", () => {
  const [entry] = add([], draft([file("m-Q8_0.gguf")]));
  assert.ok(entry);
  const at = (minutes: number): string =>
    new Date(Date.parse(entry.downloadDate) + minutes * 60_000).toISOString();
  const note = (known: typeof entry, minutes: number) =>
    noteUse([known], { modelIds: [known.modelId], date: at(minutes) })[0];
  assert.equal(note(entry, 59), entry);
  const used = note(entry, 61);
  assert.equal(used?.lastUsedAt, at(61));
  assert.equal(note(used, 100), used);
  assert.equal(note(used, 122)?.lastUsedAt, at(122));
  assert.equal(noteUse([entry], { modelIds: ["acme/other"], date: at(999) })[0], entry);
});

Deno.test("addEntries() notes of a model without quants that it is the whole repository, and of no quant", () => {
  const whole = (files: readonly RegisteredFile[], known: readonly ModelEntry[] = []): unknown[] =>
    add(known, draft(files, { whole: true })).map((entry) => [entry.modelId, entry.metadata.whole]);
  assert.deepEqual(whole([file("model.safetensors"), file("config.json")]), [["acme/m", true]]);
  assert.deepEqual(whole([file("m-Q8_0.gguf"), file("README.md")]), [["acme/m:Q8_0", undefined]]);
  const before = add([], draft([file("model.safetensors"), file("config.json")], { whole: true }));
  const again = add(before, draft([file("model.safetensors"), file("config.json")]));
  assert.deepEqual(again.map((entry) => entry.metadata.whole), [true]);
});

Deno.test("addEntries() notes that not everybody may see a repository, until everybody may", () => {
  const files = [file("m-Q4_K_M.gguf")];
  const access = (entries: readonly ModelEntry[]): unknown[] =>
    entries.map(({ metadata }) => [metadata.private, metadata.gated]);
  const first = add([], draft(files, { private: true, gated: false }));
  assert.deepEqual(access(first), [[true, undefined]]);
  assert.deepEqual(access(add(first, draft(files))), [[true, undefined]], "who does not know says nothing");
  assert.deepEqual(access(add(first, draft(files, { private: false, gated: true }))), [[undefined, true]]);
});
