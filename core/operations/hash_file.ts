/**
 * A whole file hashed in a worker.
 *
 * @module
 */
import type { DigestAlgorithm } from "../base/digest.ts";
import { fromErrorData } from "../base/errors.ts";
import { type HashResult, TransferError } from "../download/worker_protocol.ts";
import { fileFacts } from "../platform/directory.ts";
import { processorCount } from "../platform/memory.ts";
import type { OperationContext } from "./context.ts";

/** A disk has no more to give than this many hashes take. */
const MAX_HASHES = 4;

/** How many files are hashed at once: more threads than cores gain nothing. */
export function hashesAtOnce(): number {
  return Math.min(MAX_HASHES, processorCount());
}

/** How often progress is told. */
const PROGRESS_MS = 100;

/** How a file is hashed. */
export interface HashFileOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told bytes hashed so far, a few times a second. */
  readonly onProgress?: ((hashedBytes: number) => void) | undefined;
  /** Threads that may hash at once. @default {as many as the pool has} */
  readonly threads?: number | undefined;
}

/**
 * The digest of a file as it is on disk.
 *
 * @returns Hexadecimal digits.
 * @throws {ModelManagerError} `CANCELLED`, or what reading failed with.
 */
export async function hashFile(
  context: Pick<OperationContext, "clock" | "machinery">,
  file: { readonly path: string; readonly algorithm: DigestAlgorithm },
  options: HashFileOptions = {},
): Promise<string> {
  return (await hashPieces(context, { ...file, pieceBytes: 0 }, options)).digestHex;
}

/**
 * The same, with digests of the file's pieces.
 *
 * @param file.pieceBytes Length of a piece; 0 for none.
 * @throws {ModelManagerError} `CANCELLED`, or what reading failed with.
 */
export async function hashPieces(
  context: Pick<OperationContext, "clock" | "machinery">,
  file: { readonly path: string; readonly algorithm: DigestAlgorithm; readonly pieceBytes: number },
  options: HashFileOptions = {},
): Promise<HashResult> {
  const { pool } = context.machinery();
  const sizeBytes = (await fileFacts(file.path))?.sizeBytes ?? 0;
  const slot = pool.slots.lease(0, sizeBytes);
  const watching = new AbortController();
  const watch = async () => {
    while (!watching.signal.aborted) {
      await context.clock.sleep(PROGRESS_MS, { signal: watching.signal }).catch(() => {});
      if (!watching.signal.aborted) options.onProgress?.(pool.slots.position(slot));
    }
  };
  const watched = options.onProgress === undefined ? undefined : watch();
  try {
    const request = { ...file, sizeBytes };
    const signal = options.signal ?? new AbortController().signal;
    return await pool.hashFile(request, { slot, signal, threads: options.threads });
  } catch (error) {
    throw error instanceof TransferError ? fromErrorData(error.failure.error) : error;
  } finally {
    watching.abort();
    await watched;
    pool.slots.release(slot);
  }
}
