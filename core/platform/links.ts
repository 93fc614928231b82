/**
 * Second names for files: hard links where the disk allows, symbolic links else, copies on request. A name appears
 * whole or not at all, and none that is taken is replaced unasked.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { makeDirectory, removeFile, renameFile, renameFileIfFree, syncDirectory } from "./directory.ts";
import { fileSystemError, isNotFound, isSystemError } from "./file_system_error.ts";
import { makeSymlink } from "./symlinks.ts";

/** What a name is to the bytes that it was made for. */
export type LinkKind = "hard" | "symbolic" | "copy";

/** How a file gets a second name. */
export interface LinkFileOptions {
  /** Its own bytes instead of a link. @default {false} */
  readonly copy?: boolean;
  /** A symbolic link where a hard one cannot be made. @default {true} */
  readonly symbolic?: boolean;
  /** Something else that has the name is replaced, in one step. @default {false} */
  readonly replace?: boolean;
  /** Absolute, on the same disk, in a folder that exists: where a copy is gathered. @default {beside the name} */
  readonly stagedPath?: string;
}

/** `taken`: the name is somebody's. `impossible`: neither kind of link can be made there, or not by us. */
export type LinkFileResult = LinkKind | "taken" | "impossible";

/**
 * Tells whether two names are of the same bytes on the disk; `undefined` when there is no file, or the system does not
 * tell.
 *
 * @throws {ModelManagerError} When the system does not let us look.
 */
export async function fileIdentity(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, isFile } = await Deno.stat(path);
    return isFile && ino !== null && ino !== 0 ? `${dev}:${ino}` : undefined;
  } catch (error) {
    if (isNotFound(error) || error instanceof Deno.errors.NotADirectory) return undefined;
    throw fileSystemError(error, "look at", path);
  }
}

/** Which file a name means, links followed, and when it was last touched. */
export interface FileStamp {
  /** As {@link fileIdentity} tells it. */
  readonly identity: string | undefined;
  readonly sizeBytes: number;
  /** When the content was last changed, as far as the file says so itself, in milliseconds since 1970. */
  readonly modifiedAtMs: number;
  /** When anything of it was last changed, its number of names included, in whole seconds; nobody can set it back. */
  readonly changedAtMs: number | undefined;
  /** Whether that was long enough ago for every later change to show in it. */
  readonly isSettled: boolean;
}

/** What the time of the last change of any kind is cut down to, and how late the system's clock for files may be. */
const TICK_MS = 1000 + 20;

/**
 * The stamp of a file; `undefined` when there is none.
 *
 * @throws {ModelManagerError} When the system does not let us look.
 */
export async function fileStamp(path: string): Promise<FileStamp | undefined> {
  try {
    const now = Date.now();
    const { dev, ino, isFile, size, mtime, ctime } = await Deno.stat(path);
    if (!isFile) return undefined;
    const changedAtMs = ctime?.getTime();
    return {
      identity: ino === null || ino === 0 ? undefined : `${dev}:${ino}`,
      sizeBytes: size,
      modifiedAtMs: Math.trunc(mtime?.getTime() ?? 0),
      changedAtMs,
      isSettled: changedAtMs === undefined || changedAtMs + TICK_MS <= now,
    };
  } catch (error) {
    if (isNotFound(error) || error instanceof Deno.errors.NotADirectory) return undefined;
    throw fileSystemError(error, "look at", path);
  }
}

/** Whether a file seems to have the content that it had; another name of it may have been made or taken away. */
export function hasSameContent(a: FileStamp | undefined, b: FileStamp | undefined): boolean {
  return a !== undefined && b !== undefined && a.identity === b.identity && a.sizeBytes === b.sizeBytes &&
    a.modifiedAtMs === b.modifiedAtMs;
}

/** Whether nothing at all has happened to a file, as far as whole seconds tell. */
export function isUntouched(a: FileStamp | undefined, b: FileStamp | undefined): boolean {
  return hasSameContent(a, b) && a?.changedAtMs === b?.changedAtMs;
}

/** Whether two names are of the same bytes on the disk, links followed. */
export async function isSameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([fileIdentity(a), fileIdentity(b)]);
  return first !== undefined && first === second;
}

/** Whether two places are on one disk; the nearest folder above that exists counts. */
export async function isSameDisk(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([deviceOf(a), deviceOf(b)]);
  return first !== undefined && first === second;
}

async function deviceOf(path: string): Promise<number | undefined> {
  for (let current = path;; current = dirname(current)) {
    const stat = await Deno.stat(current).catch(() => undefined);
    if (stat !== undefined || current === dirname(current)) return stat?.dev;
  }
}

/**
 * Gives the bytes of a file one more name.
 *
 * @param from Absolute, and no symbolic link.
 * @param to Absolute; its folder is made.
 * @throws {ModelManagerError} What the file system says.
 */
export async function linkFile(
  from: string,
  to: string,
  options: LinkFileOptions = {},
): Promise<LinkFileResult> {
  const { copy = false, replace = false } = options;
  await makeDirectory(dirname(to));
  if (!copy && !replace) return await linkTo(from, to, options);
  const staged = options.stagedPath ??
    join(dirname(to), `.${basename(to).slice(0, 100)}.${crypto.randomUUID().slice(0, 8)}.tmp`);
  try {
    const made = copy ? await copyTo(from, staged) : await linkTo(from, staged, options);
    if (made === "taken" || made === "impossible") return made;
    if (!replace) return await renameFileIfFree(staged, to) ? made : "taken";
    await renameFile(staged, to);
    return made;
  } finally {
    // A rename to another name of the same bytes does nothing, and leaves both.
    await removeFile(staged).catch(() => false);
  }
}

async function linkTo(from: string, to: string, options: LinkFileOptions): Promise<LinkFileResult> {
  const { symbolic = true } = options;
  try {
    await Deno.link(from, to);
    await syncDirectory(dirname(to));
    return "hard";
  } catch (error) {
    if (isSystemError(error, "EEXIST")) return "taken";
    if (isNotFound(error)) throw fileSystemError(error, "link to", from);
  }
  if (!symbolic) return "impossible";
  const made = await makeSymlink(from, to);
  if (made !== "made") return made;
  await syncDirectory(dirname(to));
  return "symbolic";
}

async function copyTo(from: string, to: string): Promise<LinkKind> {
  try {
    // Where the file system can share blocks, this takes no room at first.
    await Deno.copyFile(from, to);
    // The source may be read-only, and so is its copy then.
    await Deno.chmod(to, 0o644).catch(() => {});
    using file = await Deno.open(to, { read: true, write: true });
    await file.sync();
    return "copy";
  } catch (error) {
    throw fileSystemError(error, "copy a file to", to);
  }
}
