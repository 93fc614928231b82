/**
 * A folder deleted with everything in it.
 *
 * @module
 */
import { fileSystemError, isNotFound } from "./file_system_error.ts";

/**
 * Deletes a folder with all that is in it; of a link, only the link.
 *
 * @returns whether it was there.
 * @throws {ModelManagerError} When something in it cannot be deleted; what was deleted before is gone.
 */
export async function removeTree(path: string): Promise<boolean> {
  try {
    await Deno.remove(path, { recursive: true });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw fileSystemError(error, "delete the folder", path);
  }
}
