/**
 * Looking for the bad piece of a file that hashes to something else than it should: it is fetched again from its start,
 * and where its digests begin to differ from those of the first time, the bad piece was. Mostly it was the only one,
 * and what lies behind it on the disk is right.
 *
 * @module
 */
import type { FileProof } from "./file_proof.ts";
import type { FileTransfer } from "./file_transfer.ts";
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

/** What a search has found. */
export interface PieceSearchResult {
  /** Numbers of pieces that were bad. */
  readonly pieces: readonly number[];
  /** Of the right file; `undefined` when everything has been fetched again and is still to be proved. */
  readonly result: HashResult | undefined;
}

/**
 * Fetches a file again until it is right, or all of it has come. Its transfer has been restarted, and the staged file
 * holds the wrong bytes still.
 *
 * @param first What the wrong bytes hashed to.
 */
export async function searchBadPieces(first: HashResult, search: PieceSearch): Promise<PieceSearchResult> {
  const { transfer, proof, changed, setPhase } = search;
  const pieces: number[] = [];
  let guesses = 0;
  proof.compare(first.prefixDigests);
  transfer.search(0);
  setPhase("downloading");
  while (!transfer.complete) {
    const { differing } = proof;
    if (differing === undefined) {
      if (guesses < MAX_GUESSES) transfer.search(proof.hashedBytes);
      await changed();
      continue;
    }
    const { epoch } = transfer;
    setPhase("verifying");
    transfer.interrupt();
    // What is hashed now must not change any more: no lane may be at work on it.
    while (transfer.active.size > 0) await changed();
    let known: readonly string[] = first.prefixDigests;
    if (transfer.epoch === epoch) {
      pieces.push(differing);
      const result = await proof.finish({ asItIs: true });
      if (result.digestHex === transfer.task.source.digest.hex) {
        transfer.acceptAll();
        return { pieces, result };
      }
      known = result.prefixDigests;
    }
    const isLastGuess = ++guesses >= MAX_GUESSES;
    proof.compare(isLastGuess ? [] : known);
    if (isLastGuess) transfer.endSearch();
    setPhase("downloading");
  }
  return { pieces, result: undefined };
}
