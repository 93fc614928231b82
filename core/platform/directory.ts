/**
 * Folders and the names in them: made, read, synced, cleared.
 *
 * @module
 */
import { dirname, join, relative, sep } from "node:path";
import { fileSystemError, isNotFound, isSystemError } from "./file_system_error.ts";

/** What the disk says of one name, symbolic links followed unless it was asked for without. */
export interface FileFacts {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly sizeBytes: number;
  /** What it takes on the disk: less than its size when it has holes. */
  readonly allocatedBytes: number;
  /** When the content was last changed, in milliseconds since 1970, whole ones. */
  readonly modifiedAtMs: number;
  /**
   * When the content was last read, in milliseconds since 1970, as far as the file system keeps it: Linux notes it once
   * a day, or not at all on a disk that is mounted so. 0 where the system does not tell.
   */
  readonly accessedAtMs: number;
  /** How many names the content has; 1 where the system does not tell. */
  readonly linkCount: number;
}

/**
 * The facts of a name, or `undefined` when there is nothing.
 *
 * @throws {ModelManagerError} When the system does not let us look.
 */
export async function fileFacts(
  path: string,
  options: {
    /** Without it a link is nothing but a link: neither file nor folder. @default {true} */
    readonly followLinks?: boolean;
  } = {},
): Promise<FileFacts | undefined> {
  try {
    return toFacts(await (options.followLinks === false ? Deno.lstat(path) : Deno.stat(path)));
  } catch (error) {
    return noFacts(error, path);
  }
}

/** Like {@link fileFacts}, but nothing else happens meanwhile: for `factsOfAll`. */
export function fileFactsNow(
  path: string,
  options: { readonly followLinks?: boolean } = {},
): FileFacts | undefined {
  try {
    return toFacts(options.followLinks === false ? Deno.lstatSync(path) : Deno.statSync(path));
  } catch (error) {
    return noFacts(error, path);
  }
}

/** What the disk gets back for a file: content that has another name as well stays, and holes never took any of it. */
export function freedBytes(facts: Pick<FileFacts, "sizeBytes" | "allocatedBytes" | "linkCount">): number {
  return facts.linkCount > 1 ? 0 : Math.min(facts.sizeBytes, facts.allocatedBytes);
}

function toFacts(stat: Deno.FileInfo): FileFacts {
  return {
    isFile: stat.isFile,
    isDirectory: stat.isDirectory,
    sizeBytes: stat.size,
    allocatedBytes: stat.blocks === null ? stat.size : stat.blocks * 512,
    modifiedAtMs: Math.trunc(stat.mtime?.getTime() ?? 0),
    accessedAtMs: Math.trunc(stat.atime?.getTime() ?? 0),
    linkCount: stat.nlink ?? 1,
  };
}

function noFacts(error: unknown, path: string): undefined {
  // A file in the place of a parent folder means just as much that nothing is there.
  if (isNotFound(error) || error instanceof Deno.errors.NotADirectory) return undefined;
  throw fileSystemError(error, "look at", path);
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
 * @param options.sync Return only when the names of new folders are on the disk: what is in them would be lost with them.
 * @throws {ModelManagerError} When it cannot be made, or a file is in the way.
 */
export async function makeDirectory(
  path: string,
  options: { readonly mode?: number; readonly sync?: boolean } = {},
): Promise<void> {
  const { sync = false, ...others } = options;
  const added = sync ? await missingFolders(path) : [];
  try {
    await Deno.mkdir(path, { recursive: true, ...others });
  } catch (error) {
    throw fileSystemError(error, "create the folder", path);
  }
  for (const folder of added) await syncDirectory(dirname(folder));
}

/** The folder and those above it that do not exist, the topmost first. */
async function missingFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    if (await somethingThere(folder)) break;
    missing.unshift(folder);
  }
  return missing;
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

/** How a file gets another name. */
export interface RenameOptions {
  /** Without it, the new name may be lost by a power cut until {@link syncDirectory} is called. @default {true} */
  readonly sync?: boolean;
}

/**
 * Gives a file another name, over whatever file has it, and makes that last.
 *
 * @throws {ModelManagerError} When that is not possible; both names are then as before.
 */
export async function renameFile(from: string, to: string, options: RenameOptions = {}): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    throw fileSystemError(error, "move a file to", to);
  }
  if (options.sync ?? true) await syncDirectory(dirname(to));
}

/**
 * Gives a file another name if nothing has that name yet, and makes that last. It is one step where the file system
 * knows hard links, so that what appears under the name at that very moment is not lost; elsewhere the name is looked
 * at first.
 *
 * @returns whether the name was free; otherwise both names are as before.
 * @throws {ModelManagerError} When that is not possible; both names are then as before.
 */
export async function renameFileIfFree(
  from: string,
  to: string,
  options: RenameOptions = {},
): Promise<boolean> {
  try {
    await Deno.link(from, to);
  } catch (error) {
    if (isSystemError(error, "EEXIST") || await somethingThere(to)) return false;
    // No hard links here, or none that we may make: whatever else is wrong, the rename says so.
    await renameFile(from, to, options);
    return true;
  }
  await removeFile(from);
  if (options.sync ?? true) await syncDirectory(dirname(to));
  return true;
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

/**
 * Deletes `folder` and those above it as long as they are empty, up to `root`, which stays.
 *
 * @returns those that were deleted.
 */
export async function removeEmptyDirectories(folder: string, root: string): Promise<string[]> {
  const removed: string[] = [];
  for (let current = folder; current.startsWith(root + sep); current = dirname(current)) {
    try {
      const entry = await Deno.lstat(current);
      if (!entry.isDirectory) break;
      // Without `recursive` only an empty folder can be removed.
      await Deno.remove(current);
      removed.push(current);
    } catch (error) {
      if (!isNotFound(error)) break;
    }
  }
  return removed;
}

/**
 * Where a path would lead when it is made: all symbolic links in that part of it which exists are followed.
 *
 * @param path Absolute.
 * @throws {ModelManagerError} When the system does not let us look.
 */
export async function realPlaceOf(path: string): Promise<string> {
  for (let current = path;; current = dirname(current)) {
    if (current !== dirname(current) && !await somethingThere(current)) continue;
    return join(await realPathOf(current), relative(current, path));
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
  return entries.sort(byName);
}

/** Like {@link readDirectory}, but nothing else happens meanwhile: for `readAllDirectories`. */
export function readDirectoryNow(path: string): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  try {
    for (const { name, isDirectory, isFile, isSymlink } of Deno.readDirSync(path)) {
      const facts = isSymlink ? fileFactsNow(join(path, name)) : { isDirectory, isFile };
      if (facts !== undefined) entries.push({ name, isDirectory: facts.isDirectory, isFile: facts.isFile });
    }
  } catch (error) {
    if (isNotFound(error)) return [];
    throw fileSystemError(error, "read the folder", path);
  }
  return entries.sort(byName);
}

function byName(a: DirectoryEntry, b: DirectoryEntry): number {
  return a.name < b.name ? -1 : 1;
}

/** One name in a folder, symbolic links not followed. */
export interface PlainEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "other";
}

/**
 * Every name in a folder, sorted, with nothing followed and nothing left out; nothing when there is no such folder.
 *
 * @throws {ModelManagerError} When it cannot be read.
 */
export async function readNames(path: string): Promise<PlainEntry[]> {
  const entries: PlainEntry[] = [];
  try {
    for await (const { name, isDirectory, isFile } of Deno.readDir(path)) {
      entries.push({ name, kind: isFile ? "file" : isDirectory ? "directory" : "other" });
    }
  } catch (error) {
    if (isNotFound(error)) return [];
    throw fileSystemError(error, "read the folder", path);
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Where a path leads when all symbolic links in it are followed; the path itself when there is nothing.
 *
 * @throws {ModelManagerError} When the system does not let us look.
 */
export async function realPathOf(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (isNotFound(error)) return path;
    throw fileSystemError(error, "look at", path);
  }
}
