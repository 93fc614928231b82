/**
 * Finds what has been written into a file that was made at full size, when nobody has noted it: holes read as zeros.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { ByteRange } from "../base/byte_range.ts";
import { fileSystemError } from "./file_system_error.ts";

/** So many zeros in a row are taken for a hole, also where they are data: what is found is never too much. */
const HOLE = new Uint8Array(64);
const BUFFER_BYTES = 256 * 1024;
/** Data away from what is known is found by looking so often; smaller islands may be missed. */
const STRIDE_BYTES = 128 * 1024;
/** Where a file system takes longer than this over it, fetching again is as good. */
const MAX_ELAPSED_MS = 300;

/**
 * The data in the gaps of a file: right from the start of each, and further on.
 *
 * @param gaps Sorted and disjoint.
 * @param options.maxElapsedMs After this long, what has been found is all. @default {300}
 * @returns sorted ranges within the gaps, each of which was certainly written; there may be more.
 * @throws {ModelManagerError} When the file cannot be read.
 */
export function findWrittenData(
  path: string,
  gaps: readonly ByteRange[],
  options: { readonly maxElapsedMs?: number } = {},
): ByteRange[] {
  try {
    using file = Deno.openSync(path, { read: true });
    const search = new Search(file, options.maxElapsedMs ?? MAX_ELAPSED_MS);
    return gaps.flatMap((gap) => search.dataIn(gap));
  } catch (error) {
    throw fileSystemError(error, "read", path);
  }
}

class Search {
  readonly #file: Deno.FsFile;
  readonly #buffer: Buffer = Buffer.alloc(BUFFER_BYTES);
  readonly #endsAt: number;

  constructor(file: Deno.FsFile, maxElapsedMs: number) {
    this.#file = file;
    this.#endsAt = performance.now() + maxElapsedMs;
  }

  dataIn(gap: ByteRange): ByteRange[] {
    const found: ByteRange[] = [];
    let position = gap.start;
    const take = (start: number): void => {
      const end = this.#endOfData(start, gap.end);
      if (end > start) found.push({ start, end });
      position = Math.max(position, end);
    };
    // A zero may be the start of a hole that is too short to be known as one.
    if (this.#read(gap.start, Math.min(gap.end, gap.start + 1))[0] !== 0) take(gap.start);
    // One step further than what is known: else the same hole would be found again.
    for (
      let at = nextStride(position);
      at < gap.end && performance.now() < this.#endsAt;
      at = nextStride(at)
    ) {
      const seen = this.#read(at, Math.min(gap.end, at + HOLE.length)).findIndex((byte) => byte !== 0);
      if (seen < 0) continue;
      // Zeros before it may be the end of a hole.
      take(this.#startOfData(at + seen, Math.max(position, at - STRIDE_BYTES)));
      at = Math.max(at, position);
    }
    return found;
  }

  /** Where the data begins that is at `at`, at `from` at the earliest. */
  #startOfData(at: number, from: number): number {
    const bytes = this.#read(from, at);
    const hole = bytes.lastIndexOf(HOLE);
    let start = hole < 0 ? 0 : hole + HOLE.length;
    while (start < bytes.length && bytes[start] === 0) start++;
    return from + start;
  }

  /** Where the data ends that was written in order from `start` on. */
  #endOfData(start: number, end: number): number {
    let position = start;
    while (position < end) {
      const bytes = this.#read(position, Math.min(end, position + BUFFER_BYTES));
      const hole = bytes.indexOf(HOLE);
      if (hole >= 0) return position + hole;
      let length = bytes.length;
      while (length > 0 && bytes[length - 1] === 0) length--;
      position += length;
      if (length < HOLE.length) break;
    }
    return position;
  }

  #read(start: number, end: number): Buffer {
    this.#file.seekSync(start, Deno.SeekMode.Start);
    let length = 0;
    while (length < end - start) {
      const count = this.#file.readSync(this.#buffer.subarray(length, end - start));
      if (count === null) break;
      length += count;
    }
    return this.#buffer.subarray(0, length);
  }
}

function nextStride(position: number): number {
  return (Math.floor(position / STRIDE_BYTES) + 1) * STRIDE_BYTES;
}
