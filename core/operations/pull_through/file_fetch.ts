/**
 * One file on its way from the Hub, and everybody who reads it meanwhile.
 *
 * Nothing of it is proved before all of it is: readers are given what has arrived, and the last bytes of what they asked
 * for only when the digest is right. When bytes turn out wrong, whoever was given some is cut off.
 *
 * @module
 */
import type { ByteRange } from "../../base/byte_range.ts";
import type { FileFollower, FollowedState } from "../../download/file_follower.ts";

/** What a reader can have at a position just now. */
export interface ReadableNow {
  readonly path: string;
  /** Bytes from the position up to here are there. */
  readonly end: number;
  /** All of them are proved. */
  readonly isProved: boolean;
  /** Goes with what is read there, see {@link FileFetch.gave}. */
  readonly epoch: number | undefined;
}

/** Why nothing comes just now, although it may later. */
export interface FetchTrouble {
  readonly error: unknown;
  /** Whether it will last: then nobody waits for a first byte. */
  readonly isLong: boolean;
}

/** A place in the file where somebody reads. */
export interface FetchReader {
  /** Where the next byte is wanted. */
  position: number;
  /** Whether it waits for bytes. */
  isWaiting: boolean;
  /** Until when what it was given holds, see {@link FollowedState.epoch}. */
  epoch: number | undefined;
}

/** Whom a file on its way tells what. */
export interface FileFetchOptions {
  /** The last reader has gone before the file was there. */
  readonly onAbandoned: () => void;
  /** Readers were given bytes that are not trusted any more. */
  readonly onMisled?: () => void;
}

/** A file on its way. */
export class FileFetch implements FileFollower {
  readonly #readers = new Set<FetchReader>();
  readonly #options: FileFetchOptions;
  #state: FollowedState | undefined;
  #provedPath: string | undefined;
  #failure: { readonly error: unknown } | undefined;
  #changed = Promise.withResolvers<{ readonly error: unknown } | undefined>();
  #refusal: { readonly error: unknown } | undefined;
  #trouble: FetchTrouble | undefined;
  #turn = 0;
  #hasGiven = false;

  constructor(options: FileFetchOptions) {
    this.#options = options;
  }

  /** Readers just now. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Whether it has come to an end, good or bad. */
  get isOver(): boolean {
    return this.#provedPath !== undefined || this.#failure !== undefined;
  }

  /** Begins to read. */
  join(position: number): FetchReader {
    const reader: FetchReader = { position, isWaiting: false, epoch: undefined };
    this.#readers.add(reader);
    return reader;
  }

  /** Ends that. */
  leave(reader: FetchReader): void {
    if (this.#readers.delete(reader) && this.#readers.size === 0 && !this.isOver) this.#options.onAbandoned();
  }

  notice(state: FollowedState): void {
    const { epoch } = this.#state ?? state;
    if (writtenBytes(state) > writtenBytes(this.#state)) this.#trouble = undefined;
    this.#state = state;
    // Whoever was given something may have gone by now, and may come again.
    if (epoch !== state.epoch && this.#hasGiven) this.#options.onMisled?.();
    this.#wake();
  }

  nextWanted(): number | undefined {
    const waiting = [...this.#readers].filter((reader) => reader.isWaiting);
    return waiting.length === 0 ? undefined : waiting[this.#turn++ % waiting.length]?.position;
  }

  /** The file has its final name. */
  succeed(path: string): void {
    this.#provedPath = path;
    this.#wake();
  }

  /** It has not come, and will not. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /** Nothing comes just now. Who waits for a first byte is told so when it lasts; the fetch itself goes on. */
  stall(trouble: FetchTrouble): void {
    this.#trouble = trouble;
    if (!trouble.isLong) return;
    this.#refusal = trouble;
    this.#wake();
    this.#refusal = undefined;
  }

  /** Why nothing comes; `undefined` when something has come since, or it is over. */
  get trouble(): FetchTrouble | undefined {
    return this.isOver ? undefined : this.#trouble;
  }

  #wake(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve(this.#refusal);
  }

  /**
   * What can be read where a reader is.
   *
   * @returns `undefined` while there is nothing.
   * @throws What the fetch failed with, or that what the reader was given before cannot be trusted.
   */
  readableNow(reader: FetchReader): ReadableNow | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    const state = this.#state;
    if (reader.epoch !== undefined && state?.epoch !== reader.epoch) {
      throw new Error("Bytes that came from the Hub were wrong, and some of them had been passed on");
    }
    if (this.#provedPath !== undefined) {
      return { path: this.#provedPath, end: Infinity, isProved: true, epoch: state?.epoch };
    }
    const range = state?.written.find(({ start, end }) => start <= reader.position && reader.position < end);
    return state === undefined || range === undefined
      ? undefined
      : { path: state.stagedPath, end: range.end, isProved: false, epoch: state.epoch };
  }

  /** The reader has been given bytes that were found like this. */
  gave(reader: FetchReader, { epoch }: Pick<ReadableNow, "epoch">): void {
    reader.epoch ??= epoch;
    this.#hasGiven = true;
  }

  /**
   * Resolves when something has changed since the call.
   *
   * @throws Why there is nothing yet, when that was told and the reader has been given nothing.
   */
  async change(reader: FetchReader): Promise<void> {
    reader.isWaiting = true;
    try {
      const refusal = await this.#changed.promise;
      if (refusal !== undefined && reader.epoch === undefined) throw refusal.error;
    } finally {
      reader.isWaiting = false;
    }
  }
}

function writtenBytes(state: FollowedState | undefined): number {
  return (state?.written ?? []).reduce((sum, { start, end }) => sum + end - start, 0);
}

/** The part of a range that is kept back until the file is proved. */
export function heldBackFrom(range: ByteRange, heldBytes: number): number {
  return Math.max(range.start, range.end - heldBytes);
}
