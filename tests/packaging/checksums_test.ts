import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CHECKSUMS, writeChecksums } from "../../packaging/checksums.ts";
import { makeTempDir } from "../support/temp_dir.ts";

Deno.test("writeChecksums() writes the lines of sha256sum for the files of a folder, again and again", async () => {
  await using dir = await makeTempDir();
  await writeFile(join(dir.path, "b"), "abc");
  await writeFile(join(dir.path, "a"), "");
  await mkdir(join(dir.path, "folder"));
  for (const _ of [1, 2]) {
    deepStrictEqual(await writeChecksums(dir.path), ["a", "b"]);
    strictEqual(
      await readFile(join(dir.path, CHECKSUMS), "utf8"),
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n" +
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b\n",
    );
  }
  deepStrictEqual((await readdir(dir.path)).sort(), [CHECKSUMS, "a", "b", "folder"]);
});
