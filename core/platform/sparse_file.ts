/**
 * Files that are written in many places at once: made at full size without using space, then filled.
 *
 * @module
 */
import { closeSync, constants, openSync, readSync } from "node:fs";
import { ModelManagerError } from "../base/errors.ts";
import { fileSystemError, isNotFound, isSystemError } from "./file_system_error.ts";

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
export async function openPositionedWriter(
  path: string,
  options: { readonly position: number; readonly create?: boolean },
): Promise<PositionedWriter> {
  const create = options.create ?? false;
  const file = await Deno.open(path, { write: true, create, truncate: create });
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

/** Linux: reading does not count as use. Only who owns the file may ask for it. */
const O_NOATIME = 0o1000000;

/** Who hashes a file does not use it: the time of the last access tells which models are in use. */
function openWithoutTrace(path: string): number {
  if (Deno.build.os !== "linux") return openSync(path, "r");
  try {
    return openSync(path, constants.O_RDONLY | O_NOATIME);
  } catch (error) {
    if (!isSystemError(error, "EPERM")) throw error;
    return openSync(path, "r");
  }
}

/**
 * Opens a file to be read in order, from `position` on. Where the system can do it, the time of the last access stays.
 *
 * @throws {ModelManagerError} When it is not there or cannot be read; so does `read`.
 */
export function openSequentialReader(
  path: string,
  options: { readonly position?: number } = {},
): SequentialReader {
  const attempt = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw fileSystemError(error, "read", path);
    }
  };
  const file = attempt(() => openWithoutTrace(path));
  // Without a place of our own the system keeps it, which costs nothing.
  let at = options.position === undefined || options.position === 0 ? null : options.position;
  return {
    read(buffer) {
      const count = attempt(() => readSync(file, buffer, 0, buffer.length, at));
      if (at !== null) at += count;
      return count;
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

/** A staged file, held open by its owner for as long as it is filled. */
export interface StagedFile extends Disposable {
  /** Whether it was made just now, or had another size: then nothing of an earlier run is in it. */
  readonly isNew: boolean;
  /**
   * Whether its name still leads to it: somebody may have deleted the file, and another process begun one of the same
   * name, which must not be taken for this one.
   */
  isInPlace(): Promise<boolean>;
  /**
   * Returns when all the data written so far, by anybody, is on the disk.
   *
   * @throws {ModelManagerError} When the disk fails or is full, or the file is no longer in its place: what is written
   * to it then is written for nothing.
   */
  sync(): Promise<void>;
}

/**
 * Opens or makes a file of exactly `sizeBytes`; bytes not yet written take no space.
 *
 * @throws {ModelManagerError} `PERMISSION_ERROR`, `INSUFFICIENT_SPACE`, or `FAILED`, also for want of its folder.
 */
export async function openStagedFile(path: string, sizeBytes: number): Promise<StagedFile> {
  const failed = (error: unknown): never => {
    throw fileSystemError(error, "write", path);
  };
  let file = await open(path).catch(failed);
  let isNew: boolean;
  try {
    const { size, nlink } = await file.stat();
    isNew = size !== sizeBytes;
    if (nlink !== null && nlink > 1) {
      // Its bytes have another name as well, such as the final one after a crash: not ours to write over.
      await Deno.remove(path);
      const fresh = await open(path);
      file.close();
      file = fresh;
      isNew = true;
    }
    if (isNew) await file.truncate(sizeBytes);
  } catch (error) {
    file.close();
    return failed(error);
  }
  return {
    isNew,
    isInPlace: () => isSameFile(file, path),
    async sync() {
      await file.syncData().catch(failed);
      if (!await isSameFile(file, path)) throw exchangedError(path);
    },
    [Symbol.dispose]: () => file.close(),
  };
}

function exchangedError(path: string): ModelManagerError {
  return new ModelManagerError("FAILED", `The file "${path}" was deleted or exchanged while it was written`, {
    hints: ["Run the same command again: what is gone is fetched anew"],
  });
}

function open(path: string): Promise<Deno.FsFile> {
  return Deno.open(path, { read: true, write: true, create: true });
}

async function isSameFile(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    const [byHandle, byName] = await Promise.all([file.stat(), Deno.stat(path)]);
    return byHandle.ino === byName.ino && byHandle.dev === byName.dev;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw fileSystemError(error, "look at", path);
  }
}
