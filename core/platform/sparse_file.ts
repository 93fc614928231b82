/**
 * Files that are written in many places at once: made at full size without using space, then filled.
 *
 * @module
 */
import { fileSystemError } from "./file_system_error.ts";

/** A file open at one position, written in order from there. */
export interface PositionedWriter extends Disposable {
  /** Writes all the bytes. Synchronous: on a thread of its own this is the fastest way to the disk. */
  write(bytes: Uint8Array): void;
  /** Returns when the data is on the disk. */
  sync(): Promise<void>;
}

/**
 * Opens an existing file (or makes an empty one, with `create`) to write from `position` on.
 *
 * @throws {Deno.errors.NotFound} When the file does not exist and `create` is not set.
 */
export function openPositionedWriter(
  path: string,
  options: { readonly position: number; readonly create?: boolean },
): PositionedWriter {
  const create = options.create ?? false;
  const file = Deno.openSync(path, { write: true, create, truncate: create });
  if (options.position > 0) file.seekSync(options.position, Deno.SeekMode.Start);
  return {
    write(bytes) {
      // A write may be short, on a full disk among others; the next one then throws.
      for (let written = 0; written < bytes.length;) {
        written += file.writeSync(written === 0 ? bytes : bytes.subarray(written));
      }
    },
    sync: () => file.syncData(),
    [Symbol.dispose]: () => file.close(),
  };
}

/** A file open to be read in order from the start. */
export interface SequentialReader extends Disposable {
  /** Fills the buffer as far as it can; 0 at the end of the file. */
  read(buffer: Uint8Array): number;
}

/**
 * Opens a file to be read in order.
 *
 * @throws {ModelManagerError} When it is not there or cannot be read; so does `read`.
 */
export function openSequentialReader(path: string): SequentialReader {
  const attempt = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw fileSystemError(error, "read", path);
    }
  };
  const file = attempt(() => Deno.openSync(path, { read: true }));
  return {
    read: (buffer) => attempt(() => file.readSync(buffer)) ?? 0,
    [Symbol.dispose]: () => file.close(),
  };
}

/** A staged file, held open by its owner for as long as it is filled. */
export interface StagedFile extends Disposable {
  /** Whether it was made just now, or had another size: then nothing of an earlier run is in it. */
  readonly isNew: boolean;
  /**
   * Returns when all the data written so far, by anybody, is on the disk.
   *
   * @throws {ModelManagerError} When the disk fails or is full.
   */
  sync(): Promise<void>;
}

/**
 * Opens or makes a file of exactly `sizeBytes`; bytes not yet written take no space.
 *
 * @throws {ModelManagerError} `PERMISSION_ERROR`, `INSUFFICIENT_SPACE`, `NOT_FOUND` (no such folder) or `FAILED`.
 */
export async function openStagedFile(path: string, sizeBytes: number): Promise<StagedFile> {
  const failed = (error: unknown): never => {
    throw fileSystemError(error, "write", path);
  };
  const file = await Deno.open(path, { read: true, write: true, create: true }).catch(failed);
  let isNew: boolean;
  try {
    isNew = (await file.stat()).size !== sizeBytes;
    if (isNew) await file.truncate(sizeBytes);
  } catch (error) {
    file.close();
    return failed(error);
  }
  return {
    isNew,
    sync: () => file.syncData().catch(failed),
    [Symbol.dispose]: () => file.close(),
  };
}
