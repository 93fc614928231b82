import assert from "node:assert/strict";
import {
  findMount,
  isNetworkFileSystem,
  mountOf,
  parseMountInfo,
} from "../../../core/platform/mount_table.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const TEXT = [
  "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
  "30 22 0:40 / /mnt/big rw,relatime - nfs4 server:/export rw,vers=4.2",
  String.raw`31 22 0:41 / /mnt/with\040space rw - fuse.sshfs me@host:/ rw`,
  "32 22 0:42 / /mnt/big rw - cifs //server/share rw",
  "broken",
  "",
].join("\n");

Deno.test("parseMountInfo() reads places and types, spaces too", () => {
  assert.deepEqual(parseMountInfo(TEXT).map(({ point, type }) => `${point} ${type}`), [
    "/ ext4",
    "/mnt/big nfs4",
    "/mnt/with space fuse.sshfs",
    "/mnt/big cifs",
  ]);
});

Deno.test("findMount() takes the deepest mount, and the last of several in one place", () => {
  const mounts = parseMountInfo(TEXT);
  const type = (path: string): string | undefined => findMount(mounts, path)?.type;
  assert.deepEqual(["/home/a", "/mnt/big", "/mnt/big/x", "/mnt/bigger", "/mnt/with space/x"].map(type), [
    "ext4",
    "cifs",
    "cifs",
    "ext4",
    "fuse.sshfs",
  ]);
  assert.equal(findMount([], "/x"), undefined);
});

Deno.test("isNetworkFileSystem() knows those that are somewhere else", () => {
  for (const type of ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph"]) {
    assert.ok(isNetworkFileSystem(type), type);
  }
  for (const type of ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "fuseblk", "apfs"]) {
    assert.ok(!isNetworkFileSystem(type), type);
  }
});

Deno.test("mountOf() finds the mount of a path that does not exist yet", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using dir = await makeTempDir();
  const mount = await mountOf(dir.join("not", "there"));
  assert.ok(mount !== undefined && dir.path.startsWith(mount.point), JSON.stringify(mount));
});
