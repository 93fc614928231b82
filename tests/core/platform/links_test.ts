import assert from "node:assert/strict";
import { lstat, mkdir, readdir, readFile, rename, stat, symlink, utimes, writeFile } from "node:fs/promises";
import {
  fileIdentity,
  fileStamp,
  hasSameContent,
  isSameDisk,
  isSameFile,
  isUntouched,
  linkFile,
} from "../../../core/platform/links.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("linkFile() gives the same bytes a second name, and takes nobody's", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("a"), "bytes");
  assert.equal(await linkFile(dir.join("a"), dir.join("new", "b")), "hard");
  assert.ok(await isSameFile(dir.join("a"), dir.join("new", "b")));
  await writeFile(dir.join("mine"), "mine");
  assert.equal(await linkFile(dir.join("a"), dir.join("mine")), "taken");
  assert.equal(await linkFile(dir.join("a"), dir.join("mine"), { copy: true }), "taken");
  assert.equal(await readFile(dir.join("mine"), "utf8"), "mine");
  assert.equal(await linkFile(dir.join("a"), dir.join("mine"), { replace: true }), "hard");
  assert.ok(await isSameFile(dir.join("a"), dir.join("mine")));
  // Over another name of the same bytes a rename does nothing.
  assert.equal(await linkFile(dir.join("a"), dir.join("mine"), { replace: true }), "hard");
  assert.deepEqual((await readdir(dir.path)).sort(), ["a", "mine", "new"]);
});

Deno.test("linkFile() copies on request, and the copy can be written", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("a"), "bytes", { mode: 0o444 });
  assert.equal(await linkFile(dir.join("a"), dir.join("b"), { copy: true }), "copy");
  assert.equal(await isSameFile(dir.join("a"), dir.join("b")), false);
  assert.equal((await stat(dir.join("b"))).mode & 0o777, 0o644);
});

Deno.test("linkFile() makes a symbolic link to another disk, unless that is not wanted", async () => {
  await using dir = await makeTempDir();
  const other = await Deno.makeTempDir({ dir: "/dev/shm" }).catch(() => undefined);
  if (other === undefined || await isSameDisk(other, dir.path)) return;
  try {
    await writeFile(dir.join("a"), "bytes");
    assert.equal(await linkFile(dir.join("a"), `${other}/a`, { symbolic: false }), "impossible");
    assert.equal(await linkFile(dir.join("a"), `${other}/a`), "symbolic");
    assert.ok((await lstat(`${other}/a`)).isSymbolicLink());
    assert.equal(await linkFile(dir.join("a"), `${other}/a`), "taken");
  } finally {
    await Deno.remove(other, { recursive: true });
  }
});

Deno.test("linkFile() says that the source is gone", async () => {
  await using dir = await makeTempDir();
  await assert.rejects(linkFile(dir.join("none"), dir.join("b")), /link to/);
});

Deno.test("fileIdentity() follows links, and knows nothing of folders and of what is not there", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("a"), "bytes");
  await symlink(dir.join("a"), dir.join("s"));
  assert.equal(await fileIdentity(dir.join("s")), await fileIdentity(dir.join("a")));
  assert.equal(await fileIdentity(dir.path), undefined);
  assert.equal(await fileIdentity(dir.join("none")), undefined);
  assert.equal(await isSameFile(dir.join("none"), dir.join("none")), false);
});

Deno.test("fileStamp() tells another file and another content, whatever their times say", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using dir = await makeTempDir();
  const path = dir.join("a");
  assert.equal(await fileStamp(path), undefined);
  await writeFile(path, "bytes");
  const before = await fileStamp(path);
  assert.equal(before?.isSettled, false, "a change within the same second would not show");
  assert.ok(isUntouched(before, await fileStamp(path)));
  assert.ok(!isUntouched(before, before && { ...before, changedAtMs: (before.changedAtMs ?? 0) + 1000 }));
  assert.ok(hasSameContent(before, before && { ...before, changedAtMs: undefined }));
  await linkFile(path, dir.join("b"));
  assert.ok(hasSameContent(before, await fileStamp(dir.join("b"))));
  const time = new Date(before?.modifiedAtMs ?? 0);
  await writeFile(dir.join("new"), "other");
  await utimes(dir.join("new"), time, time);
  await rename(dir.join("new"), path);
  assert.ok(!hasSameContent(before, await fileStamp(path)));
});

Deno.test("linkFile() gathers a copy where it is told, and leaves nothing there", async () => {
  await using dir = await makeTempDir();
  await writeFile(dir.join("a"), "bytes");
  await mkdir(dir.join("staged"));
  const stagedPath = dir.join("staged", "part");
  assert.equal(await linkFile(dir.join("a"), dir.join("b"), { copy: true, stagedPath }), "copy");
  assert.equal(await readFile(dir.join("b"), "utf8"), "bytes");
  assert.deepEqual(await readdir(dir.join("staged")), []);
  await mkdir(dir.join("c"));
  assert.equal(await linkFile(dir.join("a"), dir.join("c"), { copy: true, stagedPath }), "taken");
  assert.deepEqual(await readdir(dir.join("staged")), []);
});
