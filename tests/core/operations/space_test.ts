import { deepStrictEqual, ok } from "node:assert/strict";
import { link, rename, rm, symlink } from "node:fs/promises";
import { usedSpace } from "../../../core/library/used_space.ts";
import { planLeftovers } from "../../../core/operations/cleanup.ts";
import { space } from "../../../core/operations/space.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { openOperations } from "./operation_fixture.ts";

Deno.test("usedSpace() counts each file that is there once, and what has arrived of others", async () => {
  await using dir = await makeTempDir();
  using operations = openOperations(dir);
  const { files } = operations;
  await files.add("acme/one", { "a-Q8_0.gguf": "x".repeat(100), "README.md": "y".repeat(10) });
  await files.add("acme/one", { "b-Q4_0.gguf": "x".repeat(50), "README.md": "y".repeat(10) });
  await files.add("acme/two", { "c-Q8_0.gguf": "z".repeat(1_000) });
  await files.begin("acme/three", "d-Q8_0.gguf", { sizeBytes: 9_000, receivedBytes: 300 });
  const used = async () => await usedSpace(dir.path, await files.library.entries());
  deepStrictEqual(await used(), { modelBytes: 1_160, sharedBytes: 0, partialBytes: 300 });
  await rm(dir.join("acme/two/c-Q8_0.gguf"));
  deepStrictEqual(await used(), { modelBytes: 160, sharedBytes: 0, partialBytes: 300 });
});

Deno.test("space(), cleanup() and mm doctor count the same: nothing for what other programs have as well", async () => {
  await using dir = await makeTempDir();
  using operations = openOperations(dir);
  const { context, files } = operations;
  await files.add("acme/one", { "a-Q8_0.gguf": "x".repeat(5_000) });
  await files.add("acme/two", { "b-Q8_0.gguf": "x".repeat(700) });
  await files.add("acme/three", { "c-Q8_0.gguf": "x".repeat(60) });
  await link(dir.join("acme/one/a-Q8_0.gguf"), dir.join("elsewhere"));
  await rename(dir.join("acme/three/c-Q8_0.gguf"), dir.join("far"));
  await symlink(dir.join("far"), dir.join("acme/three/c-Q8_0.gguf"));
  const settings = { ...context.settings, maxTotalBytes: 1_000 };
  const { usedBytes, sharedBytes } = await space({ ...context, settings });
  deepStrictEqual([usedBytes, sharedBytes], [700, 5_060]);
  const { quota } = await planLeftovers({ ...context, settings });
  deepStrictEqual([quota?.bytesBefore, quota?.fits], [usedBytes, true]);
  await rm(dir.join("elsewhere"));
  const after = await space({ ...context, settings });
  deepStrictEqual([after.usedBytes, after.sharedBytes], [5_700, 60]);
  deepStrictEqual((await planLeftovers({ ...context, settings })).quota?.bytesBefore, 5_700);
});

Deno.test("space() says what the library takes and may take, also before there is one", async () => {
  await using dir = await makeTempDir();
  using operations = openOperations(dir);
  const { context, files } = operations;
  const before = await space(context);
  const { freeBytes, ...rest } = before;
  ok(freeBytes === undefined || freeBytes > 0);
  deepStrictEqual(rest, {
    modelsDir: dir.path,
    usedBytes: 0,
    sharedBytes: 0,
    partialBytes: 0,
    quotaBytes: undefined,
    reserveBytes: 0,
  });
  await files.add("acme/one", { "a-Q8_0.gguf": "x".repeat(100) });
  await files.begin("acme/one", "b-Q8_0.gguf", { sizeBytes: 9_000, receivedBytes: 300 });
  const settings = { ...context.settings, maxTotalBytes: 5_000, reserveBytes: 7 };
  const { usedBytes, partialBytes, quotaBytes, reserveBytes } = await space({ ...context, settings });
  deepStrictEqual([usedBytes, partialBytes, quotaBytes, reserveBytes], [400, 300, 5_000, 7]);
});
