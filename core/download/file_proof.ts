/**
 * The hash that follows one file while it is filled.
 *
 * @module
 */
import type { FileTransfer } from "./file_transfer.ts";
import { pieceBytesOf } from "./pieces.ts";
import type { WorkerPool } from "./worker_pool.ts";
import { type HashResult, TransferError } from "./worker_protocol.ts";

/** A worker that dies so often over one file will do so again. */
const MAX_CRASHES = 3;

/** What a proof is made for. */
export interface FileProofOptions {
  readonly pool: WorkerPool;
  /** Ends the hash, and nothing is hashed after it. */
  readonly signal: AbortSignal;
}

/** Hashes in a worker as far as the file is there, begun again when the file is. */
export class FileProof {
  readonly #transfer: FileTransfer;
  readonly #pool: WorkerPool;
  readonly #signal: AbortSignal;
  #crashes = 0;
  #expected: readonly string[] = [];
  #differing: number | undefined;
  #running:
    | {
      readonly slot: number;
      readonly epoch: number;
      readonly controller: AbortController;
      /** Its slot has been given back: it may be another file's by now. */
      ended: boolean;
    }
    | undefined;
  #result: Promise<HashResult | undefined> = Promise.resolve(undefined);
  /** Settles when no worker reads the file any more. */
  #idle: Promise<unknown> = Promise.resolve();

  constructor(transfer: FileTransfer, options: FileProofOptions) {
    this.#transfer = transfer;
    this.#pool = options.pool;
    this.#signal = options.signal;
  }

  /** How long the pieces are whose digests are taken. */
  get pieceBytes(): number {
    return pieceBytesOf(this.#transfer.task.source.sizeBytes);
  }

  /** Bytes hashed so far. */
  get hashedBytes(): number {
    if (this.#running === undefined) return 0;
    if (this.#running.ended) return this.#transfer.task.source.sizeBytes;
    return this.#pool.slots.position(this.#running.slot);
  }

  /** The number of the first piece that is another one than at the last time; see {@link compare}. */
  get differing(): number | undefined {
    return this.#differing;
  }

  /** Begins anew, and compares with what an earlier hash of the file found. */
  compare(prefixDigests: readonly string[]): void {
    this.cancel();
    this.#expected = prefixDigests;
  }

  /** Tells the hash how far the file is there now; starts it when there is something to hash. */
  follow(): void {
    this.#follow(this.#transfer.frontier);
  }

  #follow(frontier: number): void {
    if (this.#running !== undefined && this.#running.epoch !== this.#transfer.epoch) this.cancel();
    if (this.#running === undefined) {
      if (frontier > 0) this.#start(frontier);
    } else if (!this.#running.ended && this.#pool.slots.limit(this.#running.slot) < frontier) {
      this.#pool.slots.setLimit(this.#running.slot, frontier);
    }
  }

  /**
   * The digest of the whole file, which has to be complete. With `asItIs` it need not: what lies on the disk counts,
   * also where nothing has arrived. Nobody may write meanwhile.
   *
   * @throws {TransferError}
   */
  async finish(options: { readonly asItIs?: boolean } = {}): Promise<HashResult> {
    const { source } = this.#transfer.task;
    while (true) {
      this.#follow(options.asItIs === true ? source.sizeBytes : this.#transfer.frontier);
      const result = await this.#result;
      if (result !== undefined) return result;
    }
  }

  /** Stops hashing; the next {@link follow} begins at the start of the file. */
  cancel(): void {
    this.#running?.controller.abort();
    this.#running = undefined;
    this.#differing = undefined;
    this.#result = Promise.resolve(undefined);
  }

  /** Stops hashing and waits until the worker has let go of the file. */
  async close(): Promise<void> {
    this.cancel();
    await this.#idle;
  }

  #start(frontier: number): void {
    const { source, stagedPath } = this.#transfer.task;
    const { slots } = this.#pool;
    const slot = slots.lease(0, frontier);
    const running = { slot, epoch: this.#transfer.epoch, controller: new AbortController(), ended: false };
    this.#running = running;
    const request = {
      path: stagedPath,
      sizeBytes: source.sizeBytes,
      algorithm: source.digest.algorithm,
      pieceBytes: this.pieceBytes,
      expected: this.#expected,
    };
    const signal = AbortSignal.any([running.controller.signal, this.#signal]);
    const onDiffers = (piece: number): void => {
      if (this.#running === running) this.#differing = piece;
    };
    const result = this.#pool.hashFile(request, { slot, signal, onDiffers })
      .catch((error) => {
        // A dead worker is replaced: the file is hashed again from its start.
        const crashed = error instanceof TransferError && error.failure.kind === "crashed";
        if (!crashed || ++this.#crashes > MAX_CRASHES) throw error;
        if (this.#running === running) this.#running = undefined;
        return undefined;
      })
      .finally(() => {
        running.ended = true;
        slots.release(slot);
      });
    this.#result = result;
    // Met by finish(); a cancelled hash has no reader.
    this.#idle = Promise.allSettled([this.#idle, result]);
  }
}
