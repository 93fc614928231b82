/**
 * Symbolic links: read and made. They are refused on some systems, file systems and by some permissions, and whoever
 * makes one has to be able to do without.
 *
 * @module
 */
import { dirname } from "node:path";
import { syncDirectory } from "./directory.ts";
import { fileSystemError, isNotFound, isSystemError } from "./file_system_error.ts";

/**
 * What a symbolic link says, be it that it leads nowhere; `undefined` when there is no link.
 *
 * @throws {ModelManagerError} When the system does not let us look.
 */
export async function readLink(path: string): Promise<string | undefined> {
  try {
    return (await Deno.lstat(path)).isSymlink ? await Deno.readLink(path) : undefined;
  } catch (error) {
    if (isNotFound(error) || error instanceof Deno.errors.NotADirectory) return undefined;
    throw fileSystemError(error, "look at", path);
  }
}

/**
 * Makes a symbolic link to a file.
 *
 * @param target What it is to say: absolute, or relative to its own folder.
 * @returns `taken` when something has the name, `impossible` where no links can be made, or not by us.
 * @throws {ModelManagerError} What else the file system says.
 */
export async function makeSymlink(target: string, path: string): Promise<"made" | "taken" | "impossible"> {
  try {
    await Deno.symlink(target, path, { type: "file" });
    return "made";
  } catch (error) {
    if (isSystemError(error, "EEXIST")) return "taken";
    if (isRefused(error)) return "impossible";
    throw fileSystemError(error, "make the link", path);
  }
}

/** Windows without its developer mode, a file system without links, a process with rights to single folders only. */
function isRefused(error: unknown): boolean {
  if (isSystemError(error, "EACCES") || isSystemError(error, "EPERM")) return true;
  if (error instanceof Deno.errors.NotSupported) return true;
  // Of these, Deno knows the text only: what no file system but some lacks, and Windows' missing right.
  return error instanceof Error &&
    (error.name === "NotCapable" || /\(os error (?:1|38|95|1314)\)/.test(error.message));
}

/**
 * Gives a file a second name, without taking room where the file system knows hard links; elsewhere it is copied.
 *
 * @returns whether it is a hard link.
 * @throws {ModelManagerError} When the new name is taken, or what else the file system says.
 */
export async function linkOrCopyFile(from: string, to: string): Promise<boolean> {
  try {
    await Deno.link(from, to);
    return true;
  } catch (error) {
    if (isNotFound(error) || isSystemError(error, "EEXIST")) throw fileSystemError(error, "make", to);
  }
  try {
    // Never over something that appeared meanwhile.
    (await Deno.open(to, { write: true, createNew: true })).close();
    await Deno.copyFile(from, to);
    using copy = await Deno.open(to, { read: true, write: true });
    await copy.sync();
  } catch (error) {
    throw fileSystemError(error, "copy a file to", to);
  }
  await syncDirectory(dirname(to));
  return false;
}
