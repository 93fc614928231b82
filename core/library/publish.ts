/**
 * A proved file gets its name.
 *
 * @module
 */
import { dirname } from "node:path";
import { ModelManagerError } from "../base/errors.ts";
import { makeDirectory, renameFile, somethingThere } from "../platform/directory.ts";

/**
 * Moves a complete file, whose bytes are on the disk, to its final name, and returns when that is on the disk too.
 *
 * @returns the final path.
 * @throws {ModelManagerError} `FAILED` when something has the name and is not to be replaced, or what the file
 * system says.
 */
export async function publishFile(
  stagedPath: string,
  finalPath: string,
  options: { readonly replace: boolean },
): Promise<string> {
  await makeDirectory(dirname(finalPath));
  if (!options.replace && await somethingThere(finalPath)) {
    throw new ModelManagerError("FAILED", `A different file is in the way: "${finalPath}"`, {
      hints: ["Move it away, or replace it: run the same command with --force"],
    });
  }
  await renameFile(stagedPath, finalPath);
  return finalPath;
}
