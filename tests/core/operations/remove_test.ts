import assert from "node:assert/strict";
import { planRemove, remove } from "../../../core/operations/remove.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { openOperations } from "./operation_fixture.ts";

Deno.test("planRemove() says what remove() does, each model once and shared files once", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const { context, files } = fixture;
  await files.add("acme/m", { "m-Q4_K_M.gguf": "4444", "mmproj-F16.gguf": "projector" });
  await files.add("acme/m", { "m-Q8_0.gguf": "88", "mmproj-F16.gguf": "projector" });
  await files.begin("acme/big", "big-Q2_K.gguf", { sizeBytes: 2 ** 30, receivedBytes: 50_000 });
  const references = ["acme/m:Q8_0", "acme/m", "acme/big"];
  const planned = await planRemove(context, references);
  assert.deepEqual(planned.removed.map(({ quant }) => quant), ["Q8_0", "Q4_K_M", "Q2_K"]);
  assert.equal(planned.removed[0]?.bytesFreed, 2);
  assert.equal(planned.removed[1]?.bytesFreed, 4 + 9);
  const begun = planned.removed[2];
  assert.match(begun?.paths.join() ?? "", /^[^,]*\.part$/);
  assert.ok(planned.bytesFreed > 50_000 && planned.bytesFreed < 100_000, `${planned.bytesFreed}`);
  assert.deepEqual(await remove(context, references), planned);
  assert.deepEqual(await files.listed(), []);
});
