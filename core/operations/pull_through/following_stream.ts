/**
 * A part of a file that is still on its way, as a stream: it gives what has arrived, waits for what has not, and keeps
 * the last bytes back until the file is proved.
 *
 * @module
 */
import type { ByteRange } from "../../base/byte_range.ts";
import { isModelManagerError } from "../../base/errors.ts";
import { type GrowingFile, openGrowingFile } from "../../platform/growing_file.ts";
import { type FetchReader, type FileFetch, heldBackFrom, type ReadableNow } from "./file_fetch.ts";

const CHUNK_BYTES = 262_144;
/** Nobody takes a reply for complete that lacks so much of its end. */
const HELD_BACK_BYTES = 65_536;

/** Bytes that can be had. */
interface Readable {
  readonly now: ReadableNow;
  /** Up to here, from where the reader is. */
  readonly limit: number;
}

/** Reads one range of one file. */
class FollowingReader {
  readonly #fetch: FileFetch;
  readonly #range: ByteRange;
  readonly #reader: FetchReader;
  readonly #onBytes: (bytes: number) => void;
  #file: GrowingFile | undefined;
  #isClosed = false;

  constructor(fetch: FileFetch, range: ByteRange, onBytes: (bytes: number) => void) {
    this.#fetch = fetch;
    this.#range = range;
    this.#reader = fetch.join(range.start);
    this.#onBytes = onBytes;
  }

  /** Where reading has to stop just now; the same as the position when there is nothing to be had. */
  #limit(now: ReadableNow | undefined): number {
    if (now === undefined) return this.#reader.position;
    const { end } = this.#range;
    return now.isProved ? end : Math.min(now.end, heldBackFrom(this.#range, HELD_BACK_BYTES));
  }

  /** The file is opened once: then it may get its final name as often as it likes. */
  async #openReadable(): Promise<Readable & { readonly file: GrowingFile }> {
    for (;;) {
      const readable = await this.#readable();
      if (this.#file !== undefined) return { ...readable, file: this.#file };
      try {
        return { ...readable, file: this.#file = await openGrowingFile(readable.now.path) };
      } catch (error) {
        // It has just got its final name, and that will be told.
        if (readable.now.isProved || !isModelManagerError(error)) throw error;
        const isThere = this.#fetch.readableNow(this.#reader)?.isProved === true;
        if (!isThere) await this.#fetch.change(this.#reader);
      }
    }
  }

  /** Resolves when there are bytes; throws what the fetch failed with. */
  async #readable(): Promise<Readable> {
    for (;;) {
      if (this.#isClosed) throw new Error("Nobody reads any more");
      const now = this.#fetch.readableNow(this.#reader);
      const limit = this.#limit(now);
      if (now !== undefined && limit > this.#reader.position) return { now, limit };
      await this.#fetch.change(this.#reader);
    }
  }

  /** Of an empty range: when the file is there. */
  async ready(): Promise<void> {
    if (!this.#isEmpty) return void await this.#readable();
    while (!this.hasBytes() && !this.#isClosed) await this.#fetch.change(this.#reader);
  }

  get #isEmpty(): boolean {
    return this.#range.end <= this.#range.start;
  }

  /** Whether there are bytes just now, as many as there can be; throws what the fetch failed with. */
  hasBytes(): boolean {
    if (this.#isEmpty) return this.#fetch.readableNow(this.#reader)?.isProved === true;
    return this.#limit(this.#fetch.readableNow(this.#reader)) > this.#reader.position;
  }

  /** The next bytes; `undefined` when there are no more. */
  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { position } = this.#reader;
    if (position >= this.#range.end) return undefined;
    const { now, limit, file } = await this.#openReadable();
    if (this.#isClosed) return this.#drop();
    const buffer = new Uint8Array(Math.min(CHUNK_BYTES, limit - position));
    const count = await file.read(buffer, position);
    if (count === 0) throw new Error(`"${now.path}" has become shorter while it was sent`);
    this.#fetch.gave(this.#reader, now);
    this.#reader.position = position + count;
    this.#onBytes(count);
    return buffer.subarray(0, count);
  }

  #drop(): undefined {
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
    return undefined;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#drop();
    this.#fetch.leave(this.#reader);
  }
}

/** How a part of a file is followed. */
export interface FollowOptions {
  /** Told of bytes that are given away. */
  readonly onBytes: (bytes: number) => void;
  /** Settles when nobody waits any longer for the first byte before the answer begins. */
  readonly patience: () => Promise<void>;
}

/**
 * Opens a part of a file on its way. It waits a while for the first byte, so that a refusal of the Hub can still be the
 * answer.
 *
 * @throws What the fetch failed with in that time.
 */
export async function followFetch(
  fetch: FileFetch,
  range: ByteRange,
  options: FollowOptions,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const reader = new FollowingReader(fetch, range, options.onBytes);
  try {
    const ready = reader.ready();
    // Whoever is not waited for any more fails in the stream.
    ready.catch(() => {});
    if (fetch.trouble?.isLong !== true) await Promise.race([ready, options.patience()]);
    // An answer that begins cannot say any more that there is nothing.
    if (fetch.trouble !== undefined && !reader.hasBytes()) throw fetch.trouble.error;
  } catch (error) {
    reader.close();
    throw error;
  }
  return new ReadableStream({
    async pull(controller) {
      try {
        const bytes = await reader.next();
        if (bytes !== undefined) return controller.enqueue(bytes);
        reader.close();
        controller.close();
      } catch (error) {
        reader.close();
        throw error;
      }
    },
    cancel: () => reader.close(),
  }, { highWaterMark: 0 });
}
