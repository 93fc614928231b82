/**
 * Whether files can be written, found out before anything is done for them.
 *
 * @module
 */
import { dirname, join, sep } from "node:path";
import { ModelManagerError } from "../base/errors.ts";
import { missingRightHints } from "../base/missing_right.ts";
import { fileFacts, removeFile, somethingThere } from "./directory.ts";
import { fileSystemError, isMissingRight, isNotFound } from "./file_system_error.ts";
import { mayWrite } from "./own_permissions.ts";

/**
 * Makes sure that files can be made, or replaced by a rename, at these paths: tries it in the nearest folder above
 * each that exists. What was tried is deleted again.
 *
 * @param paths Absolute, of files.
 * @throws {ModelManagerError} `PERMISSION_ERROR` naming the folder, `FAILED` where a file is in the place of a
 * folder, or what else the file system says.
 */
export async function checkWritable(paths: readonly string[]): Promise<void> {
  const parents = new Set(paths.map((path) => dirname(path)));
  // With what is to be made in it, or what is above all of that: rights that are granted for it hold below, too.
  const folders = new Map<string, string>();
  for (const parent of parents) {
    const folder = await nearestExisting(parent);
    const wanted = folders.get(folder);
    folders.set(folder, wanted === undefined ? parent : above(wanted, parent));
  }
  for (const [folder, wanted] of folders) await tryToWrite(folder, wanted);
  for (const path of paths) await checkLength(path);
}

/** The deepest folder that has both in it. */
function above(folder: string, other: string): string {
  if (other === folder || other.startsWith(folder + sep) || folder === dirname(folder)) return folder;
  return above(dirname(folder), other);
}

/** Shorter ones are no problem anywhere: encrypted folders allow the least, and Windows in the whole path. */
const SURE_NAME_BYTES = 140;
const SURE_PATH_BYTES = 240;

/** Asks the system about a long name, which it refuses with an error of its own. */
async function checkLength(path: string): Promise<void> {
  const bytes = new TextEncoder().encode(path).length;
  const isLong = bytes > SURE_PATH_BYTES ||
    bytes - new TextEncoder().encode(dirname(path)).length > SURE_NAME_BYTES;
  if (isLong) await somethingThere(path);
}

/**
 * Makes sure that a file can be opened to be written where it is; one that does not exist is no problem.
 *
 * @throws {ModelManagerError} `PERMISSION_ERROR` naming the file.
 */
export async function checkFileWritable(path: string): Promise<void> {
  if (await fileFacts(path) === undefined) return;
  try {
    (await Deno.open(path, { write: true })).close();
  } catch (error) {
    throw fileSystemError(error, "write", path);
  }
}

async function nearestExisting(folder: string): Promise<string> {
  for (let current = folder;; current = dirname(current)) {
    if (current === dirname(current)) return current;
    if (!await isThere(current, folder)) continue;
    const facts = await fileFacts(current);
    if (facts?.isDirectory === true) return current;
    const what = facts === undefined ? "a link that leads nowhere is" : "a file is";
    throw new ModelManagerError(
      "FAILED",
      `Cannot write below "${current}": ${what} where a folder was wanted`,
      {
        hints: [`Look at it: ls -la "${current}"`],
      },
    );
  }
}

/** Looks for a folder, or one above it, which those who may use the one need not be allowed to see. */
async function isThere(current: string, wanted: string): Promise<boolean> {
  try {
    return await somethingThere(current);
  } catch (cause) {
    if (current === wanted || !isMissingRight(cause)) throw cause;
    throw new ModelManagerError(
      "PERMISSION_ERROR",
      `The folder "${wanted}" does not exist, and cannot be made`,
      {
        hints: missingFolderHints(current, wanted),
        cause,
      },
    );
  }
}

async function tryToWrite(folder: string, wanted: string): Promise<void> {
  const path = join(folder, `.${crypto.randomUUID().slice(0, 8)}.tmp`);
  try {
    (await Deno.open(path, { write: true, createNew: true })).close();
  } catch (cause) {
    const error = isNotFound(cause) && await somethingThere(folder)
      ? takesNoFiles(folder, cause)
      : fileSystemError(cause, "write to the folder", folder);
    if (error.code !== "PERMISSION_ERROR") throw error;
    throw new ModelManagerError(error.code, error.message, {
      hints: isMissingRight(cause)
        ? missingFolderHints(folder, wanted)
        : [`Check who owns it: ls -ld "${folder}"`, "Or choose another folder: --models-dir DIR"],
      cause,
    });
  }
  await removeFile(path);
}

/** The process was started without the right: no more is asked for than the folder that is wanted. */
function missingFolderHints(folder: string, wanted: string): string[] {
  const hints = mayWrite(wanted) ? [] : missingRightHints({ kind: "write", scope: wanted });
  return wanted === folder ? hints : [`Make the folder first: mkdir -p "${wanted}"`, ...hints];
}

/** Some systems of the kernel's own say of each new file that it does not exist. */
function takesNoFiles(folder: string, cause: unknown): ModelManagerError {
  return new ModelManagerError(
    "PERMISSION_ERROR",
    `Cannot write to the folder "${folder}": nothing can be made in it`,
    { cause },
  );
}
