import assert from "node:assert/strict";
import { readFile, symlink, unlink } from "node:fs/promises";
import { planRemove, remove } from "../../../core/operations/remove.ts";
import { scanLibrary } from "../../../core/operations/scan.ts";
import { acquireFileLock } from "../../../core/platform/file_lock.ts";
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

Deno.test("remove() takes a link along whose bytes are gone", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const { context, files } = fixture;
  await files.add("acme/m", { "m-Q8_0.gguf": "88" });
  const path = dir.join("acme", "m", "m-Q8_0.gguf");
  await unlink(path);
  await symlink(dir.join("gone.gguf"), path);
  const { removed, bytesFreed } = await remove(context, ["acme/m"]);
  assert.deepEqual([removed.map(({ paths }) => paths), bytesFreed], [[[path]], 0]);
  assert.deepEqual(await files.listed(), []);
});

Deno.test("remove() of files takes each once, and what several references mean with the widest of them", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const { context, files } = fixture;
  await files.add("acme/m", { "m-Q4_K_M.gguf": "4444", "mmproj-F16.gguf": "projector" });
  await files.add("acme/m", { "m-Q8_0.gguf": "88", "mmproj-F16.gguf": "projector" });
  const references = ["acme/m:mmproj-F16.gguf", "acme/m:*.gguf", "acme/m:Q8_0"];
  const planned = await planRemove(context, references);
  assert.equal(planned.bytesFreed, 4 + 2 + 9);
  assert.deepEqual(planned.removed.map(({ quant, paths }) => [quant, paths.length]), [
    [undefined, 1],
    [undefined, 1],
    ["Q8_0", 1],
  ]);
  assert.deepEqual(await remove(context, references), planned);
  assert.deepEqual(await files.listed(), []);
});

Deno.test(
  "remove() deletes nothing outside of the library that somebody has linked, and frees nothing with a link",
  {
    ignore: Deno.build.os === "windows",
  },
  async () => {
    await using dir = await makeTempDir();
    await using outside = await makeTempDir();
    using fixture = openOperations(dir);
    const { context, files } = fixture;
    const precious = await outside.write("m-Q8_0.gguf", "precious");
    await dir.write("mine/.keep");
    await symlink(outside.path, dir.join("mine", "linked"));
    await dir.write("mine/single/.keep");
    await symlink(precious, dir.join("mine", "single", "s-Q8_0.gguf"));
    const scan = scanLibrary(context);
    while ((await scan.next()).done !== true);
    await assert.rejects(remove(context, ["mine/linked"]), /lies outside of the library/);
    assert.equal((await remove(context, ["mine/single"])).bytesFreed, 0);
    assert.equal(await readFile(precious, "utf8"), "precious");
    await unlink(dir.join("mine", "linked"));
    await remove(context, ["mine/linked"]);
    assert.deepEqual(await files.listed(), []);
  },
);

Deno.test("remove() of one shard leaves a model that is not complete", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const { context, files } = fixture;
  await files.add("acme/m", { "m-F16-00001-of-00002.gguf": "1", "m-F16-00002-of-00002.gguf": "22" });
  const { bytesFreed } = await remove(context, ["acme/m:m-F16-00002-of-00002.gguf"]);
  assert.equal(bytesFreed, 2);
  assert.deepEqual(await files.listed(), ["acme/m:F16 error 1"]);
});

Deno.test("remove() deletes nothing when one of several is being downloaded", async () => {
  await using dir = await makeTempDir();
  using fixture = openOperations(dir);
  const { context, files } = fixture;
  await files.add("acme/m", { "m-Q4_K_M.gguf": "4444" });
  const hex = await files.begin("acme/big", "big-Q2_K.gguf", { sizeBytes: 10, receivedBytes: 1 });
  await using _lock = await acquireFileLock(dir.join("acme", "big", ".cache", `${hex}.lock`));
  await assert.rejects(remove(context, ["acme/m", "acme/big"]), {
    code: "LOCKED",
    message: /Cannot remove "acme\/big:Q2_K": .* is downloading it/,
  });
  assert.equal((await files.listed()).length, 2);
});
