import assert from "node:assert/strict";
import { chmod, readFile, stat } from "node:fs/promises";
import { makeTempDir } from "./temp_dir.ts";

Deno.test("makeTempDir() deletes everything at the end of its scope, read-only folders too", async () => {
  let path: string;
  {
    await using dir = await makeTempDir();
    path = dir.path;
    const file = await dir.write("a/b/c.txt", "text");
    assert.equal(file, dir.join("a", "b", "c.txt"));
    assert.equal(await readFile(file, "utf8"), "text");
    await chmod(dir.join("a"), 0o500);
  }
  await assert.rejects(stat(path), { code: "ENOENT" });
});
