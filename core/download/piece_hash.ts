/**
 * A file hashed as its bytes pass by, with the digests of its pieces.
 *
 * @module
 */
import type { Hash } from "node:crypto";
import type { Digest } from "../base/digest.ts";
import { createFileDigest } from "./file_digest.ts";
import { pieceBytesOf, type PieceDigests } from "./pieces.ts";

/** Takes the bytes of one file in their order. */
export class PieceHash {
  readonly #hash: Hash;
  readonly #sizeBytes: number;
  readonly #pieceBytes: number;
  readonly #prefixes: string[] = [];
  #hashedBytes = 0;

  constructor(file: { readonly sizeBytes: number; readonly digest: Pick<Digest, "algorithm"> }) {
    this.#hash = createFileDigest(file.digest.algorithm, file.sizeBytes);
    this.#sizeBytes = file.sizeBytes;
    this.#pieceBytes = pieceBytesOf(file.sizeBytes);
  }

  /** So far. */
  get hashedBytes(): number {
    return this.#hashedBytes;
  }

  /** Takes in the next bytes. */
  update(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length;) {
      // A file that has grown meanwhile is none whose pieces matter.
      const nextPiece = (Math.floor(this.#hashedBytes / this.#pieceBytes) + 1) * this.#pieceBytes;
      const end = Math.min(bytes.length, start + nextPiece - this.#hashedBytes);
      this.#hash.update(bytes.subarray(start, end));
      this.#hashedBytes += end - start;
      start = end;
      // The whole file is not among the prefixes.
      if (this.#hashedBytes === nextPiece && nextPiece < this.#sizeBytes) {
        this.#prefixes.push(this.#hash.copy().digest("hex"));
      }
    }
  }

  /** Ends it. */
  finish(): { readonly digestHex: string; readonly pieces: PieceDigests } {
    const pieces = { pieceBytes: this.#pieceBytes, prefixes: this.#prefixes };
    return { digestHex: this.#hash.digest("hex"), pieces };
  }
}
