import assert from "node:assert/strict";
import { statfs } from "node:fs/promises";
import { diskOf } from "../../../core/platform/disk_space.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("diskOf() tells what the disk of a folder has left", async () => {
  await using dir = await makeTempDir();
  const { freeBytes: free } = await diskOf(dir.path);
  const { bsize, blocks } = await statfs(dir.path);
  assert.ok(free !== undefined && free > 0 && free <= blocks * bsize, `${free}`);
});

Deno.test("diskOf() looks at the nearest folder that exists", async () => {
  await using dir = await makeTempDir();
  const disk = await diskOf(dir.join("not", "yet", "there"));
  assert.ok(disk.freeBytes !== undefined);
  assert.equal(disk.id, (await diskOf(dir.path)).id);
});

Deno.test("diskOf() tells nothing of a place that cannot be", async () => {
  await using dir = await makeTempDir();
  const file = await dir.write("file");
  assert.deepEqual(await diskOf(`${file}/below`), { id: undefined, freeBytes: undefined });
});

Deno.test("diskOf() tells disks apart", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using dir = await makeTempDir();
  assert.notEqual((await diskOf(dir.path)).id, (await diskOf("/proc")).id);
  assert.equal((await diskOf("/proc")).freeBytes, undefined);
});
