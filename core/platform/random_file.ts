/**
 * Files that are read here and there, and files of which parts are replaced.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";
import { fileSystemError } from "./file_system_error.ts";

const BUFFER_BYTES = 1024 * 1024;

/** A file open to be read at any place. */
export interface RandomFile extends Disposable {
  /** When it was opened. */
  readonly sizeBytes: number;
  /** Fills the buffer from `position` on, as far as the file goes. @returns how many bytes that were. */
  read(buffer: Uint8Array, position: number): Promise<number>;
}

/**
 * Opens a file to be read at any place.
 *
 * @throws {ModelManagerError} When it is not there or cannot be read; so does `read`.
 */
export async function openRandomFile(path: string): Promise<RandomFile> {
  const failed = (error: unknown): never => {
    throw fileSystemError(error, "read", path);
  };
  const file = await Deno.open(path, { read: true }).catch(failed);
  try {
    const { size } = await file.stat();
    return {
      sizeBytes: size,
      read: async (buffer, position) => {
        try {
          await file.seek(position, Deno.SeekMode.Start);
          return await file.read(buffer) ?? 0;
        } catch (error) {
          return failed(error);
        }
      },
      [Symbol.dispose]: () => file.close(),
    };
  } catch (error) {
    file.close();
    return failed(error);
  }
}

/**
 * Puts parts of one file into another, at the same offsets, and makes that last. Broken off at any point, it can be
 * done again.
 *
 * @throws {ModelManagerError} What the file system says.
 */
export async function patchFile(
  path: string,
  patch: {
    /** Has the bytes. */
    readonly from: string;
    readonly ranges: readonly ByteRange[];
    /** What the file is to have; what is more goes. */
    readonly sizeBytes: number;
  },
): Promise<void> {
  const { from, ranges, sizeBytes } = patch;
  using source = await openRandomFile(from);
  try {
    using target = await Deno.open(path, { write: true });
    const buffer = new Uint8Array(BUFFER_BYTES);
    for (const range of ranges) {
      await target.seek(range.start, Deno.SeekMode.Start);
      for (let position = range.start; position < range.end;) {
        const wanted = buffer.subarray(0, Math.min(BUFFER_BYTES, range.end - position));
        const count = await source.read(wanted, position);
        if (count === 0) {
          throw new RangeError(`Cannot copy bytes ${position} to ${range.end}: there are none`);
        }
        await writeAll(target, wanted.subarray(0, count));
        position += count;
      }
    }
    if ((await target.stat()).size > sizeBytes) await target.truncate(sizeBytes);
    await target.sync();
  } catch (error) {
    throw fileSystemError(error, "write", path);
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}
