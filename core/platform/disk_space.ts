/**
 * Free space where a path is or will be.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Bytes that may still be written at `path`, which need not exist yet.
 *
 * @returns `undefined` when the system does not tell.
 */
export async function freeSpace(path: string): Promise<number | undefined> {
  for (let folder = path;; folder = dirname(folder)) {
    try {
      const { bavail, blocks, bsize } = await statfs(folder);
      // Some mounts over a network and the system's own file systems have no size at all.
      return blocks === 0 ? undefined : bavail * bsize;
    } catch (error) {
      const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!missing || dirname(folder) === folder) return undefined;
    }
  }
}
