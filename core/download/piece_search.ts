/**
 * Looking for the bad piece of a file that hashes to something else than it should: it is fetched again from its start,
 * and where its digests begin to differ from those of the first time, the bad piece was. Mostly it was the only one,
 * and what lies behind it on the disk is right.
 *
 * @module
 */
import type { FileProof } from "./file_proof.ts";
import type { FileTransfer } from "./file_transfer.ts";
import { pieceCount } from "./pieces.ts";
import type { HashResult } from "./worker_protocol.ts";

/** So many bad pieces are believed to be all there are; after that, everything is fetched again. */
const MAX_GUESSES = 3;

/** What a search works with. */
export interface PieceSearch {
  readonly transfer: FileTransfer;
  readonly proof: FileProof;
  /** Resolves when something has changed; rejects when the engine stops. */
  readonly changed: () => Promise<void>;
  /** Lanes take bytes of the file only while it is `downloading`. */
  readonly setPhase: (phase: "downloading" | "verifying") => void;
}

/**
 * Fetches a file again until it is right, or all of it has come. Its transfer has been restarted, and the staged file
 * holds the wrong bytes still.
 *
 * @param first What the wrong bytes hashed to.
 * @returns the numbers of pieces that came out different: mostly, they were bad. Where there were too many to tell them
 * apart, those of all that came again from there to the end. None when the same bytes came again.
 */
export async function searchBadPieces(first: HashResult, search: PieceSearch): Promise<number[]> {
  const { transfer, proof, changed, setPhase } = search;
  const pieces: number[] = [];
  proof.compare(first.prefixDigests);
  transfer.search(0);
  for (let guess = 1;; guess++) {
    const piece = await findDifference(search, { everywhere: guess > MAX_GUESSES });
    if (piece === undefined) return guess > MAX_GUESSES ? withAllBehind(pieces, search) : pieces;
    const { epoch } = transfer;
    setPhase("verifying");
    transfer.interrupt();
    // What is hashed now must not change any more: no lane may be at work on it.
    while (transfer.active.size > 0) await changed();
    let known: readonly string[] = first.prefixDigests;
    if (transfer.epoch === epoch) {
      pieces.push(piece);
      const result = await proof.finish({ asItIs: true });
      if (result.digestHex === transfer.task.source.digest.hex) transfer.acceptAll();
      if (transfer.complete) return pieces;
      known = result.prefixDigests;
    }
    proof.compare(guess === MAX_GUESSES ? [] : known);
  }
}

function withAllBehind(pieces: readonly number[], { transfer, proof }: PieceSearch): number[] {
  const count = pieceCount(transfer.task.source.sizeBytes, proof.pieceBytes);
  const next = Math.max(-1, ...pieces) + 1;
  return [...pieces, ...Array.from({ length: Math.max(0, count - next) }, (_, index) => next + index)];
}

/** Fetches until a piece comes out different; `undefined` when none has to the end. */
async function findDifference(
  { transfer, proof, changed, setPhase }: PieceSearch,
  { everywhere }: { readonly everywhere: boolean },
): Promise<number | undefined> {
  setPhase("downloading");
  if (everywhere) transfer.endSearch();
  while (!transfer.complete) {
    if (proof.differing !== undefined) return proof.differing;
    if (!everywhere) transfer.search(proof.hashedBytes);
    await changed();
  }
  setPhase("verifying");
  await proof.finish();
  return proof.differing;
}
