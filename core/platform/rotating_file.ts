/**
 * A file of lines that is put aside when it has become long: `NAME`, `NAME.1`, `NAME.2`…, the newest first.
 *
 * @module
 */
import { dirname } from "node:path";
import { fileSystemError } from "./file_system_error.ts";

/** How lines are kept. */
export interface RotatingFileOptions {
  /** A file that would become longer is put aside. @default {5 MiB} */
  readonly maxBytes?: number;
  /** How many files there are, the one that is written included; at least 1. @default {5} */
  readonly maxFiles?: number;
}

const MAX_BYTES = 5 * 1024 * 1024;
const MAX_FILES = 5;

/**
 * Appends lines. Only one process may write to a file. Nothing is open between two lines, so that the file can be moved
 * or deleted at any time, and a disk that was full is written to again as soon as it has room.
 */
export class RotatingFile {
  /** Absolute. */
  readonly path: string;
  readonly #maxBytes: number;
  readonly #maxFiles: number;
  /** The last line may have been written in part. */
  #isTorn = true;

  constructor(path: string, options: RotatingFileOptions = {}) {
    this.path = path;
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
    this.#maxFiles = Math.max(1, options.maxFiles ?? MAX_FILES);
  }

  /**
   * Makes the file if there is none.
   *
   * @throws {ModelManagerError} When it cannot be written.
   */
  create(): void {
    try {
      Deno.mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      Deno.openSync(this.path, { append: true, create: true, read: true, mode: 0o600 }).close();
    } catch (error) {
      throw fileSystemError(error, "write to", this.path);
    }
  }

  /**
   * Writes a line, whole, before it returns: it is there also when the process is killed at once.
   *
   * @returns whether it could be written.
   */
  append(line: string): boolean {
    try {
      this.#append(line);
      return true;
    } catch {
      this.#isTorn = true;
      return false;
    }
  }

  #append(line: string): void {
    const bytes = new TextEncoder().encode(`${line}\n`);
    let length = sizeOf(this.path);
    if (length === undefined) Deno.mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    else if (length > 0 && length + bytes.length > this.#maxBytes) {
      this.#putAside();
      length = 0;
    }
    using file = Deno.openSync(this.path, { append: true, create: true, read: true, mode: 0o600 });
    if (this.#isTorn && (length ?? 0) > 0 && !endsLine(file)) writeAll(file, new Uint8Array([0x0a]));
    this.#isTorn = false;
    writeAll(file, bytes);
  }

  /** What cannot be renamed stays: a log that is too long is better than none. */
  #putAside(): void {
    for (let number = this.#maxFiles - 1; number >= 1; number--) {
      const from = number === 1 ? this.path : `${this.path}.${number - 1}`;
      try {
        Deno.renameSync(from, `${this.path}.${number}`);
      } catch {
        // Not there yet.
      }
    }
    if (this.#maxFiles === 1) Deno.truncateSync(this.path);
  }
}

function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function endsLine(file: Deno.FsFile): boolean {
  const last = new Uint8Array(1);
  file.seekSync(-1, Deno.SeekMode.End);
  return file.readSync(last) === 1 && last[0] === 0x0a;
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}
