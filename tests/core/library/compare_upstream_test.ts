import assert from "node:assert/strict";
import fc from "fast-check";
import type { Digest } from "../../../core/base/digest.ts";
import {
  badgeOf,
  compareUpstream,
  contentKey,
  entryContentKey,
  isPinned,
  isWeights,
  type UpstreamFile,
} from "../../../core/library/compare_upstream.ts";
import type { ModelEntry, RegisteredFile } from "../../../core/library/model_entry.ts";

const OLD = "c".repeat(40);

function digest(seed: string): Digest {
  const hex = [...seed].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 2 ** 32, 7).toString(16);
  return { algorithm: "sha256", hex: hex.padStart(64, "0") };
}

/** A file upstream whose contents are named by a text. */
function upstream(path: string, content = path, sizeBytes = 10): UpstreamFile {
  return { path, sizeBytes, digest: digest(content) };
}

function registered(path: string, content = path, sizeBytes = 10): RegisteredFile {
  const downloadDate = "2025-01-01T00:00:00.000Z";
  return { path, sizeBytes, sha256: digest(content).hex, commit: OLD, downloadDate };
}

function entry(files: readonly RegisteredFile[], fields: Partial<ModelEntry["metadata"]> = {}): ModelEntry {
  const quant = fields.quant ?? null;
  return {
    modelId: quant === null ? "acme/m" : `acme/m:${quant}`,
    modelType: "text-generation",
    path: "acme/m",
    status: "available",
    version: OLD,
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    downloadDate: "2025-01-01T00:00:00.000Z",
    metadata: { repo: "acme/m", revision: "main", commit: OLD, quant, files, ...fields },
  };
}

/** Verdict, paths to fetch, paths that are gone. */
function summary(
  model: ModelEntry,
  files: readonly UpstreamFile[],
  local?: readonly RegisteredFile[],
): readonly unknown[] {
  const { verdict, changed, removed } = compareUpstream(model, {
    files,
    ...(local === undefined ? {} : { local: new Map(local.map((file) => [file.path, file])) }),
  });
  return [verdict, changed.map((file) => file.path), removed];
}

/** Old weights that are of no more use when it is done. */
function replaced(model: ModelEntry, files: readonly UpstreamFile[]): readonly string[] {
  return compareUpstream(model, { files }).replaced;
}

const Q4 = entry([registered("m-Q4_K_M.gguf"), registered("README.md")], { quant: "Q4_K_M" });

Deno.test("compareUpstream() tells weights from other files, and nothing of files that are not here", () => {
  const same = [upstream("m-Q4_K_M.gguf"), upstream("README.md")];
  assert.deepEqual(summary(Q4, [...same, upstream("m-Q8_0.gguf")]), ["up to date", [], []]);
  assert.deepEqual(summary(Q4, [upstream("m-Q4_K_M.gguf"), upstream("README.md", "new")]), [
    "other files changed",
    ["README.md"],
    [],
  ]);
  assert.deepEqual(summary(Q4, [upstream("m-Q4_K_M.gguf", "new", 99), upstream("README.md", "new")]), [
    "weights changed",
    ["m-Q4_K_M.gguf", "README.md"],
    [],
  ]);
  assert.equal(compareUpstream(Q4, { files: [upstream("m-Q4_K_M.gguf", "new", 99)] }).bytesToFetch, 99);
});

Deno.test("compareUpstream() reports what is gone, also beside what has changed", () => {
  assert.deepEqual(summary(Q4, [upstream("m-Q4_K_M.gguf")]), ["removed upstream", [], ["README.md"]]);
  assert.deepEqual(summary(Q4, [upstream("README.md", "new")]), [
    "other files changed",
    ["README.md"],
    ["m-Q4_K_M.gguf"],
  ]);
  assert.deepEqual(summary(Q4, []), ["removed upstream", [], ["m-Q4_K_M.gguf", "README.md"]]);
});

Deno.test("compareUpstream() follows weights into other shards, and to another name of the one unit of that label", () => {
  const shards = [upstream("m-Q4_K_M-00001-of-00002.gguf"), upstream("m-Q4_K_M-00002-of-00002.gguf")];
  const paths = shards.map((file) => file.path);
  assert.deepEqual(summary(Q4, [...shards, upstream("README.md")]), ["weights changed", paths, []]);
  assert.deepEqual(replaced(Q4, [...shards, upstream("README.md")]), ["m-Q4_K_M.gguf"]);
  const renamed = [upstream("Q4_K_M/other-Q4_K_M.gguf"), upstream("README.md")];
  assert.deepEqual(summary(Q4, renamed), ["weights changed", ["Q4_K_M/other-Q4_K_M.gguf"], []]);
  assert.deepEqual(replaced(Q4, renamed), ["m-Q4_K_M.gguf"]);
  const local = [registered("Q4_K_M/other-Q4_K_M.gguf")];
  assert.deepEqual(
    summary(Q4, [upstream("Q4_K_M/other-Q4_K_M.gguf"), upstream("README.md")], local),
    ["removed upstream", [], ["m-Q4_K_M.gguf"]],
    "what has taken its place is here",
  );
  const two = [upstream("a-Q4_K_M.gguf"), upstream("b-Q4_K_M.gguf"), upstream("README.md")];
  assert.deepEqual(
    summary(Q4, two),
    ["removed upstream", [], ["m-Q4_K_M.gguf"]],
    "which one is anybody's guess",
  );
  assert.deepEqual(summary(Q4, [shards[0] ?? upstream(""), upstream("README.md")]), [
    "removed upstream",
    [],
    ["m-Q4_K_M.gguf"],
  ]);
});

Deno.test("compareUpstream() takes no weights for replaced that were beside the others all the time", () => {
  const both = entry([registered("model.bin"), registered("model.safetensors")], { whole: true });
  assert.deepEqual(summary(both, [upstream("model.safetensors")]), ["removed upstream", [], ["model.bin"]]);
  assert.deepEqual(replaced(both, [upstream("model.safetensors", "new")]), [], "another format");
  const cut = entry([registered("model-00001-of-00001.safetensors"), registered("model.safetensors")]);
  assert.deepEqual(replaced(cut, [upstream("model.safetensors", "new")]), [], "of the same day");
  const projector = entry([registered("m-Q4_K_M.gguf"), registered("mmproj-m-Q4_K_M.gguf")], {
    quant: "Q4_K_M",
  });
  assert.deepEqual(replaced(projector, [upstream("M.Q4_K_M.gguf")]), ["m-Q4_K_M.gguf"]);
  assert.deepEqual(summary(projector, [upstream("M.Q4_K_M.gguf")])[2], ["mmproj-m-Q4_K_M.gguf"]);
});

Deno.test("compareUpstream() finds old weights that an earlier update has left", () => {
  const late = { ...registered("M.Q4_K_M.gguf"), downloadDate: "2025-02-01T00:00:00.000Z" };
  const model = entry([registered("m-Q4_K_M.gguf"), late], { quant: "Q4_K_M" });
  const files = [upstream("M.Q4_K_M.gguf")];
  assert.deepEqual(summary(model, files), ["up to date", [], []]);
  assert.deepEqual(replaced(model, files), ["m-Q4_K_M.gguf"]);
  assert.deepEqual(replaced(model, [{ ...late, digest: undefined }]), [], "the new ones are not proved");
});

Deno.test("compareUpstream() leaves files as they are that a pinned model has, too", () => {
  const files = [upstream("m-Q4_K_M.gguf", "new"), upstream("README.md", "new")];
  const pinned = new Map([["README.md", "acme/m:Q8_0"], ["m-Q8_0.gguf", "acme/m:Q8_0"]]);
  const both = compareUpstream(Q4, { files, pinned });
  assert.deepEqual(both.changed.map((file) => file.path), ["m-Q4_K_M.gguf"]);
  assert.deepEqual(both.kept, [{ path: "README.md", modelId: "acme/m:Q8_0" }]);
  assert.equal(both.bytesToFetch, 10);
  const text = compareUpstream(Q4, { files: [upstream("m-Q4_K_M.gguf"), ...files.slice(1)], pinned });
  assert.deepEqual([text.verdict, text.changed, text.kept.length], ["up to date", [], 1]);
  const same = compareUpstream(Q4, { files: [upstream("m-Q4_K_M.gguf"), upstream("README.md")], pinned });
  assert.deepEqual(same.kept, [], "nothing is kept from it");
});

Deno.test("compareUpstream() takes new files to a whole repository only", () => {
  const files = [registered("model.safetensors"), registered("config.json")];
  const there = [
    upstream("model.safetensors"),
    upstream("config.json"),
    upstream("tokenizer.json"),
    upstream(".gitattributes"),
  ];
  assert.deepEqual(summary(entry(files), there), ["up to date", [], []]);
  assert.deepEqual(summary(entry(files, { whole: true }), there), [
    "other files changed",
    ["tokenizer.json"],
    [],
  ]);
});

Deno.test("compareUpstream() does not guess where a digest is missing", () => {
  const { sha256: _, ...unproved } = registered("m-Q4_K_M.gguf");
  assert.equal(summary(entry([unproved]), [upstream("m-Q4_K_M.gguf", "new", 99)])[0], "unknown");
  const hidden = compareUpstream(Q4, {
    files: [{ ...upstream("m-Q4_K_M.gguf"), digest: undefined }, upstream("README.md")],
  });
  assert.deepEqual(hidden.masked.map((file) => file.path), ["m-Q4_K_M.gguf"]);
  assert.deepEqual(hidden.changed, []);
  assert.equal(hidden.verdict, "unknown");
});

const arbitraryFiles = fc.uniqueArray(
  fc.record({
    path: fc.constantFrom("a.gguf", "b.safetensors", "c.json", "d/e.txt", "f.bin", "README.md", "x/y.onnx"),
    content: fc.constantFrom("1", "2", "3"),
    sizeBytes: fc.nat(1000),
  }),
  { selector: (file) => file.path },
);

Deno.test("compareUpstream() fetches exactly what is other, whatever the commits are", () => {
  fc.assert(fc.property(arbitraryFiles, arbitraryFiles, fc.string(), (here, there, commit) => {
    const model = entry(here.map((file) => registered(file.path, file.content, file.sizeBytes)), { commit });
    const files = there.map((file) => upstream(file.path, file.content, file.sizeBytes));
    const comparison = compareUpstream(model, { files });
    const content = new Map(here.map((file) => [file.path, file.content]));
    const other = there.filter((file) => content.has(file.path) && content.get(file.path) !== file.content);
    // Weights that are gone may have been cut into others of the same name; here no two names are alike.
    assert.deepEqual(
      comparison.changed.map((file) => file.path).sort(),
      other.map((file) => file.path).sort(),
    );
    assert.equal(comparison.bytesToFetch, other.reduce((sum, file) => sum + file.sizeBytes, 0));
    const gone = here.filter((file) => !there.some((each) => each.path === file.path));
    assert.deepEqual([...comparison.removed].sort(), gone.map((file) => file.path).sort());
    assert.equal(comparison.verdict === "weights changed", other.some((file) => isWeights(file.path)));
    const untouched = other.length === 0 && gone.length === 0 && here.length > 0;
    assert.equal(comparison.verdict === "up to date", untouched);
  }));
});

Deno.test("compareUpstream() finds nothing to do after what it wanted was done", () => {
  fc.assert(fc.property(arbitraryFiles, arbitraryFiles, (here, there) => {
    const files = there.map((file) => upstream(file.path, file.content, file.sizeBytes));
    const model = entry(here.map((file) => registered(file.path, file.content, file.sizeBytes)));
    const fresh = new Map(compareUpstream(model, { files }).changed.map((file) => [file.path, file]));
    const after = here.map((file) => {
      const next = fresh.get(file.path);
      return next === undefined
        ? registered(file.path, file.content, file.sizeBytes)
        : { ...registered(file.path), sizeBytes: next.sizeBytes, sha256: next.digest?.hex ?? "" };
    });
    assert.deepEqual(compareUpstream(entry(after), { files }).changed, []);
  }));
});

Deno.test("isPinned() is what was pinned, or pulled by commit", () => {
  const commit = OLD;
  assert.equal(isPinned({ revision: "main", commit }), false);
  assert.equal(isPinned({ revision: "main", commit, pinned: true }), true);
  assert.equal(isPinned({ revision: OLD, commit }), true);
  assert.equal(isPinned({ revision: OLD.slice(0, 8), commit }), true);
  assert.equal(isPinned({ revision: "deadbeef", commit }), false, "a branch may be called that");
  assert.equal(isPinned({ revision: "v1", commit: undefined }), false);
});

Deno.test("badgeOf() says in few words whether there is something to fetch", () => {
  const removed: string[] = [];
  assert.equal(badgeOf({ verdict: "weights changed", removed }), "update available");
  assert.equal(badgeOf({ verdict: "other files changed", removed }), "update available");
  assert.equal(badgeOf({ verdict: "up to date", removed }), "up to date");
  assert.equal(badgeOf({ verdict: "removed upstream", removed: ["README.md"] }), "up to date");
  assert.equal(
    badgeOf({ verdict: "removed upstream", removed: ["README.md", "m.gguf"] }),
    "removed upstream",
  );
  assert.equal(badgeOf({ verdict: "unknown", removed }), undefined);
});

Deno.test("contentKey() names contents, in whatever order, and changes with each of them", () => {
  const files = [upstream("a.gguf"), upstream("README.md")];
  assert.equal(contentKey(files), contentKey([...files].reverse()));
  assert.equal(contentKey(files), entryContentKey(entry([registered("a.gguf"), registered("README.md")])));
  assert.notEqual(contentKey(files), contentKey([upstream("a.gguf"), upstream("README.md", "new")]));
  assert.notEqual(contentKey(files), contentKey([upstream("a.gguf")]));
});

Deno.test("isWeights() goes by the name", () => {
  for (const path of ["a.gguf", "A.SAFETENSORS", "x/pytorch_model.bin", "mmproj-F16.gguf", "m.onnx"]) {
    assert.equal(isWeights(path), true, path);
  }
  for (const path of ["README.md", "config.json", "tokenizer.json", "imatrix.gguf", "model.imatrix"]) {
    assert.equal(isWeights(path), false, path);
  }
});
