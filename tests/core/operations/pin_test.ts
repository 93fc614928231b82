import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { setPinned } from "../../../core/operations/pin.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { openOperations } from "./operation_fixture.ts";

Deno.test("setPinned() pins what references mean, says what was so before, and a new pull keeps the pin", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const { context, files } = fixture;
  await files.add("acme/m", { "m-Q4_K_M.gguf": "4" });
  await files.add("acme/m", { "m-Q8_0.gguf": "8" });
  const pins = async () => (await files.library.list()).map(({ pinned }) => pinned);
  const one = await setPinned(context, ["acme/m:Q8_0"], true);
  assert.deepEqual(one, [
    { reference: "acme/m:Q8_0", repo: "acme/m", quant: "Q8_0", pinned: true, changed: true },
  ]);
  assert.deepEqual((await setPinned(context, ["acme/m"], true)).map(({ changed }) => changed), [true, false]);
  assert.deepEqual(await pins(), [true, true]);
  await files.add("acme/m", { "m-Q8_0.gguf": "8" });
  assert.deepEqual(await pins(), [true, true]);
  await setPinned(context, ["acme/m:Q4_K_M"], false);
  assert.deepEqual(await pins(), [false, true]);
  const text = await readFile(dir.join("registry.json"), "utf8");
  assert.equal(text.split('"pinned"').length, 2, "what is not pinned says nothing of it");
});

Deno.test("setPinned() refuses what is not there, or not complete", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const { context, files } = fixture;
  await files.begin("acme/big", "big-Q2_K.gguf", { sizeBytes: 10, receivedBytes: 1 });
  await assert.rejects(setPinned(context, ["acme/none"], true), { code: "NOT_FOUND" });
  await assert.rejects(setPinned(context, ["acme/big"], true), {
    code: "NOT_FOUND",
    message: 'Cannot pin "acme/big:Q2_K": it is not complete',
  });
});
