/**
 * Folders and the names in them: made, read, synced, cleared.
 *
 * @module
 */
import { dirname, join, sep } from "node:path";
import { fileSystemError, isNotFound } from "./file_system_error.ts";

/** What the disk says of one name, symbolic links followed. */
export interface FileFacts {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly sizeBytes: number;
  /** What it takes on the disk: less than its size when it has holes. */
  readonly allocatedBytes: number;
  /** When the content was last changed, in milliseconds since 1970, whole ones. */
  readonly modifiedAtMs: number;
  /** How many names the content has; 1 where the system does not tell. */
  readonly linkCount: number;
}

/**
 * The facts of a name, or `undefined` when there is nothing.
 *
 * @throws {ModelManagerError} When the system does not let us look.
 */
export async function fileFacts(path: string): Promise<FileFacts | undefined> {
  try {
    const stat = await Deno.stat(path);
    return {
      isFile: stat.isFile,
      isDirectory: stat.isDirectory,
      sizeBytes: stat.size,
      allocatedBytes: stat.blocks === null ? stat.size : stat.blocks * 512,
      modifiedAtMs: Math.trunc(stat.mtime?.getTime() ?? 0),
      linkCount: stat.nlink ?? 1,
    };
  } catch (error) {
    // A file in the place of a parent folder means just as much that nothing is there.
    if (isNotFound(error) || error instanceof Deno.errors.NotADirectory) return undefined;
    throw fileSystemError(error, "look at", path);
  }
}

/**
 * Whether a name is taken, be it by a symbolic link that leads nowhere: what it leads to may only be unmounted.
 *
 * @throws {ModelManagerError} When the system does not let us look.
 */
export async function somethingThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (isNotFound(error) || error instanceof Deno.errors.NotADirectory) return false;
    throw fileSystemError(error, "look at", path);
  }
}

/**
 * Makes a folder and those above it; one that exists is left as it is.
 *
 * @throws {ModelManagerError} When it cannot be made, or a file is in the way.
 */
export async function makeDirectory(path: string, options: { readonly mode?: number } = {}): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, ...options });
  } catch (error) {
    throw fileSystemError(error, "create the folder", path);
  }
}

/**
 * Returns when the names in a folder are on the disk. Best effort: Windows and some network file systems cannot
 * open a folder, and there the rename is durable by itself or not at all.
 */
export async function syncDirectory(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  try {
    using folder = await Deno.open(path, { read: true });
    await folder.sync();
  } catch {
    // The data is safe either way; only the name could be lost by a power cut.
  }
}

/**
 * Gives a file another name, over whatever file has it, and makes that last.
 *
 * @throws {ModelManagerError} When that is not possible; both names are then as before.
 */
export async function renameFile(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    throw fileSystemError(error, "move a file to", to);
  }
  await syncDirectory(dirname(to));
}

/**
 * Deletes a file.
 *
 * @returns whether it was there.
 * @throws {ModelManagerError} When it is there and cannot be deleted.
 */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await Deno.remove(path);
    return true;
  } catch (error) {
    if (isNotFound(error) || error instanceof Deno.errors.NotADirectory) return false;
    throw fileSystemError(error, "delete", path);
  }
}

/** Deletes `folder` and those above it as long as they are empty, up to `root`, which stays. */
export async function removeEmptyDirectories(folder: string, root: string): Promise<void> {
  for (let current = folder; current.startsWith(root + sep); current = dirname(current)) {
    try {
      const entry = await Deno.lstat(current);
      if (!entry.isDirectory) return;
      // Without `recursive` only an empty folder can be removed.
      await Deno.remove(current);
    } catch (error) {
      if (!isNotFound(error)) return;
    }
  }
}

/** One name in a folder. */
export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
  /** Also a symbolic link that leads to a file. */
  readonly isFile: boolean;
}

/**
 * What is in a folder, sorted by name; nothing when there is no such folder.
 *
 * @throws {ModelManagerError} When it cannot be read.
 */
export async function readDirectory(path: string): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  try {
    for await (const { name, isDirectory, isFile, isSymlink } of Deno.readDir(path)) {
      const facts = isSymlink ? await fileFacts(join(path, name)) : { isDirectory, isFile };
      if (facts !== undefined) entries.push({ name, isDirectory: facts.isDirectory, isFile: facts.isFile });
    }
  } catch (error) {
    if (isNotFound(error)) return [];
    throw fileSystemError(error, "read the folder", path);
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
