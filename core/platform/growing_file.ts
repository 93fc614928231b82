/**
 * Reading a file that others are still writing: where they have not been, there are zeros, so the caller has to know
 * what is there.
 *
 * @module
 */
import { fileSystemError } from "./file_system_error.ts";

/** A file open to be read at any place. It stays the same file when it gets another name. */
export interface GrowingFile extends Disposable {
  /**
   * Reads at a place.
   *
   * @returns Bytes read; 0 at the end of the file.
   */
  read(buffer: Uint8Array, position: number): Promise<number>;
}

/**
 * Opens a file that is being written.
 *
 * @throws {ModelManagerError} When it is not there or cannot be read; so does `read`.
 */
export async function openGrowingFile(path: string): Promise<GrowingFile> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true });
  } catch (error) {
    throw fileSystemError(error, "read", path);
  }
  let at = 0;
  return {
    async read(buffer, position) {
      try {
        if (position !== at) await file.seek(position, Deno.SeekMode.Start);
        const count = await file.read(buffer) ?? 0;
        at = position + count;
        return count;
      } catch (error) {
        throw fileSystemError(error, "read", path);
      }
    },
    [Symbol.dispose]: () => file.close(),
  };
}
