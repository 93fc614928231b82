/**
 * Work on many files, some at once, with progress: hashing them, above all.
 *
 * @module
 */
import { throwIfAborted } from "../base/errors.ts";
import { EventStream } from "../base/event_stream.ts";

/** How far all files together are. */
export interface OverallProgress {
  /** Hashed so far, of all files. */
  readonly receivedBytes: number;
  /** Size of all files. */
  readonly totalBytes: number;
  /** How many are finished. */
  readonly filesDone: number;
  /** How many there are. */
  readonly files: number;
}

/** Progress of a verification, a repair or a scan. */
export interface VerifyEvent {
  /** `repairing`: what is wrong of the file is being fetched. `hashing`: it is looked at for the first time. */
  readonly type: "verifying" | "repairing" | "hashing";
  /** Path of the file in its repository. */
  readonly file: string;
  /** Hashed, or fetched, so far. */
  readonly receivedBytes: number;
  /** Size of the file. */
  readonly totalBytes: number;
  /** Left out where files are worked on one after another. */
  readonly overall?: OverallProgress;
}

/** A file to be worked on. */
export interface WorkFile {
  /** In the repository. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** What work on one file is given. */
export interface FileWorkCall {
  readonly signal: AbortSignal;
  /** Takes bytes done so far. */
  readonly report: (receivedBytes: number) => void;
}

/** How files are worked on. */
export interface FileWorkOptions<File, Result> {
  readonly type: VerifyEvent["type"];
  readonly work: (file: File, call: FileWorkCall) => Promise<Result>;
  readonly signal?: AbortSignal | undefined;
  /** Files at once. @default {2} */
  readonly concurrency?: number | undefined;
}

type Progress = VerifyEvent & { readonly path: string };

/** Adds up what all files have come to. */
class Tally {
  readonly #files: number;
  readonly #totalBytes: number;
  readonly #received = new Map<string, number>();
  #receivedBytes = 0;
  #filesDone = 0;

  constructor(files: readonly WorkFile[]) {
    this.#files = files.length;
    this.#totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  }

  note(path: string, receivedBytes: number): void {
    this.#receivedBytes += receivedBytes - (this.#received.get(path) ?? 0);
    this.#received.set(path, receivedBytes);
  }

  finish(file: WorkFile): void {
    this.note(file.path, file.sizeBytes);
    this.#filesDone += 1;
  }

  get progress(): OverallProgress {
    return {
      receivedBytes: this.#receivedBytes,
      totalBytes: this.#totalBytes,
      filesDone: this.#filesDone,
      files: this.#files,
    };
  }
}

/**
 * Works on files, the next as soon as one is done. Whoever stops reading stops the work.
 *
 * @returns one result a file, in their order.
 * @throws {ModelManagerError} `CANCELLED`, and what the work throws: then the rest is left.
 */
export async function* workOnFiles<File extends WorkFile, Result>(
  files: readonly File[],
  options: FileWorkOptions<File, Result>,
): AsyncGenerator<VerifyEvent, Result[], undefined> {
  throwIfAborted(options.signal);
  const { type, work } = options;
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const stream = new EventStream<Progress>({ coalesceKey: (event) => event.path });
  const tally = new Tally(files);
  const results = new Map<number, Result>();
  const queue = files.entries();
  const loop = async (): Promise<void> => {
    for (const [index, file] of queue) {
      throwIfAborted(signal);
      const { path, sizeBytes: totalBytes } = file;
      const report = (receivedBytes: number): void => {
        tally.note(path, receivedBytes);
        stream.push({ type, file: file.file, receivedBytes, totalBytes, overall: tally.progress, path });
      };
      results.set(index, await work(file, { signal, report }));
      tally.finish(file);
    }
  };
  const workers = Array.from({ length: Math.max(1, options.concurrency ?? 2) }, loop);
  const all = Promise.all(workers).then(() => stream.close(), (error) => stream.fail(error));
  try {
    for await (const { path: _, ...event } of stream) yield event;
    await all;
    return files.map((_, index) => results.get(index) as Result);
  } catch (error) {
    throwIfAborted(options.signal);
    throw error;
  } finally {
    stop.abort();
    await Promise.allSettled(workers);
  }
}
