/**
 * Files copied in sight of whoever has to know their bytes.
 *
 * @module
 */
import { throwIfAborted } from "../base/errors.ts";
import { fileSystemError } from "./file_system_error.ts";

const BUFFER_BYTES = 4 * 1024 * 1024;

/** How a file is copied. */
export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Given the bytes in their order, as they are written; they are overwritten afterwards. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

/**
 * Copies a file, and returns when the bytes are on the disk.
 *
 * @param to Must not exist. What is there of it stays when the copy fails.
 * @throws {ModelManagerError} `CANCELLED`, or what the file system says.
 */
export async function copyBytes(from: string, to: string, options: CopyOptions = {}): Promise<void> {
  const { signal, onBytes } = options;
  throwIfAborted(signal);
  const failed = (action: string, path: string) => (error: unknown): never => {
    throw fileSystemError(error, action, path);
  };
  using source = await Deno.open(from, { read: true }).catch(failed("read", from));
  using target = await Deno.open(to, { write: true, createNew: true }).catch(failed("write", to));
  const { size } = await source.stat().catch(failed("read", from));
  const buffer = new Uint8Array(Math.max(1, Math.min(BUFFER_BYTES, size)));
  for (;;) {
    throwIfAborted(signal);
    const count = await source.read(buffer).catch(failed("read", from));
    if (count === null) break;
    const bytes = buffer.subarray(0, count);
    onBytes?.(bytes);
    for (let written = 0; written < count;) {
      written += await target.write(bytes.subarray(written)).catch(failed("write", to));
    }
  }
  await target.sync().catch(failed("write", to));
}

/** Returns when a file's bytes are on the disk; best effort: not every system syncs what may only be read. */
export async function syncFile(path: string): Promise<void> {
  try {
    using file = await Deno.open(path, { read: true });
    await file.sync();
  } catch {
    // Its bytes were written long ago, by a program that has finished with them.
  }
}
