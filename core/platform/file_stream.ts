/**
 * Parts of files on their way out: streams that a server of ours recognizes and sends without copying.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";
import { fileSystemError, isNotFound } from "./file_system_error.ts";

const CHUNK_BYTES = 262_144;

/** What the system says of an open file. */
export interface OpenFileFacts {
  readonly isFile: boolean;
  readonly sizeBytes: number;
  /** When the content was last changed, in milliseconds since 1970, whole ones; anybody can set it to anything. */
  readonly modifiedAtMs: number;
  /**
   * When anything of it was last changed, its names and rights as well, in milliseconds since 1970, cut down to whole
   * seconds; `undefined` where the system does not tell. Nobody can set it back.
   */
  readonly changedAtMs: number | undefined;
  /** Which file it is on this machine, under whatever name. */
  readonly identity: string;
  /** Whether the name is the file's own, and no symbolic link. */
  readonly isOwnName: boolean;
}

/** A file that is open to be sent. */
export interface OutgoingFile extends Disposable {
  /** When it was opened. */
  readonly facts: OpenFileFacts;
  /**
   * A part of it. It fails before its last bytes when the file is not any more as it was when it was opened; it closes
   * the file. Only one can be made.
   */
  stream(range: ByteRange): ReadableStream<Uint8Array<ArrayBuffer>>;
}

interface FileStamp {
  readonly content: string;
  readonly changedAtMs: number | undefined;
  /** How many. */
  readonly names: number | null;
}

/** A part of an open file, for who sends it without the stream. */
export class FileSlice implements Disposable {
  readonly sizeBytes: number;
  readonly #file: Deno.FsFile;
  readonly #stamp: FileStamp;
  readonly #path: string;
  #remaining: number;

  constructor(file: Deno.FsFile, options: {
    readonly path: string;
    readonly range: ByteRange;
    readonly stamp: FileStamp;
  }) {
    const { path, range, stamp } = options;
    this.#file = file;
    this.#path = path;
    this.#stamp = stamp;
    this.sizeBytes = this.#remaining = range.end - range.start;
    file.seekSync(range.start, Deno.SeekMode.Start);
  }

  /** Bytes that were not read yet. */
  get remainingBytes(): number {
    return this.#remaining;
  }

  /** Reads on this thread: from memory it is much faster than asking another one. */
  readNow(buffer: Uint8Array): number {
    return this.#took(this.#file.readSync(buffer.subarray(0, this.#remaining)));
  }

  /** Reads on another thread, for disks that take their time. */
  async read(buffer: Uint8Array): Promise<number> {
    return this.#took(await this.#file.read(buffer.subarray(0, this.#remaining)));
  }

  /** The last bytes are given away only when all before them were those of the same content. */
  #took(count: number | null): number {
    if (count === null || count === 0) throw this.#changed();
    this.#remaining -= count;
    if (this.#remaining > 0) return count;
    if (!isSameContent(this.#stamp, stampOf(this.#file.statSync()))) throw this.#changed();
    return count;
  }

  #changed(): Error {
    return new Error(`"${this.#path}" was changed while it was sent`);
  }

  [Symbol.dispose](): void {
    try {
      this.#file.close();
    } catch {
      // It is closed.
    }
  }
}

const slices = new WeakMap<ReadableStream, () => FileSlice>();

/** The part of a file behind a stream, in place of the stream, which cannot be read then; `undefined` for others. */
export function takeFileSlice(stream: ReadableStream): FileSlice | undefined {
  const take = stream.locked ? undefined : slices.get(stream);
  slices.delete(stream);
  return take?.();
}

/**
 * What shows that the content was changed. The time of the last change of any kind tells, too, when the other one was
 * put back; only a name that has come or gone meanwhile accounts for it as well.
 */
function stampOf(info: Deno.FileInfo): FileStamp {
  return {
    content: [info.size, info.mtime?.getTime(), info.ino].join(" "),
    changedAtMs: info.ctime?.getTime(),
    names: info.nlink,
  };
}

function isSameContent(before: FileStamp, now: FileStamp): boolean {
  return before.content === now.content &&
    (before.changedAtMs === now.changedAtMs || before.names !== now.names);
}

function toFacts(info: Deno.FileInfo, name: Deno.FileInfo): OpenFileFacts {
  const identity = identityOf(info);
  return {
    isFile: info.isFile,
    sizeBytes: info.size,
    modifiedAtMs: Math.trunc(info.mtime?.getTime() ?? 0),
    changedAtMs: info.ctime?.getTime(),
    identity,
    isOwnName: !name.isSymlink && identityOf(name) === identity,
  };
}

function identityOf({ dev, ino }: Deno.FileInfo): string {
  return `${dev} ${ino}`;
}

function streamOf(open: () => FileSlice): ReadableStream<Uint8Array<ArrayBuffer>> {
  let slice: FileSlice | undefined;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      slice ??= open();
      try {
        const buffer = new Uint8Array(Math.min(CHUNK_BYTES, slice.remainingBytes));
        controller.enqueue(buffer.subarray(0, await slice.read(buffer)));
        if (slice.remainingBytes > 0) return;
        slice[Symbol.dispose]();
        controller.close();
      } catch (error) {
        slice[Symbol.dispose]();
        throw error;
      }
    },
    cancel() {
      (slice ?? open())[Symbol.dispose]();
    },
  }, { highWaterMark: 0 });
  slices.set(stream, open);
  return stream;
}

/**
 * The same of a file that need not be open; `undefined` when there is nothing.
 *
 * @throws {ModelManagerError} When the system does not let us look.
 */
export async function outgoingFileFacts(path: string): Promise<OpenFileFacts | undefined> {
  try {
    const name = await Deno.lstat(path);
    return toFacts(name.isSymlink ? await Deno.stat(path) : name, name);
  } catch (error) {
    if (isNotFound(error) || error instanceof Deno.errors.NotADirectory) return undefined;
    throw fileSystemError(error, "look at", path);
  }
}

/**
 * Opens a file to send parts of it.
 *
 * @throws {ModelManagerError} When it is not there or cannot be read.
 */
export async function openOutgoingFile(path: string): Promise<OutgoingFile> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true });
  } catch (error) {
    throw fileSystemError(error, "read", path);
  }
  try {
    const info = file.statSync();
    const stamp = stampOf(info);
    return {
      facts: toFacts(info, Deno.lstatSync(path)),
      stream: (range) => streamOf(() => new FileSlice(file, { path, range, stamp })),
      [Symbol.dispose]: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw fileSystemError(error, "read", path);
  }
}
