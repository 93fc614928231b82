import assert from "node:assert/strict";
import { resolve, sep } from "node:path";
import fc from "fast-check";
import { filePath, modelFolder, partialFolder, stagedPaths } from "../../../core/library/layout.ts";

const PLACE = { modelsDir: "/models", repo: "acme/llama" };

Deno.test("layout puts files, partial data and journals where the design says", () => {
  assert.equal(modelFolder(PLACE), resolve("/models", "acme", "llama"));
  assert.equal(filePath(PLACE, "a/b.gguf"), resolve("/models", "acme", "llama", "a", "b.gguf"));
  assert.equal(
    filePath({ modelsDir: "/models", repo: "gpt2" }, "config.json"),
    resolve("/models", "gpt2", "config.json"),
  );
  assert.equal(partialFolder(PLACE), resolve("/models", "acme", "llama", ".cache"));
  const hex = "ab".repeat(32);
  assert.equal(stagedPaths(PLACE, hex).part, resolve("/models", "acme", "llama", ".cache", `${hex}.part`));
  assert.equal(
    stagedPaths(PLACE, hex).journal,
    resolve("/models", "acme", "llama", ".cache", `${hex}.journal`),
  );
  assert.equal(
    stagedPaths(PLACE, hex).pieces,
    resolve("/models", "acme", "llama", ".cache", `${hex}.pieces`),
  );
});

Deno.test("filePath() refuses what could lead out of the model's folder", () => {
  for (
    const path of [
      "../x",
      "a/../../x",
      "/etc/passwd",
      "C:\\x",
      "a\\b",
      "",
      ".",
      "a//b",
      ".cache/x",
      "a\0b",
      "nul",
    ]
  ) {
    assert.throws(() => filePath(PLACE, path), { code: "FAILED" }, JSON.stringify(path));
  }
});

Deno.test("modelFolder() refuses names that are none", () => {
  for (const repo of ["..", "../x", "a/..", "/x", "a/b/c", "", "a/", ".cache/x", "a\\b", "con/x", "x/nul"]) {
    assert.throws(() => modelFolder({ modelsDir: "/models", repo }), { code: "FAILED" }, repo);
  }
});

Deno.test("stagedPaths() takes nothing but digests", () => {
  assert.throws(() => stagedPaths(PLACE, "../x"), RangeError);
  assert.throws(() => stagedPaths(PLACE, "AB".repeat(32)), RangeError);
});

Deno.test("filePath() stays below the model's folder for any text that it takes", () => {
  const segment = fc.oneof(
    fc.constantFrom("..", ".", "", "a", "b.gguf", "..a", "a..", "\\", "C:"),
    fc.string(),
  );
  fc.assert(fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
    let path: string;
    try {
      path = filePath(PLACE, segments.join("/"));
    } catch {
      return;
    }
    assert.ok(path.startsWith(modelFolder(PLACE) + sep));
    assert.ok(!path.split(sep).includes(".."));
  }));
});
