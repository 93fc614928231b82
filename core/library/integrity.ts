/**
 * Files hashed again and compared with what the registry says of them.
 *
 * @module
 */
import { type Digest, type DigestAlgorithm, formatDigest } from "../base/digest.ts";
import { type ErrorData, isModelManagerError, ModelManagerError, throwIfAborted } from "../base/errors.ts";
import { EventStream } from "../base/event_stream.ts";
import { fileFacts } from "../platform/directory.ts";

/** The state of one file after hashing it again. */
export interface VerifiedFile {
  /** The model it is of. */
  readonly repo: string;
  /** Absolute. */
  readonly path: string;
  /**
   * What hashing showed. `repaired`: it was corrupt or missing, and is right now. `unproved`: no digest is known of it,
   * and nothing in its structure speaks against it.
   */
  readonly status: "ok" | "corrupt" | "missing" | "repaired" | "unproved";
  /** As `sha256:…` or `git-sha1:…`; `unknown` when no digest is known. */
  readonly expected: string;
  /** Absent when it was not worked out: a file of another size cannot be the right one. */
  readonly actual?: string;
  /** What is wrong with its structure, in a sentence; only where no digest is known. */
  readonly problem?: string;
  /** Bytes that came over the network for its repair. */
  readonly bytesFetched?: number;
  /** Why it could not be repaired. */
  readonly error?: ErrorData;
}

/** Progress of a verification. */
export interface VerifyEvent {
  /** `repairing`: what is wrong of the file is being fetched. */
  readonly type: "verifying" | "repairing";
  /** Path of the file in its repository. */
  readonly file: string;
  /** Hashed, or fetched, so far. */
  readonly receivedBytes: number;
  /** Size of the file. */
  readonly totalBytes: number;
}

/** A file and what it has to be. */
export interface VerifiableFile {
  readonly repo: string;
  /** In the repository. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  /** What the bytes came from; `undefined` when that is not known. */
  readonly commit?: string | undefined;
}

/** A GGUF file of which no digest is known. */
export interface UnprovedFile {
  readonly repo: string;
  /** Absolute. */
  readonly path: string;
}

/** Works out a file's digest, in hexadecimal. */
export type FileHasher = (
  path: string,
  algorithm: DigestAlgorithm,
  options: { readonly signal: AbortSignal; readonly onProgress: (hashedBytes: number) => void },
) => Promise<string>;

/** How files are verified. */
export interface VerifyOptions {
  readonly hashFile: FileHasher;
  readonly signal?: AbortSignal | undefined;
  /** Files at once. @default {2} */
  readonly concurrency?: number;
}

/** Files that could not be read, with the error of the first; all the others were verified. */
export class UnreadableFilesError extends ModelManagerError {
  /** The results of the files that could be read, in their order. */
  readonly files: readonly VerifiedFile[];

  constructor(errors: readonly ModelManagerError[], files: readonly VerifiedFile[]) {
    const [first, ...more] = errors;
    const others = more.length === 0
      ? ""
      : more.length === 1
      ? " (so is another file)"
      : ` (so are ${more.length} other files)`;
    const message = first === undefined ? "A file cannot be read" : `${first.message}${others}`;
    super(first?.code ?? "FAILED", message, { hints: first?.hints ?? [], cause: first?.cause });
    this.files = files;
  }
}

type Progress = VerifyEvent & { readonly path: string };

async function verifyFile(
  file: VerifiableFile,
  options: {
    readonly hashFile: FileHasher;
    readonly signal: AbortSignal;
    readonly stream: EventStream<Progress>;
  },
): Promise<VerifiedFile> {
  const { repo, path, sizeBytes, digest } = file;
  const expected = formatDigest(digest);
  const report = (receivedBytes: number): void =>
    options.stream.push({ type: "verifying", file: file.file, receivedBytes, totalBytes: sizeBytes, path });
  const facts = await fileFacts(path);
  if (facts === undefined) return { repo, path, status: "missing", expected };
  if (!facts.isFile || facts.sizeBytes !== sizeBytes) return { repo, path, status: "corrupt", expected };
  report(0);
  const hex = await options.hashFile(path, digest.algorithm, { signal: options.signal, onProgress: report });
  report(sizeBytes);
  const actual = formatDigest({ algorithm: digest.algorithm, hex });
  return { repo, path, status: hex === digest.hex ? "ok" : "corrupt", expected, actual };
}

/**
 * Hashes files and compares. Whoever stops reading stops the hashing.
 *
 * @returns one result a file, in their order.
 * @throws {ModelManagerError} `CANCELLED`, or {@link UnreadableFilesError} when all is done and files could not be
 * read.
 */
export async function* verifyFiles(
  files: readonly VerifiableFile[],
  options: VerifyOptions,
): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined> {
  throwIfAborted(options.signal);
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const stream = new EventStream<Progress>({ coalesceKey: (event) => event.path });
  const results: (VerifiedFile | undefined)[] = files.map(() => undefined);
  const unreadable: ModelManagerError[] = [];
  const queue = files.entries();
  const work = async (): Promise<void> => {
    for (const [index, file] of queue) {
      throwIfAborted(signal);
      try {
        results[index] = await verifyFile(file, { hashFile: options.hashFile, signal, stream });
      } catch (error) {
        throwIfAborted(signal);
        if (!isModelManagerError(error) || error.code === "CANCELLED") throw error;
        unreadable.push(error);
      }
    }
  };
  const workers = Array.from({ length: Math.max(1, options.concurrency ?? 2) }, work);
  const all = Promise.all(workers).then(() => stream.close(), (error) => stream.fail(error));
  try {
    for await (const { path: _, ...event } of stream) yield event;
    await all;
    const verified = results.filter((result) => result !== undefined);
    if (unreadable.length > 0) throw new UnreadableFilesError(unreadable, verified);
    return verified;
  } catch (error) {
    throwIfAborted(options.signal);
    throw error;
  } finally {
    stop.abort();
    await Promise.allSettled(workers);
  }
}
