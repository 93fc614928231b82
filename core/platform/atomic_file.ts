/**
 * Files that are replaced whole or not at all, and files read with errors that say where.
 *
 * @module
 */
import { dirname } from "node:path";
import { ModelManagerError } from "../base/errors.ts";
import { removeFile, syncDirectory } from "./directory.ts";
import { fileSystemError, isNotFound } from "./file_system_error.ts";
import { findJsonError } from "./json_position.ts";

/** How a file is written. */
export interface WriteFileOptions {
  /** Permissions of the file. @default those of the file that is replaced, else what the mask leaves of 0o666 */
  readonly mode?: number;
  /** Return only when the bytes and the name are on the disk. @default {true} */
  readonly sync?: boolean;
  /**
   * Nobody else writes the file at the same time, because the caller has a lock: then the temporary file has always
   * the same name, and what a killed writer leaves of it is used up by the next one. @default {false}
   */
  readonly soleWriter?: boolean;
}

/**
 * In the folder of the file itself, so that the rename stays on one disk; hidden, and different for each write unless
 * there is only one writer.
 */
function temporaryPath(path: string, { soleWriter = false }: WriteFileOptions): string {
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  if (soleWriter) return `${path.slice(0, slash)}.${path.slice(slash)}.tmp`;
  // Cut, so that a long name with our suffix is still a name.
  const name = path.slice(slash, slash + 60);
  return `${path.slice(0, slash)}.${name}.${crypto.randomUUID().slice(0, 8)}.tmp`;
}

async function writeWhole(path: string, data: Uint8Array, options: WriteFileOptions): Promise<void> {
  using file = await Deno.open(path, {
    write: true,
    ...(options.soleWriter ? { create: true, truncate: true } : { createNew: true }),
    ...(options.mode === undefined ? {} : { mode: options.mode }),
  });
  for (let written = 0; written < data.length;) written += await file.write(data.subarray(written));
  if (options.sync ?? true) await file.sync();
}

/** On Windows a reader, an indexer or a virus scanner can hold the old file for a moment. */
async function replace(from: string, to: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.rename(from, to);
    } catch (error) {
      const passing = Deno.build.os === "windows" && error instanceof Deno.errors.PermissionDenied;
      if (!passing || attempt === 10) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10 * attempt));
    }
  }
}

/**
 * Replaces a file: a reader, and a crash at any moment, finds the old bytes or the new ones.
 * A symbolic link in its place is followed, so that the link stays.
 *
 * @throws {ModelManagerError} `PERMISSION_ERROR`, `INSUFFICIENT_SPACE`, or `FAILED`, also for want of its folder;
 * the old file is then as it was.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: WriteFileOptions = {},
): Promise<void> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  let temporary: string | undefined;
  try {
    const { target, mode } = await replacedFile(path);
    temporary = temporaryPath(target, options);
    await writeWhole(temporary, bytes, options);
    // The mask has no say over permissions that somebody chose before.
    if (options.mode === undefined && mode !== undefined) await Deno.chmod(temporary, mode);
    await replace(temporary, target);
    if (options.sync ?? true) await syncDirectory(dirname(target));
  } catch (error) {
    if (temporary !== undefined) await removeFile(temporary).catch(() => false);
    throw fileSystemError(error, "write", path);
  }
}

/** The file behind a symbolic link, and the permissions it has. */
async function replacedFile(path: string): Promise<{ target: string; mode: number | undefined }> {
  try {
    const target = (await Deno.lstat(path)).isSymlink ? await Deno.realPath(path) : path;
    const mode = Deno.build.os === "windows" ? null : (await Deno.stat(target)).mode;
    return { target, mode: mode === null ? undefined : mode & 0o777 };
  } catch (error) {
    if (isNotFound(error)) return { target: path, mode: undefined };
    throw error;
  }
}

/**
 * A file's text, or `undefined` when there is no such file. A byte order mark is dropped.
 *
 * @throws {ModelManagerError} When it is there and cannot be read.
 */
export async function readTextFileIfExists(path: string): Promise<string | undefined> {
  try {
    const text = await Deno.readTextFile(path);
    return text.startsWith("\uFEFF") ? text.slice(1) : text;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw fileSystemError(error, "read", path);
  }
}

/**
 * Parses JSON that came from a file.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID` naming the file, the line and the column.
 */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { line, column } = findJsonError(text) ?? { line: 1, column: 1 };
    const message = error instanceof Error ? error.message : String(error);
    // V8 adds a piece of the text, which may be a secret, and sometimes a place.
    const what = message.replace(/(?: in JSON)? at position \d+.*$|, ?[."].*$/s, "");
    throw new ModelManagerError(
      "CONFIG_INVALID",
      `Cannot read "${path}" as JSON: ${what} at line ${line}, column ${column}`,
      { hints: [`Correct line ${line} of "${path}"`] },
    );
  }
}

/**
 * The value in a JSON file, or `undefined` when there is no such file.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID` naming the file, the line and the column when it is no JSON.
 */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readTextFileIfExists(path);
  return text === undefined ? undefined : parseJson(text, path);
}
