/**
 * Hashing a file piece by piece against the digests that its prefixes should have: a piece that is wrong is waited
 * for, taken from another file, and proved in its place. Runs inside a hash worker.
 *
 * What comes out is the digest of the file as it will be when those pieces are put into it.
 *
 * @module
 */
import type { Hash } from "node:crypto";
import type { ByteRange } from "../base/byte_range.ts";
import { cancelledError } from "../base/errors.ts";
import { openSequentialReader, type SequentialReader } from "../platform/sparse_file.ts";
import { createFileDigest } from "./file_digest.ts";
import type { HashFollowOptions } from "./hash_follow.ts";
import { pieceCount, pieceRange } from "./pieces.ts";
import type { HashRequest, HashResult } from "./worker_protocol.ts";

const BUFFER_BYTES = 1024 * 1024;
/** A worker that never yields cannot be stopped, so it does after this much (some 10 ms). */
const BYTES_BETWEEN_YIELDS = 16 * 1024 * 1024;

/**
 * Hashes a file of which some pieces may have to come from `request.sparePath`.
 *
 * @throws {ModelManagerError} `CANCELLED`, or what reading failed with.
 */
export async function spliceHash(request: HashRequest, options: HashFollowOptions): Promise<HashResult> {
  const { sizeBytes, pieceBytes, expected = [], sparePath = "" } = request;
  const hasher = new PieceHasher(options);
  using reader = openSequentialReader(request.path);
  const prefixDigests: string[] = [];
  const replaced: number[] = [];
  let digest = createFileDigest(request.algorithm, sizeBytes);
  let digestHex = digest.copy().digest("hex");
  const count = pieceCount(sizeBytes, pieceBytes);
  for (let piece = 0; piece < count; piece++) {
    const range = pieceRange(piece, { sizeBytes, pieceBytes });
    const before = digest.copy();
    const isWhole = await hasher.add(digest, reader, range);
    digestHex = digest.copy().digest("hex");
    if (!isWhole || digestHex !== expected[piece]) replaced.push(piece);
    let isRight = isWhole && digestHex === expected[piece];
    while (!isRight) {
      await supplied(piece, options);
      using spare = openSequentialReader(sparePath, { position: range.start });
      digest = before.copy();
      const isThere = await hasher.add(digest, spare, range);
      digestHex = digest.copy().digest("hex");
      isRight = isThere && digestHex === expected[piece];
    }
    if (piece + 1 < count) prefixDigests.push(digestHex);
  }
  return { digestHex, prefixDigests, replaced };
}

/** Waits until the piece is in the spare file. @throws {ModelManagerError} `CANCELLED` */
async function supplied(piece: number, { signal, differs }: HashFollowOptions): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = () => reject(cancelledError(signal.reason));
  if (signal.aborted || differs === undefined) throw cancelledError(signal.reason);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    await Promise.race([differs(piece), promise]);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** Feeds digests with ranges of files, counts in the slot, and gives way from time to time. */
class PieceHasher {
  readonly #options: HashFollowOptions;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #sinceYield = 0;

  constructor(options: HashFollowOptions) {
    this.#options = options;
  }

  /** @returns whether the reader had all the bytes. */
  async add(digest: Hash, reader: SequentialReader, range: ByteRange): Promise<boolean> {
    const { slots, slot, signal } = this.#options;
    for (let position = range.start; position < range.end;) {
      if (signal.aborted) throw cancelledError(signal.reason);
      const wanted = range.end - position;
      const count = reader.read(wanted < BUFFER_BYTES ? this.#buffer.subarray(0, wanted) : this.#buffer);
      if (count === 0) return false;
      digest.update(this.#buffer.subarray(0, count));
      position += count;
      slots.setPosition(slot, position);
      this.#sinceYield += count;
      if (this.#sinceYield >= BYTES_BETWEEN_YIELDS) {
        this.#sinceYield = 0;
        await new Promise<void>((resolve) => setTimeout(resolve, 0));
      }
    }
    return true;
  }
}
