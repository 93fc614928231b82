/**
 * Finding the wrong pieces of a file in its place, and the right ones for it: a worker hashes it piece by piece, and
 * each one that is wrong is fetched into the staged file and proved there. The file itself is only read.
 *
 * @module
 */
import { type ByteRange, mergeRanges } from "../base/byte_range.ts";
import { ModelManagerError } from "../base/errors.ts";
import type { DamagedFile } from "./file_task.ts";
import type { FileTransfer } from "./file_transfer.ts";
import { pieceRange } from "./pieces.ts";
import type { WorkerPool } from "./worker_pool.ts";
import type { HashResult } from "./worker_protocol.ts";

/** A piece that came wrong is fetched once more. */
const MAX_FETCHES = 2;

/** What a repair works with. */
export interface PieceRepairOptions {
  readonly pool: WorkerPool;
  /** Resolves when something has changed; rejects when the engine stops. */
  readonly changed: () => Promise<void>;
  readonly setPhase: (phase: "downloading" | "verifying") => void;
  readonly signal: AbortSignal;
}

/** The repair of one file. */
export class PieceRepair {
  readonly #transfer: FileTransfer;
  readonly #damaged: DamagedFile;
  readonly #options: PieceRepairOptions;
  readonly #stop = new AbortController();
  /** How often each piece was asked for. */
  readonly #fetches = new Map<number, number>();
  #slot: number | undefined;
  #idle: Promise<unknown> = Promise.resolve();
  #error: unknown;

  constructor(transfer: FileTransfer, damaged: DamagedFile, options: PieceRepairOptions) {
    this.#transfer = transfer;
    this.#damaged = damaged;
    this.#options = options;
  }

  /** Bytes hashed so far. */
  get hashedBytes(): number {
    return this.#slot === undefined ? 0 : this.#options.pool.slots.position(this.#slot);
  }

  /**
   * Hashes to the end, with right pieces in the places of wrong ones.
   *
   * @returns the right digest, and where the file has to be changed for it.
   * @throws {ModelManagerError} `CHECKSUM_MISMATCH` when a piece keeps coming wrong, and what fetching fails with.
   */
  async run(): Promise<{ readonly result: HashResult; readonly mended: readonly ByteRange[] }> {
    const { pool, signal } = this.#options;
    const { source, stagedPath } = this.#transfer.task;
    const { path, pieces } = this.#damaged;
    const { sizeBytes, digest: { algorithm, hex } } = source;
    const { pieceBytes } = pieces;
    const request = {
      path,
      sizeBytes,
      algorithm,
      pieceBytes,
      expected: [...pieces.prefixes, hex],
      sparePath: stagedPath,
    };
    const slot = this.#slot = pool.slots.lease(0, sizeBytes);
    const hashing = pool.hashFile(request, {
      slot,
      signal: AbortSignal.any([signal, this.#stop.signal]),
      onDiffers: (piece) => this.#supply(piece),
    });
    this.#idle = Promise.allSettled([hashing]);
    try {
      const result = await hashing;
      const mended = (result.replaced ?? []).map((piece) => pieceRange(piece, { sizeBytes, pieceBytes }));
      return { result, mended: mergeRanges(mended) };
    } catch (error) {
      throw this.#error ?? error;
    } finally {
      this.#slot = undefined;
      pool.slots.release(slot);
    }
  }

  /** Ends it, and waits until the worker has let go of the files. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#idle;
  }

  async #supply(piece: number): Promise<void> {
    try {
      await this.#fetch(piece);
    } catch (error) {
      this.#error ??= error;
      this.#stop.abort();
      throw error;
    }
  }

  /** Returns when the piece is in the staged file. */
  async #fetch(piece: number): Promise<void> {
    const transfer = this.#transfer;
    const { sizeBytes, path } = transfer.task.source;
    const range = pieceRange(piece, { sizeBytes, pieceBytes: this.#damaged.pieces.pieceBytes });
    const fetches = this.#fetches.get(piece);
    if (fetches === MAX_FETCHES) throw wrongPiece(path, range);
    this.#fetches.set(piece, (fetches ?? 0) + 1);
    if (fetches === undefined) {
      // An earlier run may have brought it, or the fetching of all that was cut off.
      if (transfer.has(range)) return;
      const cutOff = this.#damaged.sizeBytes < range.end;
      transfer.want(cutOff ? { start: range.start, end: sizeBytes } : range, { anew: false });
    } else transfer.want(range, { anew: true });
    this.#options.setPhase("downloading");
    while (!transfer.complete) await this.#options.changed();
    this.#options.setPhase("verifying");
  }
}

function wrongPiece(file: string, { start, end }: ByteRange): ModelManagerError {
  return new ModelManagerError(
    "CHECKSUM_MISMATCH",
    `Bytes ${start} to ${end} of "${file}" were fetched again and are still wrong`,
    { hints: ["Run the same command again; if it fails again, the server or a proxy alters the file"] },
  );
}
