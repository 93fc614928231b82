/**
 * Hashing a file while it is being filled: follows the end of its gapless part. Runs inside a hash worker.
 *
 * @module
 */
import { openSequentialReader } from "../platform/sparse_file.ts";
import { cancelledError, ModelManagerError } from "../base/errors.ts";
import { createFileDigest } from "./file_digest.ts";
import type { TransferSlots } from "./transfer_slots.ts";
import { spliceHash } from "./hash_splice.ts";
import type { HashRequest, HashResult } from "./worker_protocol.ts";

const BUFFER_BYTES = 1024 * 1024;
/** A worker that never yields cannot be stopped, so it does after this much (some 10 ms). */
const BYTES_BETWEEN_YIELDS = 16 * 1024 * 1024;
/** Only a safety net: a changed limit and a cancel wake the follower at once. */
const LIMIT_WAIT_MS = 1000;

/** What following needs besides its request. */
export interface HashFollowOptions {
  readonly slots: TransferSlots;
  readonly slot: number;
  readonly signal: AbortSignal;
  /** Told the first piece that is not as expected; with a spare file each one, which is waited for. */
  readonly differs?: (piece: number) => Promise<void> | void;
}

/**
 * Hashes the file up to its slot's limit, waits for the limit to move, and so on to the end.
 *
 * @throws {ModelManagerError} `CANCELLED`, or `FAILED` when the file is shorter than it has to be.
 */
export async function followHash(request: HashRequest, options: HashFollowOptions): Promise<HashResult> {
  if (request.sparePath !== undefined) return await spliceHash(request, options);
  const { slots, slot, signal } = options;
  const digest = createFileDigest(request.algorithm, request.sizeBytes);
  const prefixes = new Prefixes(request.expected ?? [], options.differs);
  using reader = openSequentialReader(request.path);
  const buffer = new Uint8Array(BUFFER_BYTES);
  let position = 0;
  let sinceYield = 0;
  while (position < request.sizeBytes) {
    if (signal.aborted) throw cancelledError(signal.reason);
    const limit = slots.limit(slot);
    const nextPiece = request.pieceBytes === 0
      ? Infinity
      : (prefixes.digests.length + 1) * request.pieceBytes;
    const wanted = Math.min(limit, nextPiece) - position;
    if (wanted <= 0) {
      sinceYield = 0;
      await limitChanged(limit, options);
      continue;
    }
    const count = reader.read(wanted < buffer.length ? buffer.subarray(0, wanted) : buffer);
    if (count === 0) throw endsEarly(request, position);
    digest.update(count === buffer.length ? buffer : buffer.subarray(0, count));
    position += count;
    sinceYield += count;
    slots.setPosition(slot, position);
    if (position === nextPiece && position < request.sizeBytes) prefixes.add(digest.copy().digest("hex"));
    if (sinceYield >= BYTES_BETWEEN_YIELDS) {
      sinceYield = 0;
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
    }
  }
  return { digestHex: digest.digest("hex"), prefixDigests: prefixes.digests };
}

function endsEarly({ path, sizeBytes }: HashRequest, position: number): ModelManagerError {
  return new ModelManagerError("FAILED", `The file "${path}" ends at ${position} bytes: wanted ${sizeBytes}`);
}

/** The digests of a file's beginnings; tells of the first that is not as expected. */
class Prefixes {
  readonly digests: string[] = [];
  readonly #expected: readonly string[];
  readonly #differs: HashFollowOptions["differs"];
  #asExpected = true;

  constructor(expected: readonly string[], differs: HashFollowOptions["differs"]) {
    this.#expected = expected;
    this.#differs = differs;
  }

  add(digest: string): void {
    const piece = this.digests.push(digest) - 1;
    const expected = this.#expected[piece];
    if (!this.#asExpected || expected === undefined || expected === digest) return;
    this.#asExpected = false;
    this.#differs?.(piece);
  }
}

/** Resolves when the limit is no longer `seen`, when the hash is cancelled, or after a while. */
async function limitChanged(seen: number, { slots, slot, signal }: HashFollowOptions): Promise<void> {
  const cancelled = Promise.withResolvers<void>();
  const cancel = () => cancelled.resolve();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    await Promise.race([
      slots.limitChanged(slot, { seen, timeoutMs: LIMIT_WAIT_MS }),
      cancelled.promise,
    ]);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
