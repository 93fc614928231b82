import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { Library } from "../../../core/library/library.ts";
import { ModelRegistry, ModelRegistryError } from "../../../core/library/model_registry.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";

async function open(dir: TempDir, warnings: string[] = []): Promise<ModelRegistry> {
  const registry = new ModelRegistry({ modelsDir: dir.path, onWarning: (message) => warnings.push(message) });
  await registry.load();
  return registry;
}

const LLAMA = {
  modelId: "acme/llama:Q4_K_M",
  modelType: "text-generation",
  path: "acme/llama",
  status: "available",
  version: "c".repeat(40),
  sizeBytes: 7,
  downloadDate: "2025-01-01T00:00:00.000Z",
  metadata: { license: "mit" },
} as const;

Deno.test("ModelRegistry adds a model once, and has it after saving and loading", async () => {
  await using dir = await makeTempDir();
  const registry = await open(dir);
  assert.equal(registry.addModel(LLAMA), true);
  assert.equal(registry.addModel({ ...LLAMA, sizeBytes: 8 }), false);
  assert.equal(registry.getModel(LLAMA.modelId)?.sizeBytes, 7);
  assert.deepEqual((await open(dir)).listModels(), [], "it is not saved yet");
  await registry.save();
  const again = await open(dir);
  const model = again.getModel(LLAMA.modelId);
  const { metadata, ...facts } = model ?? assert.fail();
  const { metadata: _, ...added } = LLAMA;
  assert.deepEqual(facts, added);
  assert.equal(metadata.repo, "acme/llama");
  assert.equal(metadata["license"], "mit");
  assert.equal(again.addModel(LLAMA), false);
  assert.equal(again.getModel("acme/none"), undefined);
  // The program itself reads the same file.
  const listed = await new Library({ modelsDir: dir.path }).list();
  assert.deepEqual(listed.map(({ repo, status }) => [repo, status]), [["acme/llama", "available"]]);
});

Deno.test("ModelRegistry.addModel() dates what has no date, and takes no version for a commit", async () => {
  await using dir = await makeTempDir();
  const registry = await open(dir);
  const before = Date.now();
  registry.addModel({
    modelId: "a/plain",
    version: "v2",
    metadata: { files: [{ path: "f", sizeBytes: 1 }] },
  });
  registry.addModel({ modelId: "a/commit", version: LLAMA.version, downloadDate: LLAMA.downloadDate });
  const [commit, plain] = registry.listModels();
  const added = Date.parse(plain?.downloadDate ?? "");
  assert.ok(added >= before && added <= Date.now());
  assert.equal(plain?.metadata.files[0]?.downloadDate, plain?.downloadDate);
  assert.deepEqual([plain?.version, plain?.metadata.commit], ["v2", "unknown"]);
  assert.deepEqual([commit?.downloadDate, commit?.metadata.commit], [LLAMA.downloadDate, LLAMA.version]);
});

Deno.test("ModelRegistry.addModel() keeps a path that the program does not look in, and says so", async () => {
  await using dir = await makeTempDir();
  const warnings: string[] = [];
  const registry = await open(dir, warnings);
  for (const path of ["a/b", dir.join("a", "b"), "a/b/model.gguf"]) {
    registry.addModel({ modelId: "a/b", path });
    registry.removeModel("a/b");
  }
  assert.deepEqual(warnings, []);
  for (const path of [dir.join("elsewhere"), "../a/b", "a/bc"]) {
    assert.equal(registry.addModel({ modelId: "a/b", path }), true);
    assert.equal(registry.getModel("a/b")?.path, path);
    assert.match(warnings.splice(0).join(), /is noted, but mm itself looks for the model in ".*b"$/);
    registry.removeModel("a/b");
  }
});

Deno.test("ModelRegistry lists by type and status, in the order of names", async () => {
  await using dir = await makeTempDir();
  const registry = await open(dir);
  registry.addModel({ modelId: "b", modelType: "embedding", status: "pending" });
  registry.addModel({ modelId: "a/c", modelType: "embedding", status: "available" });
  registry.addModel({ modelId: "a/b", status: "available" });
  const ids = (filter?: Parameters<ModelRegistry["listModels"]>[0]) =>
    registry.listModels(filter).map(({ modelId }) => modelId);
  assert.deepEqual(ids(), ["a/b", "a/c", "b"]);
  assert.deepEqual(ids({ type: "embedding" }), ["a/c", "b"]);
  assert.deepEqual(ids({ status: "available" }), ["a/b", "a/c"]);
  assert.deepEqual(ids({ type: "embedding", status: "available" }), ["a/c"]);
  assert.deepEqual(ids({ type: "other", status: "error" }), []);
});

Deno.test("ModelRegistry.updateModelStatus() merges metadata, and says when there is no such model", async () => {
  await using dir = await makeTempDir();
  const registry = await open(dir);
  registry.addModel(LLAMA);
  assert.equal(
    registry.updateModelStatus(LLAMA.modelId, "error", { note: "mine", license: "apache-2.0" }),
    true,
  );
  await registry.save();
  const text = await readFile(registry.path, "utf8");
  const [entry] = JSON.parse(text).models;
  assert.equal(entry.status, "error");
  assert.deepEqual([entry.metadata.note, entry.metadata.license, entry.metadata.repo], [
    "mine",
    "apache-2.0",
    "acme/llama",
  ]);
  assert.equal(registry.updateModelStatus("acme/none", "error"), false);
  assert.equal(registry.removeModel("acme/none"), false);
  assert.equal(registry.removeModel(LLAMA.modelId), true);
  await registry.save();
  assert.equal(await readFile(`${registry.path}.backup`, "utf8"), text);
  assert.deepEqual((await open(dir)).listModels(), []);
});

Deno.test("ModelRegistry.save() changes what is in the file at that moment, and writes nothing for nothing", async () => {
  await using dir = await makeTempDir();
  const [one, two] = [await open(dir), await open(dir)];
  one.addModel({ modelId: "acme/one" });
  two.addModel({ modelId: "acme/two" });
  await Promise.all([one.save(), two.save()]);
  two.addModel({ modelId: "acme/one", sizeBytes: 9 });
  await two.save();
  const all = await open(dir);
  assert.deepEqual(all.listModels().map(({ modelId, sizeBytes }) => [modelId, sizeBytes]), [
    ["acme/one", 0],
    ["acme/two", 0],
  ]);
  const before = await Deno.stat(all.path);
  await all.save();
  assert.equal((await Deno.stat(all.path)).ino, before.ino);
});

Deno.test("ModelRegistry keeps fields that it does not know", async () => {
  await using dir = await makeTempDir();
  const text = JSON.stringify({ version: 1, owner: "me", models: [{ ...LLAMA, color: "red" }] });
  await writeFile(dir.join("registry.json"), text);
  const registry = await open(dir);
  registry.updateModelStatus(LLAMA.modelId, "deleted");
  await registry.save();
  const document = JSON.parse(await readFile(registry.path, "utf8"));
  assert.deepEqual([document.owner, document.models[0].color], ["me", "red"]);
});

Deno.test("ModelRegistry.load() puts a damaged file right, says so, and keeps it aside", async () => {
  await using dir = await makeTempDir();
  const registry = await open(dir);
  registry.addModel(LLAMA);
  await registry.save();
  registry.addModel({ modelId: "acme/second" });
  await registry.save();
  await writeFile(registry.path, "{ torn");
  const warnings: string[] = [];
  const again = await open(dir, warnings);
  assert.deepEqual(again.listModels().map(({ modelId }) => modelId), [LLAMA.modelId]);
  assert.match(warnings.join(), /put together again from its backup/);
  const aside = (await readdir(dir.path)).find((name) => name.startsWith("registry.json.damaged-"));
  assert.equal(await readFile(dir.join(aside ?? ""), "utf8"), "{ torn");
});

Deno.test("ModelRegistry refuses at once what no file can hold, and is saved all the same", async () => {
  await using dir = await makeTempDir();
  const registry = await open(dir);
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  for (const metadata of [{ x: 1n }, circle]) {
    const refused = { name: "ModelRegistryError", message: /^Cannot register a model: .+$/ };
    assert.throws(() => registry.addModel({ modelId: "a/b", metadata }), refused);
  }
  const metadata: Record<string, unknown> = { note: { by: "me" } };
  registry.addModel({ ...LLAMA, metadata });
  const more: Record<string, unknown> = { seen: true };
  registry.updateModelStatus(LLAMA.modelId, "available", more);
  assert.throws(() => registry.updateModelStatus(LLAMA.modelId, "error", { x: 1n }), {
    name: "ModelRegistryError",
  });
  // What callers do to their objects later is no business of the registry.
  metadata["note"] = more["seen"] = 1n;
  await registry.save();
  const kept = (await open(dir)).getModel(LLAMA.modelId);
  assert.deepEqual([kept?.metadata["note"], kept?.metadata["seen"]], [{ by: "me" }, true]);
});

Deno.test("ModelRegistry throws ModelRegistryError for what it cannot hold or read", async () => {
  await using dir = await makeTempDir();
  const registry = await open(dir);
  const wrong = [
    { modelId: "not a name" },
    { modelId: "a/b", sizeBytes: -1 },
    { modelId: "a/b", metadata: { files: [{}] } },
    { modelId: "a/b", downloadDate: "yesterday" },
  ];
  for (const model of wrong) {
    assert.throws(() => registry.addModel(model), (error) => error instanceof ModelRegistryError);
  }
  registry.addModel(LLAMA);
  assert.throws(
    () => registry.updateModelStatus(LLAMA.modelId, "gone" as "deleted"),
    { name: "ModelRegistryError", code: "FAILED" },
  );
  assert.throws(() => registry.updateModelStatus(LLAMA.modelId, "error", { files: 1 }), {
    name: "ModelRegistryError",
  });
  assert.equal(registry.getModel(LLAMA.modelId)?.status, "available");
  await writeFile(dir.join("registry.json"), JSON.stringify({ version: 9, models: [] }));
  await assert.rejects(registry.load(), { name: "ModelRegistryError", message: /format version 9/ });
  await assert.rejects(registry.save(), { name: "ModelRegistryError" });
});
