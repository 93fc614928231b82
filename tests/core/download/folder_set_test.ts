import assert from "node:assert/strict";
import { FolderSet } from "../../../core/download/folder_set.ts";

Deno.test("FolderSet contains its folders and what is below them, by name", () => {
  const set = new FolderSet(["/models", "/mnt/disk/"]);
  for (const path of ["/models", "/models/", "/models/org/name/.cache/a.part", "/mnt/disk/x"]) {
    assert.equal(set.contains(path), true, path);
  }
  for (const path of ["/", "/mnt", "/models2/x", "/models/../etc/passwd", "/mnt/diskette"]) {
    assert.equal(set.contains(path), false, path);
  }
  assert.equal(new FolderSet(["/"]).contains("/etc/passwd"), true);
  assert.equal(new FolderSet([]).contains("/"), false);
});

Deno.test("FolderSet keeps no folder that another one covers", () => {
  const set = new FolderSet(["/a/b", "/a", "/a/b/c", "/a", "/d"]);
  assert.deepEqual(set.list, ["/a", "/d"]);
  assert.equal(set.with("/a/x"), set);
  assert.deepEqual(set.with("/e").list, ["/a", "/d", "/e"]);
  assert.deepEqual(set.with("/").list, ["/"]);
});
