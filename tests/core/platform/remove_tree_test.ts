import assert from "node:assert/strict";
import { mkdir, readdir, symlink } from "node:fs/promises";
import { removeTree } from "../../../core/platform/remove_tree.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("removeTree() deletes a folder with everything in it, and says whether it was there", async () => {
  await using dir = await makeTempDir();
  await dir.write("a/b/c", "x");
  assert.equal(await removeTree(dir.join("a")), true);
  assert.equal(await removeTree(dir.join("a")), false);
  assert.deepEqual(await readdir(dir.path), []);
});

Deno.test("removeTree() follows no link", { ignore: Deno.build.os === "windows" }, async () => {
  await using dir = await makeTempDir();
  await dir.write("kept/file", "x");
  await mkdir(dir.join("gone"));
  await symlink(dir.join("kept"), dir.join("gone", "link"));
  await removeTree(dir.join("gone"));
  assert.deepEqual(await readdir(dir.join("kept")), ["file"]);
});
