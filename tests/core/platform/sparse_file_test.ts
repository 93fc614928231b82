import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { isModelManagerError } from "../../../core/base/errors.ts";
import {
  openPositionedWriter,
  openSequentialReader,
  openStagedFile,
} from "../../../core/platform/sparse_file.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const onUnix = Deno.build.os !== "windows";
const asRoot = onUnix && Deno.uid() === 0;

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => isModelManagerError(error) && error.code === code && error.hints.length > 0;
}

Deno.test("openStagedFile() makes a file of full size that takes no space", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("a.part");
  using staged = await openStagedFile(path, 64 * 1024 * 1024);
  assert.equal(staged.isNew, true);
  const facts = await stat(path);
  assert.equal(facts.size, 64 * 1024 * 1024);
  if (onUnix) assert.ok(facts.blocks * 512 < 1024 * 1024, `${facts.blocks} blocks`);
});

Deno.test("openStagedFile() leaves the bytes of a file of the right size", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a.part", "hello");
  using staged = await openStagedFile(path, 5);
  assert.equal(staged.isNew, false);
  await staged.sync();
  assert.equal(await readFile(path, "utf8"), "hello");
});

Deno.test("openStagedFile() cuts or extends a file of another size, and says so", async () => {
  await using dir = await makeTempDir();
  for (const text of ["hell", "hello!"]) {
    const path = await dir.write("a.part", text);
    using staged = await openStagedFile(path, 5);
    assert.equal(staged.isNew, true);
    assert.equal((await stat(path)).size, 5);
  }
});

Deno.test("openStagedFile() says in our words why it cannot", async () => {
  await using dir = await makeTempDir();
  await assert.rejects(openStagedFile(dir.join("none", "a.part"), 5), hasCode("FAILED"));
  await assert.rejects(openStagedFile(dir.path, 5), hasCode("FAILED"));
});

Deno.test("openStagedFile() fails with PERMISSION_ERROR in a folder that must not be written", {
  ignore: !onUnix || asRoot,
}, async () => {
  await using dir = await makeTempDir();
  await Deno.chmod(dir.path, 0o500);
  await assert.rejects(openStagedFile(dir.join("a.part"), 5), hasCode("PERMISSION_ERROR"));
});

Deno.test("openPositionedWriter() writes from its position on and nothing else", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a.part", "..........");
  {
    using early = await openPositionedWriter(path, { position: 2 });
    using late = await openPositionedWriter(path, { position: 6 });
    late.write(new TextEncoder().encode("67"));
    early.write(new TextEncoder().encode("2"));
    early.write(new TextEncoder().encode("34"));
    await early.sync();
  }
  assert.equal(await readFile(path, "utf8"), "..234.67..");
});

Deno.test("openPositionedWriter() makes an empty file only when it is told to", async () => {
  await using dir = await makeTempDir();
  await assert.rejects(openPositionedWriter(dir.join("none"), { position: 0 }), Deno.errors.NotFound);
  const path = await dir.write("a.part", "old bytes");
  {
    using writer = await openPositionedWriter(path, { position: 0, create: true });
    writer.write(new TextEncoder().encode("new"));
  }
  assert.equal(await readFile(path, "utf8"), "new");
});

Deno.test("openSequentialReader() reads in order to the end", async () => {
  await using dir = await makeTempDir();
  using reader = openSequentialReader(await dir.write("a", "hello"));
  const buffer = new Uint8Array(3);
  assert.equal(reader.read(buffer), 3);
  assert.equal(new TextDecoder().decode(buffer), "hel");
  assert.equal(reader.read(buffer), 2);
  assert.equal(reader.read(buffer), 0);
});

Deno.test("openSequentialReader() begins where it is told to", async () => {
  await using dir = await makeTempDir();
  using reader = openSequentialReader(await dir.write("a", "hello"), { position: 1 });
  const buffer = new Uint8Array(3);
  assert.equal(reader.read(buffer), 3);
  assert.equal(new TextDecoder().decode(buffer), "ell");
  assert.equal(reader.read(buffer), 1);
  assert.equal(reader.read(buffer), 0);
});

Deno.test("openSequentialReader() leaves the time of the last access alone", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a", "hello");
  // Older than the last change: any other reader would be noted.
  await Deno.utime(path, 1000, 2000);
  using reader = openSequentialReader(path);
  reader.read(new Uint8Array(3));
  assert.equal((await Deno.stat(path)).atime?.getTime(), 1_000_000);
});

Deno.test("openSequentialReader() says in our words why it cannot", async () => {
  await using dir = await makeTempDir();
  assert.throws(() => openSequentialReader(dir.join("none")), hasCode("FAILED"));
  if (!onUnix) return;
  using folder = openSequentialReader(dir.path);
  assert.throws(() => folder.read(new Uint8Array(1)), hasCode("FAILED"));
});

Deno.test("openStagedFile() does not write over bytes that have another name as well", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a.part", "final");
  await Deno.link(path, dir.join("model.gguf"));
  using staged = await openStagedFile(path, 5);
  assert.equal(staged.isNew, true);
  await dir.write("a.part", "other");
  assert.equal(await Deno.readTextFile(dir.join("model.gguf")), "final");
});

Deno.test("StagedFile.sync() fails when the file is no longer in its place", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  const path = dir.join("a.part");
  using staged = await openStagedFile(path, 5);
  await staged.sync();
  assert.equal(await staged.isInPlace(), true);
  await Deno.remove(path);
  await assert.rejects(staged.sync(), { code: "FAILED", message: /was deleted or exchanged/ });
  await dir.write("a.part", "other");
  assert.equal(await staged.isInPlace(), false);
  await assert.rejects(staged.sync(), { code: "FAILED" });
});
