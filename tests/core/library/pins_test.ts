import assert from "node:assert/strict";
import type { ModelEntry, RegisteredFile } from "../../../core/library/model_entry.ts";
import { pinnedFiles } from "../../../core/library/pins.ts";
import { addEntries } from "../../../core/library/registration.ts";

const COMMIT = "c".repeat(40);

function add(entries: readonly ModelEntry[], paths: readonly string[]): readonly ModelEntry[] {
  const files = paths.map((path): RegisteredFile => {
    const downloadDate = "2025-01-01T00:00:00.000Z";
    return { path, sizeBytes: 1, sha256: "a".repeat(64), commit: COMMIT, downloadDate };
  });
  const modelType = "text-generation";
  return addEntries(entries, { repo: "acme/m", revision: "main", commit: COMMIT, modelType, files }).entries;
}

Deno.test("pinnedFiles() gives the files of what was pinned or pulled by commit, but for those it is to leave out", () => {
  const [four, eight, sixteen] = add(
    add(add([], ["m-Q4_K_M.gguf", "README.md"]), ["m-Q8_0.gguf", "README.md"]),
    ["m-F16.gguf"],
  );
  assert.ok(four && eight && sixteen);
  const entries = [
    four,
    { ...eight, pinned: true },
    { ...sixteen, metadata: { ...sixteen.metadata, revision: COMMIT } },
  ];
  assert.deepEqual([...pinnedFiles(entries, new Set())], [
    ["m-Q8_0.gguf", "acme/m:Q8_0"],
    ["README.md", "acme/m:Q8_0"],
    ["m-F16.gguf", "acme/m:F16"],
  ]);
  assert.deepEqual([...pinnedFiles(entries, new Set(["acme/m:Q8_0"])).keys()], ["m-F16.gguf"]);
});
