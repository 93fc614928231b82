/**
 * Folders with all that is below them; names only, the disk is not asked.
 *
 * @module
 */
import { dirname, resolve } from "node:path";

/** A set of folders; it never changes. */
export class FolderSet {
  /** Absolute; none lies below another. */
  readonly list: readonly string[];

  /** @param folders Absolute. */
  constructor(folders: readonly string[]) {
    const all = folders.map((folder) => resolve(folder));
    this.list = all.filter((folder, index) =>
      all.indexOf(folder) === index && !all.some((other) => other !== folder && isBelow(folder, other))
    );
  }

  /** This set and one folder more; the same set when that is in it. */
  with(folder: string): FolderSet {
    return this.contains(folder) ? this : new FolderSet([...this.list, folder]);
  }

  /** Whether a path is one of the folders or below one. */
  contains(path: string): boolean {
    const absolute = resolve(path);
    return this.list.some((folder) => absolute === folder || isBelow(absolute, folder));
  }
}

function isBelow(path: string, folder: string): boolean {
  for (let current = path;;) {
    const parent = dirname(current);
    if (parent === current) return false;
    if (parent === folder) return true;
    current = parent;
  }
}
