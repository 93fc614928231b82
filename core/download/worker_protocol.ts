/**
 * Every message between the main thread and its workers, and what a worker looks like from here. Errors cross as
 * data: an exception that leaves a worker would be printed over the screen and kill the process.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";
import type { DigestAlgorithm } from "../base/digest.ts";
import type { ErrorData } from "../base/errors.ts";

/** What kind of thread a job needs. */
export type WorkerKind = "download" | "hash";

/** Fetch one byte range of one file. */
export interface SegmentRequest {
  /** May be signed: a credential. */
  readonly url: string;
  /** Sent with the request. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes to ask for. */
  readonly range: ByteRange;
  /** Size of the whole file: `Content-Range` has to say the same. */
  readonly fileSizeBytes: number;
  /** The staged file. It is made when the range is the whole file. */
  readonly path: string;
  /** Hash the bytes on the way; only for a range that is the whole file. */
  readonly digest?: DigestAlgorithm;
}

/** What a server said of a file before its bytes: replies of one place have to agree. */
export interface SegmentReply {
  /** Where the bytes come from, after redirects. */
  readonly origin: string;
  /** Strong entity tag with its quotes; `undefined` when there is none. */
  readonly etag: string | undefined;
  /** It is a part, as asked for: the server knows ranges. */
  readonly isPart: boolean;
}

/** What came of a segment. */
export interface SegmentResult {
  /** Where it stopped: the end of the range, or a limit that was lowered meanwhile. */
  readonly position: number;
  /** Of the bytes, when it was asked for; the file is then synced to the disk too. */
  readonly digestHex?: string;
}

/** Hash a file as far as its slot's limit, following the limit until the whole file is done. */
export interface HashRequest {
  /** The file to hash. */
  readonly path: string;
  /** Its size when it is complete. */
  readonly sizeBytes: number;
  /** How it is hashed. */
  readonly algorithm: DigestAlgorithm;
  /** Take the state of the running hash every so many bytes; 0 for never. */
  readonly pieceBytes: number;
  /** What the states, and after them the whole, should be: where they begin to differ is told at once. */
  readonly expected?: readonly string[];
  /**
   * A file with other bytes at the same offsets. With it, a piece that is wrong by `expected` is hashed again from
   * there, as soon as the word comes that it is there, until it is right.
   */
  readonly sparePath?: string;
}

/** What came of hashing. */
export interface HashResult {
  /** Hexadecimal digits. */
  readonly digestHex: string;
  /** Digest of the file's first `pieceBytes`, 2 × `pieceBytes`, … bytes. */
  readonly prefixDigests: readonly string[];
  /** Numbers of the pieces that were taken from the spare file, in order. */
  readonly replaced?: readonly number[];
}

/** Why a segment failed, as the engine has to tell cases apart. */
export interface TransferFailure {
  /** What went wrong. */
  readonly kind:
    | "network" // No reply, or the reply broke off: try again.
    | "unusable" // No reply, and there will be none: a certificate, a proxy's password, no HTTP.
    | "status" // The server answered with an error.
    | "range-ignored" // 200 to a request for a part: one stream from the start.
    | "changed" // The server has a file of another size in that place.
    | "bad-reply" // 206 with another range, or an encoded body.
    | "disk" // Writing failed.
    | "denied" // The process was started without the right to do it.
    | "cancelled"
    | "crashed"; // The worker itself.
  /** Of the reply, when there was one. */
  readonly status?: number;
  /** For a person. */
  readonly error: ErrorData;
}

/** What a worker that may not look around is told of the process. */
export interface WorkerSurroundings {
  /** Those that tell which proxies are used. The values may hold passwords. */
  readonly variables: Readonly<Record<string, string>>;
  /** Authorities that are trusted besides the runtime's own, as PEM. */
  readonly certificates: readonly string[];
}

/** From the main thread to a worker. */
export type ToWorker =
  | {
    readonly type: "open";
    readonly slots: SharedArrayBuffer;
    readonly connections: number;
    /** @default {what the thread was made with} */
    readonly surroundings?: WorkerSurroundings;
  }
  | { readonly type: "segment"; readonly id: number; readonly slot: number; readonly request: SegmentRequest }
  | { readonly type: "hash"; readonly id: number; readonly slot: number; readonly request: HashRequest }
  /** The piece that differs is in the spare file now. */
  | { readonly type: "hash-spare"; readonly id: number }
  | { readonly type: "cancel"; readonly id: number };

/** From a worker to the main thread. */
export type FromWorker =
  | { readonly type: "replied"; readonly id: number; readonly reply: SegmentReply }
  | { readonly type: "segment-done"; readonly id: number; readonly result: SegmentResult }
  | { readonly type: "hash-done"; readonly id: number; readonly result: HashResult }
  | { readonly type: "hash-differs"; readonly id: number; readonly piece: number }
  | { readonly type: "failed"; readonly id: number; readonly failure: TransferFailure };

/** What a worker is to have the use of. */
export interface WorkerAccess {
  /** Absolute; in these, and below, a download worker reads and writes. Hash workers read, wherever they are sent. */
  readonly folders: readonly string[];
  /** Some of them are where Deno lets nobody go who has less than all rights. @default {false} */
  readonly needsAll?: boolean;
}

/** A worker as the pool sees it: a thread, or a stand-in in the same one. */
export interface WorkerHandle {
  /** It can use nothing outside of the folders that it was started for. @default {false} */
  readonly isConfined?: boolean;
  /** Sends a message to the worker. */
  postMessage(message: ToWorker): void;
  /** Set once, before the first message is posted. */
  onMessage: (message: FromWorker) => void;
  /** The worker is dead and will not answer. */
  onCrash: (reason: string) => void;
  /** Ends the worker at once. */
  terminate(): void;
}

/** Starts a worker; given to the core by its composition root. It may give it more rights than are asked for. */
export type SpawnWorker = (kind: WorkerKind, access: WorkerAccess) => WorkerHandle;

/** A failure as an exception, on either side. */
export class TransferError extends Error {
  override readonly name = "TransferError";
  readonly failure: TransferFailure;

  constructor(failure: TransferFailure) {
    super(failure.error.message);
    this.failure = failure;
  }
}
