/**
 * Which kind of file system a path is on, where the system tells (Linux).
 *
 * @module
 */
import { mayRead } from "./own_permissions.ts";
import { readFile, realpath } from "node:fs/promises";
import { dirname } from "node:path";

/** A file system as it is mounted. */
export interface Mount {
  /** Where, absolute. */
  readonly point: string;
  /** Such as `ext4`, `nfs4`, `fuse.sshfs`. */
  readonly type: string;
}

/** Those that other machines serve, and those of which a program serves what another machine has. */
const NETWORK_TYPES =
  /^(?:nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|glusterfs|lustre|gpfs|beegfs|orangefs|davfs|ncpfs|fuse\.(?:sshfs|glusterfs|rclone|s3fs|davfs2?|ceph|gcsfuse|juicefs|mergerfs-nfs))$/;

/** Whether it is somewhere else: slower, and with locks that may not hold. */
export function isNetworkFileSystem(type: string): boolean {
  return NETWORK_TYPES.test(type);
}

/** The lines of `/proc/self/mountinfo`; pure. Spaces in paths are written as octal numbers there. */
export function parseMountInfo(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const point = before.split(" ")[4];
    const type = after.split(" ")[0] ?? "";
    if (point === undefined || type === "") continue;
    const decoded = point.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
    mounts.push({ point: decoded, type });
  }
  return mounts;
}

/** The mount that a path is on: the deepest, and of several at one place the last. */
export function findMount(mounts: readonly Mount[], path: string): Mount | undefined {
  const above = mounts.filter(({ point }) =>
    path === point || path.startsWith(point.endsWith("/") ? point : `${point}/`)
  );
  return above.reduce<Mount | undefined>(
    (deepest, mount) => deepest === undefined || mount.point.length >= deepest.point.length ? mount : deepest,
    undefined,
  );
}

/** The file system of a path that need not exist yet; `undefined` where the system does not tell. */
export async function mountOf(path: string): Promise<Mount | undefined> {
  try {
    if (!mayRead("/proc/self/mountinfo")) return undefined;
    const mounts = parseMountInfo(await readFile("/proc/self/mountinfo", "utf8"));
    return findMount(mounts, await nearestRealPath(path));
  } catch {
    return undefined;
  }
}

async function nearestRealPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (dirname(path) === path) throw error;
    return await nearestRealPath(dirname(path));
  }
}
