import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { findRemoteFile, inspectRegistry } from "../../../core/library/registry_inspection.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

function entry(repo: string, files: readonly object[], downloadDate = "2025-01-01T00:00:00.000Z"): object {
  return { modelId: repo, version: COMMIT, downloadDate, metadata: { repo, commit: COMMIT, files } };
}

function file(path: string, sizeBytes: number, digest: object = { sha256: "a".repeat(64) }): object {
  return { path, sizeBytes, commit: COMMIT, ...digest };
}

async function write(dir: TempDir, models: readonly object[], name = "registry.json"): Promise<void> {
  await dir.write(name, JSON.stringify({ version: 1, models }));
}

Deno.test("inspectRegistry() finds files that are missing or have another size", async () => {
  await using dir = await makeTempDir();
  await write(dir, [entry("a/b", [file("here.gguf", 3), file("gone.gguf", 3), file("short.gguf", 3)])]);
  await dir.write("a/b/here.gguf", "abc");
  await dir.write("a/b/short.gguf", "a");
  const found = await inspectRegistry(dir.path);
  assert.deepEqual([found.state, found.backup, found.problems, found.usedBytes], ["ok", "absent", [], 6]);
  assert.deepEqual(found.missing, [dir.join("a", "b", "gone.gguf")]);
  assert.deepEqual(found.changed, [dir.join("a", "b", "short.gguf")]);
});

Deno.test("inspectRegistry() tells absent, damaged and newer registries apart, and mends nothing", async () => {
  await using dir = await makeTempDir();
  assert.equal((await inspectRegistry(dir.path)).state, "absent");
  await dir.write("registry.json", "{ torn");
  await write(dir, [], "registry.json.backup");
  const damaged = await inspectRegistry(dir.path);
  assert.deepEqual([damaged.state, damaged.backup], ["damaged", "ok"]);
  assert.match(damaged.problems[0] ?? "", /line 1/);
  await dir.write("registry.json", JSON.stringify({ version: 99, models: [] }));
  assert.match((await inspectRegistry(dir.path)).refusal?.message ?? "", /format version 99/);
  assert.deepEqual((await readdir(dir.path)).sort(), ["registry.json", "registry.json.backup"]);
});

Deno.test("findRemoteFile() takes the smallest large file of the newest model", async () => {
  await using dir = await makeTempDir();
  await write(dir, [
    entry("a/old", [file("x.gguf", 1)], "2024-01-01T00:00:00.000Z"),
    entry("a/new", [
      file("config.json", 1, { gitSha1: "b".repeat(40) }),
      file("big.gguf", 9),
      file("small.gguf", 5),
    ]),
    entry("a/newest", [file("config.json", 1, {})], "2025-06-01T00:00:00.000Z"),
  ]);
  const { entries } = await inspectRegistry(dir.path);
  assert.deepEqual(findRemoteFile(entries), { repo: "a/new", commit: COMMIT, path: "small.gguf" });
  assert.equal(findRemoteFile([]), undefined);
});
