import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { UNKNOWN_COMMIT } from "../../../core/library/model_entry.ts";
import { scanModels } from "../../../core/library/scan.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("scanModels() finds models of both formats, and bare names", async () => {
  await using dir = await makeTempDir();
  await dir.write("acme/m/m-Q4_K_M-00001-of-00002.gguf", "1");
  await dir.write("acme/m/m-Q4_K_M-00002-of-00002.gguf", "22");
  await dir.write("acme/m/Q8_0/m.gguf", "333");
  await dir.write("acme/m/.cache/abc.part", "partial");
  await dir.write("acme/plain/config.json", "{}");
  await dir.write("acme/plain/model.safetensors", "weights");
  await dir.write("acme/notes/readme.txt", "no model");
  await dir.write("gpt2/model.safetensors", "weights");
  await dir.write("gpt2/onnx/model.onnx", "onnx");
  await dir.write("registry.json", "damaged");
  await dir.write("org/bad--name/model.gguf", "x");
  const { items, warnings } = await scanModels(dir.path);
  assert.deepEqual(warnings, []);
  const found = Object.fromEntries(
    items.map((entry) => [entry.modelId, entry.metadata.files.map(({ path }) => path)]),
  );
  assert.deepEqual(found, {
    "acme/m:Q4_K_M": ["m-Q4_K_M-00001-of-00002.gguf", "m-Q4_K_M-00002-of-00002.gguf"],
    "acme/m:Q8_0": ["Q8_0/m.gguf"],
    "acme/plain": ["config.json", "model.safetensors"],
    "gpt2": ["model.safetensors", "onnx/model.onnx"],
  });
  const [first] = items;
  assert.equal(first?.version, UNKNOWN_COMMIT);
  assert.equal(first?.sizeBytes, 3);
  assert.equal(first?.metadata.files[0]?.sha256, undefined);
});

Deno.test(
  "scanModels() ends although links go in a circle",
  { ignore: Deno.build.os === "windows" },
  async () => {
    await using dir = await makeTempDir();
    await dir.write("acme/m/m-Q8_0.gguf", "8");
    await symlink(dir.join("acme", "m"), dir.join("acme", "m", "again"));
    const { items } = await scanModels(dir.path);
    assert.ok(items.some((entry) => entry.modelId === "acme/m:Q8_0"));
  },
);

Deno.test("scanModels() finds nothing where nothing is", async () => {
  await using dir = await makeTempDir();
  assert.deepEqual(await scanModels(dir.join("none")), { items: [], warnings: [] });
});
