import assert from "node:assert/strict";
import { statfs } from "node:fs/promises";
import { freeSpace } from "../../../core/platform/disk_space.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("freeSpace() tells what the disk of a folder has left", async () => {
  await using dir = await makeTempDir();
  const free = await freeSpace(dir.path);
  const { bsize, blocks } = await statfs(dir.path);
  assert.ok(free !== undefined && free > 0 && free <= blocks * bsize, `${free}`);
});

Deno.test("freeSpace() looks at the nearest folder that exists", async () => {
  await using dir = await makeTempDir();
  assert.ok((await freeSpace(dir.join("not", "yet", "there"))) !== undefined);
});

Deno.test("freeSpace() tells nothing of a place that cannot be", async () => {
  await using dir = await makeTempDir();
  const file = await dir.write("file");
  assert.equal(await freeSpace(`${file}/below`), undefined);
});
