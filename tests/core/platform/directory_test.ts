import assert from "node:assert/strict";
import { link, mkdir, readdir, symlink, truncate } from "node:fs/promises";
import {
  fileFacts,
  makeDirectory,
  readDirectory,
  readNames,
  realPlaceOf,
  removeEmptyDirectories,
  removeFile,
  renameFile,
  renameFileIfFree,
  somethingThere,
  syncDirectory,
} from "../../../core/platform/directory.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const ON_UNIX = { ignore: Deno.build.os === "windows" };

Deno.test("fileFacts() tells size, time and names of a file, and what is not there", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a", "12345");
  const facts = await fileFacts(path);
  assert.deepEqual([facts?.isFile, facts?.sizeBytes, facts?.linkCount], [true, 5, 1]);
  assert.ok(Math.abs((facts?.modifiedAtMs ?? 0) - Date.now()) < 60_000);
  await link(path, dir.join("b"));
  assert.equal((await fileFacts(path))?.linkCount, 2);
  assert.equal(await fileFacts(dir.join("none")), undefined);
  assert.equal(await fileFacts(dir.join("a", "below")), undefined, "a file is in the place of the folder");
  assert.equal((await fileFacts(dir.path))?.isDirectory, true);
});

Deno.test("fileFacts() tells holes from data", ON_UNIX, async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("sparse", "");
  await truncate(path, 50_000_000);
  const facts = await fileFacts(path);
  assert.equal(facts?.sizeBytes, 50_000_000);
  assert.ok((facts?.allocatedBytes ?? Infinity) < 1_000_000);
});

Deno.test("makeDirectory() makes all folders, leaves one that exists, and says when a file is in the way", async () => {
  await using dir = await makeTempDir();
  await makeDirectory(dir.join("a", "b"), { mode: 0o700 });
  await makeDirectory(dir.join("a", "b"));
  if (Deno.build.os !== "windows") assert.equal(((await Deno.stat(dir.join("a"))).mode ?? 0) & 0o777, 0o700);
  await dir.write("file");
  await assert.rejects(makeDirectory(dir.join("file", "x")), { code: "FAILED" });
  await syncDirectory(dir.join("a"));
  await syncDirectory(dir.join("none"));
});

Deno.test("renameFile() replaces a file, and removeFile() tells whether there was one", async () => {
  await using dir = await makeTempDir();
  const from = await dir.write("from", "new");
  const to = await dir.write("to", "old");
  await renameFile(from, to);
  assert.equal(await Deno.readTextFile(to), "new");
  assert.equal(await removeFile(to), true);
  assert.equal(await removeFile(to), false);
  await assert.rejects(renameFile(from, to), { code: "FAILED" });
});

Deno.test("removeEmptyDirectories() goes up to the root, which stays, and stops at what is not empty", async () => {
  await using dir = await makeTempDir();
  await mkdir(dir.join("root", "a", "b", "c"), { recursive: true });
  await dir.write("root/a/keep");
  await removeEmptyDirectories(dir.join("root", "a", "b", "c"), dir.join("root"));
  assert.deepEqual(await readdir(dir.join("root", "a")), ["keep"]);
  await removeFile(dir.join("root", "a", "keep"));
  await removeEmptyDirectories(dir.join("root", "a", "gone"), dir.join("root"));
  assert.deepEqual(await readdir(dir.path), ["root"]);
  await mkdir(dir.join("elsewhere"));
  await removeEmptyDirectories(dir.join("elsewhere"), dir.join("root"));
  await removeEmptyDirectories(dir.join("root"), dir.join("root"));
  assert.deepEqual(
    (await readdir(dir.path)).sort(),
    ["elsewhere", "root"],
    "what is not below the root is left alone",
  );
});

Deno.test(
  "somethingThere() sees a link that leads nowhere, which fileFacts() does not",
  ON_UNIX,
  async () => {
    await using dir = await makeTempDir();
    await symlink(dir.join("unmounted", "m.gguf"), dir.join("m.gguf"));
    assert.equal(await fileFacts(dir.join("m.gguf")), undefined);
    assert.equal(await somethingThere(dir.join("m.gguf")), true);
    assert.equal(await somethingThere(dir.join("none")), false);
    assert.equal(await somethingThere(await dir.write("file") + "/below"), false);
  },
);

Deno.test("readDirectory() follows links, leaves out broken ones, and sorts", ON_UNIX, async () => {
  await using dir = await makeTempDir();
  await dir.write("b");
  await mkdir(dir.join("a"));
  await symlink(dir.join("a"), dir.join("link"));
  await symlink(dir.join("none"), dir.join("broken"));
  assert.deepEqual(await readDirectory(dir.path), [
    { name: "a", isDirectory: true, isFile: false },
    { name: "b", isDirectory: false, isFile: true },
    { name: "link", isDirectory: true, isFile: false },
  ]);
  assert.deepEqual(await readDirectory(dir.join("none")), []);
});

Deno.test(
  "readNames() lists everything and follows nothing",
  { ignore: Deno.build.os === "windows" },
  async () => {
    await using dir = await makeTempDir();
    await dir.write("file");
    await dir.write("folder/x");
    await Deno.symlink(dir.join("folder"), dir.join("link"));
    await Deno.symlink(dir.join("nowhere"), dir.join("dangling"));
    assert.deepEqual((await readNames(dir.path)).map(({ name, kind }) => `${name} ${kind}`), [
      "dangling other",
      "file file",
      "folder directory",
      "link other",
    ]);
    assert.deepEqual(await readNames(dir.join("nowhere")), []);
    assert.equal((await fileFacts(dir.join("link"), { followLinks: false }))?.isDirectory, false);
  },
);

Deno.test("renameFileIfFree() leaves both names as they are when the other is taken", async () => {
  await using dir = await makeTempDir();
  const from = await dir.write("a", "new");
  const to = await dir.write("b", "old");
  assert.equal(await renameFileIfFree(from, to), false);
  assert.deepEqual([await Deno.readTextFile(from), await Deno.readTextFile(to)], ["new", "old"]);
  assert.equal(await renameFileIfFree(from, dir.join("c")), true);
  assert.equal((await fileFacts(dir.join("c")))?.linkCount, 1);
  assert.equal(await fileFacts(from), undefined);
  await assert.rejects(renameFileIfFree(dir.join("none"), dir.join("d")), { code: "FAILED" });
});

Deno.test("removeEmptyDirectories() says which folders it deleted", async () => {
  await using dir = await makeTempDir();
  await Deno.mkdir(dir.join("a", "b"), { recursive: true });
  assert.deepEqual(await removeEmptyDirectories(dir.join("a", "b"), dir.path), [
    dir.join("a", "b"),
    dir.join("a"),
  ]);
  assert.deepEqual(await removeEmptyDirectories(dir.path, dir.path), []);
});

Deno.test("makeDirectory() with sync makes the same folders, and leaves those that are there", async () => {
  await using dir = await makeTempDir();
  await makeDirectory(dir.join("a", "b", "c"), { sync: true });
  await dir.write("a/b/c/file", "kept");
  await makeDirectory(dir.join("a", "b", "c"), { sync: true });
  assert.deepEqual(await readdir(dir.join("a", "b", "c")), ["file"]);
});

Deno.test("realPlaceOf() follows the links of the part that is there", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  await Deno.mkdir(dir.join("real"));
  await Deno.symlink(dir.join("real"), dir.join("link"));
  assert.equal(await realPlaceOf(dir.join("link", "a", "b")), dir.join("real", "a", "b"));
  assert.equal(await realPlaceOf(dir.join("link")), dir.join("real"));
  assert.equal(await realPlaceOf("/"), "/");
});
