/**
 * Free space where a path is or will be.
 *
 * @module
 */
import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** The disk on which a path is or will be. */
export interface Disk {
  /** Tells disks apart; the same for all paths on one of them. `undefined` when the system does not tell. */
  readonly id: number | undefined;
  /** Bytes that may still be written; `undefined` when the system does not tell. */
  readonly freeBytes: number | undefined;
}

const UNKNOWN: Disk = { id: undefined, freeBytes: undefined };

/** The disk of `path`, which need not exist yet. */
export async function diskOf(path: string): Promise<Disk> {
  for (let folder = path;; folder = dirname(folder)) {
    try {
      const [{ bavail, blocks, bsize }, { dev }] = await Promise.all([statfs(folder), stat(folder)]);
      // Some mounts over a network and the system's own file systems have no size at all.
      return { id: dev, freeBytes: blocks === 0 ? undefined : bavail * bsize };
    } catch (error) {
      const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!missing || dirname(folder) === folder) return UNKNOWN;
    }
  }
}
