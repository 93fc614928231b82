/**
 * Files that are written in many places at once: made at full size without using space, then filled.
 *
 * @module
 */

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

/** Opens a file to be read in order. */
export function openSequentialReader(path: string): SequentialReader {
  const file = Deno.openSync(path, { read: true });
  return {
    read: (buffer) => file.readSync(buffer) ?? 0,
    [Symbol.dispose]: () => file.close(),
  };
}

/** A staged file, held open by its owner for as long as it is filled. */
export interface StagedFile extends Disposable {
  /** Returns when all the data written so far, by anybody, is on the disk. */
  sync(): Promise<void>;
}

/** Opens or makes a file of exactly `sizeBytes`; bytes not yet written take no space. */
export async function openStagedFile(path: string, sizeBytes: number): Promise<StagedFile> {
  const file = await Deno.open(path, { read: true, write: true, create: true });
  try {
    if ((await file.stat()).size !== sizeBytes) await file.truncate(sizeBytes);
  } catch (error) {
    file.close();
    throw error;
  }
  return {
    sync: () => file.syncData(),
    [Symbol.dispose]: () => file.close(),
  };
}
