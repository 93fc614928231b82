import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { ggufFileTypeLabel, readGgufFacts } from "../../../core/library/gguf_facts.ts";
import { GgufProblem } from "../../../core/library/gguf_reader.ts";
import { openRandomFile } from "../../../core/platform/random_file.ts";
import { tinyGguf } from "../../support/app_box.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("readGgufFacts() tells what the header says of the model", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("m.gguf"), await tinyGguf({ chatTemplate: "<|im_start|>ü", name: "Some Name" }));
  using file = await openRandomFile(dir.join("m.gguf"));
  assert.deepEqual(await readGgufFacts(file), {
    architecture: "llama",
    name: "Some Name",
    fileType: 7,
    parameters: 32 * 64,
    chatTemplate: "<|im_start|>ü",
  });
});

Deno.test("readGgufFacts() refuses what is no GGUF file, wherever it was cut", async () => {
  await using dir = await makeTempDir();
  const bytes = await tinyGguf();
  for (const length of [0, 3, 8, 30, 200]) {
    await writeFile(dir.join("m.gguf"), bytes.subarray(0, length));
    using file = await openRandomFile(dir.join("m.gguf"));
    await assert.rejects(readGgufFacts(file), GgufProblem, String(length));
  }
});

Deno.test("ggufFileTypeLabel() knows the numbers of the format", () => {
  assert.equal(ggufFileTypeLabel(15), "Q4_K_M");
  assert.equal(ggufFileTypeLabel(9999), undefined);
  assert.equal(ggufFileTypeLabel(undefined), undefined);
});
