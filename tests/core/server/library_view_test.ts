import assert from "node:assert/strict";
import type { ModelEntry, RegisteredFile } from "../../../core/library/model_entry.ts";
import { findCommit, libraryView, refsOf } from "../../../core/server/library_view.ts";

const C1 = "1".repeat(40);
const C2 = "2".repeat(40);
const DATE = "2025-01-02T03:04:05.000Z";

function file(path: string, change: Partial<RegisteredFile> = {}): RegisteredFile {
  return { path, sizeBytes: 5, sha256: "a".repeat(64), commit: C1, downloadDate: DATE, ...change };
}

function entry(
  repo: string,
  files: readonly RegisteredFile[],
  change: Omit<Partial<ModelEntry>, "metadata"> & { readonly metadata?: Partial<ModelEntry["metadata"]> } =
    {},
): ModelEntry {
  const { metadata, ...rest } = change;
  return {
    modelId: `${repo}:${files[0]?.path}`,
    modelType: "text-generation",
    path: repo,
    status: "available",
    version: C1,
    sizeBytes: 5,
    downloadDate: DATE,
    ...rest,
    metadata: {
      repo,
      revision: "main",
      commit: C1,
      quant: null,
      files,
      ...metadata,
    } as ModelEntry["metadata"],
  };
}

Deno.test("libraryView() shows a repository at its recorded commit", () => {
  const view = libraryView([entry("o/n", [file("a.gguf")]), entry("o/n", [file("b.gguf")])]).get("o/n");
  assert.ok(view);
  assert.equal(findCommit(view, "main"), C1);
  assert.equal(findCommit(view, "HEAD"), C1);
  assert.equal(findCommit(view, C1), C1);
  assert.equal(findCommit(view, C1.slice(0, 8)), C1);
  assert.equal(findCommit(view, "v9"), undefined);
  assert.deepEqual([...view.commits.get(C1)?.keys() ?? []], ["a.gguf", "b.gguf"]);
  assert.deepEqual(refsOf(view).branches, [{ name: "main", ref: "refs/heads/main", targetCommit: C1 }]);
  assert.equal(view.model.libraryName, "gguf");
});

Deno.test("libraryView() gives files of several commits a name that is no commit of the Hub", () => {
  const entries = [entry("o/n", [file("a.gguf")]), entry("o/n", [file("b.gguf", { commit: C2 })])];
  const view = libraryView(entries).get("o/n");
  assert.ok(view);
  const main = findCommit(view, "main") ?? "";
  assert.match(main, /^[0-9a-f]{40}$/);
  assert.ok(![C1, C2].includes(main));
  assert.deepEqual([...view.commits.get(main)?.keys() ?? []], ["a.gguf", "b.gguf"]);
  assert.deepEqual([...view.commits.get(C1)?.keys() ?? []], ["a.gguf"]);
  assert.deepEqual([...view.commits.get(C2)?.keys() ?? []], ["b.gguf"]);
  const again = libraryView(entries.toReversed()).get("o/n");
  assert.equal(again && findCommit(again, "main"), main);
});

Deno.test("libraryView() leaves out what is not complete or not proved, and says how much", () => {
  const { sha256: _, ...unproved } = file("c.gguf");
  const views = libraryView([
    entry("o/begun", [file("a.gguf")], { status: "downloading" }),
    entry("o/found", [unproved]),
    entry("o/n", [file("a.gguf"), unproved]),
  ]);
  assert.deepEqual([...views.keys()], ["o/n"]);
  assert.equal(views.get("o/n")?.unproved, 1);
});

Deno.test("libraryView() keeps gates, and knows what is whole and what other revisions were pulled", () => {
  const views = libraryView([
    entry("o/gated", [file("a.gguf")], { metadata: { gated: true, private: true } }),
    entry("o/whole", [file("a.gguf")], { metadata: { whole: true } }),
    entry("o/tag", [file("a.gguf")], { metadata: { revision: "v1" } }),
    entry("o/pr", [file("a.gguf", { commit: C2 })], { metadata: { revision: "refs/pr/3" } }),
  ]);
  const gated = views.get("o/gated")?.model;
  assert.deepEqual([gated?.gated, gated?.private], ["manual", true]);
  assert.deepEqual([...views.get("o/whole")?.whole ?? []], [C1]);
  assert.deepEqual([...views.get("o/tag")?.whole ?? []], []);
  const tag = views.get("o/tag");
  assert.ok(tag);
  assert.deepEqual([findCommit(tag, "v1"), findCommit(tag, "main")], [C1, C1]);
  const pr = views.get("o/pr");
  assert.ok(pr);
  assert.equal(findCommit(pr, "refs/pr/3"), C2);
  assert.deepEqual(refsOf(pr).pullRequests, [{ name: "3", ref: "refs/pr/3", targetCommit: C2 }]);
});
