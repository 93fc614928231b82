import assert from "node:assert/strict";
import { lstat, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { linkFile } from "../../../core/platform/link.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const ON_UNIX = { ignore: Deno.build.os === "windows" };

Deno.test("linkFile() takes the first way that works", ON_UNIX, async () => {
  await using dir = await makeTempDir();
  const file = await dir.write("a/file", "bytes");
  await dir.write("b/other");
  assert.equal(await linkFile(file, dir.join("b", "hard")), "hard-link");
  assert.equal((await lstat(file)).nlink, 2);
  assert.equal(await linkFile(file, dir.join("b", "soft"), { kinds: ["symlink"] }), "symlink");
  assert.equal(await readlink(dir.join("b", "soft")), join("..", "a", "file"));
  assert.equal(await linkFile(file, dir.join("b", "copy"), { kinds: ["copy"] }), "copy");
  for (const name of ["hard", "soft", "copy"]) {
    assert.equal(await readFile(dir.join("b", name), "utf8"), "bytes");
  }
});

Deno.test("linkFile() falls back when a way does not work, and reports the last failure", async () => {
  await using dir = await makeTempDir();
  const folder = dir.join("folder");
  await Deno.mkdir(folder);
  // Folders have no second names, and are not copied as files.
  await assert.rejects(
    linkFile(folder, dir.join("x"), { kinds: ["hard-link", "copy"] }),
    /Cannot link to ".*x"/,
  );
  await assert.rejects(linkFile(dir.join("none"), dir.join("x"), { kinds: ["hard-link"] }), {
    code: "NOT_FOUND",
  });
});

Deno.test("linkFile() never replaces what has the name", async () => {
  await using dir = await makeTempDir();
  const file = await dir.write("file", "bytes");
  const taken = await dir.write("taken", "mine");
  await assert.rejects(linkFile(file, taken), { message: /something of that name is there already$/ });
  assert.equal(await readFile(taken, "utf8"), "mine");
});
