import assert from "node:assert/strict";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { publishFile } from "../../../core/library/publish.ts";
import { fileFacts } from "../../../core/platform/directory.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("publishFile() gives a file its name and makes the folders for it", async () => {
  await using dir = await makeTempDir();
  const staged = await dir.write(".cache/x.part", "bytes");
  const path = dir.join("a", "b", "m.gguf");
  assert.equal(await publishFile(staged, path, { replace: false }), path);
  assert.equal(await readFile(path, "utf8"), "bytes");
  await assert.rejects(readFile(staged), { code: "ENOENT" });
});

Deno.test("publishFile() replaces a file only when it may", async () => {
  await using dir = await makeTempDir();
  const staged = await dir.write("x.part", "new");
  const path = await dir.write("m.gguf", "old");
  await assert.rejects(publishFile(staged, path, { replace: false }), {
    code: "FAILED",
    message: /in the way/,
  });
  assert.equal(await readFile(path, "utf8"), "old");
  assert.equal(await readFile(staged, "utf8"), "new");
  await publishFile(staged, path, { replace: true });
  assert.equal(await readFile(path, "utf8"), "new");
});

Deno.test("publishFile() takes a link that leads nowhere for a file in the way", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  const staged = await dir.write("m.part", "new");
  const path = dir.join("m.gguf");
  await symlink(dir.join("unmounted", "m.gguf"), path);
  await assert.rejects(publishFile(staged, path, { replace: false }), /A different file is in the way/);
  await publishFile(staged, path, { replace: true });
  assert.equal(await readFile(path, "utf8"), "new");
});

Deno.test("publishFile() keeps the staged file when a folder is in the way", async () => {
  await using dir = await makeTempDir();
  const staged = await dir.write("x.part", "new");
  await mkdir(dir.join("m.gguf"));
  await assert.rejects(publishFile(staged, dir.join("m.gguf"), { replace: true }), { code: "FAILED" });
  assert.equal(await readFile(staged, "utf8"), "new");
});

Deno.test("publishFile() replaces the version it was told of, and nothing that came since", async () => {
  await using dir = await makeTempDir();
  const staged = await dir.write("x.part", "new");
  const path = await dir.write("m.gguf", "old");
  const seen = await fileFacts(path);
  assert.ok(seen);
  await writeFile(path, "mine now");
  await assert.rejects(publishFile(staged, path, { replace: true, seen }), {
    code: "FAILED",
    message: /in the way/,
  });
  assert.equal(await readFile(path, "utf8"), "mine now");
  await publishFile(staged, path, { replace: true, seen: await fileFacts(path) });
  assert.equal(await readFile(path, "utf8"), "new");
});

Deno.test("publishFile() of several at once to one free name lets exactly one of them have it", async () => {
  await using dir = await makeTempDir();
  const staged = await Promise.all(["a", "b", "c", "d"].map((name) => dir.write(`${name}.part`, name)));
  const path = dir.join("m.gguf");
  const ends = await Promise.allSettled(staged.map((each) => publishFile(each, path, { replace: false })));
  assert.equal(ends.filter((end) => end.status === "fulfilled").length, 1);
  const winner = await readFile(path, "utf8");
  assert.equal(ends["abcd".indexOf(winner)]?.status, "fulfilled");
  assert.deepEqual((await readdir(dir.path)).length, 4, "the others keep their bytes");
});
