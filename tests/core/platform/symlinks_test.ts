import assert from "node:assert/strict";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { linkOrCopyFile, makeSymlink, readLink } from "../../../core/platform/symlinks.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const NO_LINKS = { ignore: Deno.build.os === "windows" };

Deno.test(
  "makeSymlink() makes a link that readLink() reads, be it that it leads nowhere",
  NO_LINKS,
  async () => {
    await using dir = await makeTempDir();
    assert.equal(await makeSymlink("../nowhere", dir.join("link")), "made");
    assert.equal(await readLink(dir.join("link")), "../nowhere");
    assert.equal(await makeSymlink("other", dir.join("link")), "taken");
  },
);

Deno.test("readLink() knows no link in a file, a folder, or nothing", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("file"), "x");
  assert.equal(await readLink(dir.join("file")), undefined);
  assert.equal(await readLink(dir.path), undefined);
  assert.equal(await readLink(dir.join("none")), undefined);
  assert.equal(await readLink(dir.join("file", "below")), undefined);
});

Deno.test("makeSymlink() fails when its folder is missing, which is no want of links", NO_LINKS, async () => {
  await using dir = await makeTempDir();
  await assert.rejects(makeSymlink("x", dir.join("none", "link")), { code: "FAILED" });
});

Deno.test("linkOrCopyFile() gives a file a second name, and never takes one that is taken", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("a"), "bytes");
  const linked = await linkOrCopyFile(dir.join("a"), dir.join("b"));
  assert.equal(await readFile(dir.join("b"), "utf8"), "bytes");
  if (linked) assert.equal((await stat(dir.join("b"))).ino, (await stat(dir.join("a"))).ino);
  await writeFile(dir.join("c"), "mine");
  await assert.rejects(linkOrCopyFile(dir.join("a"), dir.join("c")), { code: "FAILED" });
  assert.equal(await readFile(dir.join("c"), "utf8"), "mine");
});

Deno.test("linkOrCopyFile() copies what cannot be linked", NO_LINKS, async () => {
  await using dir = await makeTempDir();
  await mkdir(dir.join("folder"));
  // On Linux this is another file system.
  const other = await Deno.makeTempDir({ dir: "/dev/shm" }).catch(() => undefined);
  if (other === undefined) return;
  try {
    await writeFile(dir.join("a"), "bytes");
    const linked = await linkOrCopyFile(dir.join("a"), `${other}/b`);
    assert.equal(await readFile(`${other}/b`, "utf8"), "bytes");
    if ((await stat(other)).dev !== (await stat(dir.path)).dev) assert.equal(linked, false);
  } finally {
    await Deno.remove(other, { recursive: true });
  }
});
