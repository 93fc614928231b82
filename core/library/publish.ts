/**
 * A proved file gets its name.
 *
 * @module
 */
import { dirname } from "node:path";
import { ModelManagerError } from "../base/errors.ts";
import {
  fileFacts,
  makeDirectory,
  removeFile,
  renameFile,
  renameFileIfFree,
  type RenameOptions,
} from "../platform/directory.ts";
import { isNotFound } from "../platform/file_system_error.ts";

/** What had the final name when the download was planned. */
export interface SeenFile {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** How a file gets its name, and what may be done about one that has it. */
export interface PublishOptions extends RenameOptions {
  readonly replace: boolean;
  /** Replace only this one, as it was then: somebody may have put another in its place since. */
  readonly seen?: SeenFile | undefined;
  /**
   * Whether what is in the way has the same bytes: then another process was quicker, and its file is as good.
   *
   * @default nothing has
   */
  readonly isSame?: ((path: string) => Promise<boolean>) | undefined;
}

/**
 * Moves a complete file, whose bytes are on the disk, to its final name, and returns when that is on the disk too
 * (unless it is not to be synced).
 *
 * @returns the final path.
 * @throws {ModelManagerError} `FAILED` when something has the name and is not to be replaced, be it that it appeared
 * this very moment; or what the file system says.
 */
export async function publishFile(
  stagedPath: string,
  finalPath: string,
  options: PublishOptions,
): Promise<string> {
  return await putInPlace(stagedPath, finalPath, options).catch(async (error) => {
    if (!isNotFound(error)) throw error;
    // Only the first file of a folder finds none.
    await makeDirectory(dirname(finalPath), { sync: true });
    return await putInPlace(stagedPath, finalPath, options);
  });
}

/**
 * Makes sure that a file can be given its name, as things are just now: for who has to give several, or none.
 *
 * @throws {ModelManagerError} `FAILED` when something is in the way.
 */
export async function checkPlace(finalPath: string, options: PublishOptions): Promise<void> {
  const { replace, seen, isSame } = options;
  const now = await fileFacts(finalPath);
  const isFree = now === undefined || (replace && (seen === undefined || isUnchanged(now, seen)));
  if (!isFree && !await isSame?.(finalPath)) throw inTheWay(finalPath);
}

function isUnchanged(now: SeenFile, seen: SeenFile): boolean {
  return now.sizeBytes === seen.sizeBytes && now.modifiedAtMs === seen.modifiedAtMs;
}

async function putInPlace(stagedPath: string, finalPath: string, options: PublishOptions): Promise<string> {
  const isSame = options.isSame ?? (() => Promise.resolve(false));
  const giveWay = async (): Promise<string> => {
    if (!await isSame(finalPath)) throw inTheWay(finalPath);
    await removeFile(stagedPath);
    return finalPath;
  };
  if (!options.replace) {
    return await renameFileIfFree(stagedPath, finalPath, options) ? finalPath : await giveWay();
  }
  const { seen } = options;
  if (seen !== undefined) {
    const now = await fileFacts(finalPath);
    if (now !== undefined && !isUnchanged(now, seen)) return await giveWay();
  }
  await renameFile(stagedPath, finalPath, options);
  return finalPath;
}

function inTheWay(path: string): ModelManagerError {
  return new ModelManagerError("FAILED", `A different file is in the way: "${path}"`, {
    hints: ["Move it away, or replace it: mm pull REF --force"],
  });
}
