import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { AppScan } from "../../../../core/library/apps/app_model.ts";
import { isWeightsPath, scanFile, scanFolder } from "../../../../core/library/apps/scan_folder.ts";
import { makeTempDir, type TempDir } from "../../../support/temp_dir.ts";

async function fill(dir: TempDir, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(dir.join(path)), { recursive: true });
    await writeFile(dir.join(path), "bytes");
  }
}

const shape = ({ models }: AppScan): unknown[] =>
  models.map(({ repo, localRepo, files }) => [repo ?? localRepo, files.map(({ name }) => name).sort()]);

Deno.test("isWeightsPath() knows weights by their names", () => {
  for (
    const path of [
      "a.gguf",
      "A.GGUF",
      "x/model.safetensors",
      "pytorch_model-00001-of-00002.bin",
      "ggml-base.bin",
    ]
  ) {
    assert.ok(isWeightsPath(path), path);
  }
  for (const path of ["a.bin", "config.json", "gguf", "a.gguf.part"]) assert.ok(!isWeightsPath(path), path);
});

Deno.test("scanFolder() takes org/name of the folders, and single models of the rest", async () => {
  await using dir = await makeTempDir();
  await fill(dir, [
    "acme/tiny/tiny-Q4_0.gguf",
    "acme/tiny/sub/tiny-Q8_0.gguf",
    "acme/tensors/model.safetensors",
    "acme/tensors/config.json",
    "acme/tensors/notes.docx",
    "loose-Q4_0.gguf",
    "split-00001-of-00002.gguf",
    "split-00002-of-00002.gguf",
    "mmproj-F16.gguf",
    "texts/only/config.json",
    ".hidden/a.gguf",
  ]);
  assert.deepEqual(shape(await scanFolder(dir.path)), [
    ["local/mmproj-F16", ["mmproj-F16.gguf"]],
    ["local/loose-Q4_0", ["loose-Q4_0.gguf"]],
    ["local/split", ["split-00001-of-00002.gguf", "split-00002-of-00002.gguf"]],
    ["acme/tensors", ["config.json", "model.safetensors"]],
    ["acme/tiny", ["sub/tiny-Q8_0.gguf", "tiny-Q4_0.gguf"]],
  ]);
});

Deno.test("scanFolder() leaves out what is unfinished, empty or ours, and survives circles", async () => {
  await using dir = await makeTempDir();
  await fill(dir, ["a/b/x.gguf.part", "ours/a/b/y.gguf", "c/d/z.gguf"]);
  await writeFile(dir.join("empty.gguf"), "");
  await symlink(dir.path, dir.join("c", "circle"));
  const scan = await scanFolder(dir.path, { except: [dir.join("ours")] });
  assert.deepEqual([...new Set(scan.skipped.map(({ reason }) => reason))].sort(), [
    "It is an unfinished download",
    "It is empty",
  ]);
  assert.ok(scan.models.some(({ repo }) => repo === "c/d"));
  assert.ok(scan.models.every(({ files }) => files.every(({ path }) => !path.includes("y.gguf"))));
});

Deno.test("scanFolder() looks into each folder once whatever links lead there, and into none above", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  await fill(dir, ["above.gguf", "models/z/org/m/m.gguf", "models/z/n.gguf", "far/o.gguf"]);
  const models = dir.join("models");
  for (const name of ["l0", "l1", "l2", "l3", "l4", "z/l5"]) await symlink(".", dir.join("models", name));
  await symlink(dir.join("models", "z"), dir.join("models", "a"));
  await symlink("..", dir.join("models", "up"));
  await symlink(dir.join("far"), dir.join("models", "b"));
  const { models: found, skipped } = await scanFolder(models);
  const names = found.flatMap(({ files }) => files.map(({ path }) => path.slice(models.length + 1))).sort();
  assert.deepEqual([names, skipped], [["b/o.gguf", "z/n.gguf", "z/org/m/m.gguf"], []]);
});

Deno.test("scanFolder() skips links that lead nowhere or to themselves, and goes on", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  await fill(dir, ["good.gguf"]);
  await symlink("self.gguf", dir.join("self.gguf"));
  await symlink("nowhere", dir.join("gone.gguf"));
  await symlink("nowhere", dir.join("text.txt"));
  const { models, skipped } = await scanFolder(dir.path);
  assert.deepEqual(models.map(({ localRepo }) => localRepo), ["local/good"]);
  assert.deepEqual(skipped.map(({ path }) => path), [dir.join("gone.gguf"), dir.join("self.gguf")]);
  assert.match(skipped[0]?.reason ?? "", /leads nowhere/);
  assert.match(skipped[1]?.reason ?? "", /in a circle/);
});

Deno.test("scanFile() takes one file with its other parts, and nothing below its folder", async () => {
  await using dir = await makeTempDir();
  await fill(dir, ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf", "n.gguf", "below/o.gguf"]);
  assert.deepEqual(shape(await scanFile(dir.join("m-00001-of-00002.gguf"))), [
    ["local/m", ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"]],
  ]);
  assert.deepEqual(shape(await scanFile(dir.join("n.gguf"))), [["local/n", ["n.gguf"]]]);
  assert.deepEqual(shape(await scanFile(dir.join("none.txt"))), []);
});
