/**
 * What the engine is told to do with a file, and what it says was done.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";
import type { JournalIdentity } from "./journal.ts";
import type { SourceFile } from "./source_file.ts";

/** Digests of a file's first 1, 2, 3, … pieces: they tell later in which piece damage begins. */
export interface PieceDigests {
  readonly pieceBytes: number;
  /** SHA-256 of the first `pieceBytes` × (index + 1) bytes, hexadecimal. */
  readonly prefixes: readonly string[];
}

/** A file to fetch and prove. */
export interface FileTask {
  readonly source: SourceFile;
  readonly identity: JournalIdentity;
  /** Where it is filled: on the disk where it will stay, its folder exists. */
  readonly stagedPath: string;
  readonly journalPath: string;
  /** Where a file is put aside whose bytes were proved wrong. */
  readonly quarantinePath: string;
  /** Bytes that an earlier run left in the staged file. */
  readonly kept: readonly ByteRange[];
  /** Of `kept`, what is known to be on the disk. */
  readonly keptSynced: readonly ByteRange[];
  /** Gives the proved and synced file its name. @returns the final path. */
  publish(pieces: PieceDigests): Promise<string>;
}

/** What became of a file. */
export interface FileOutcome {
  readonly path: string;
  readonly finalPath: string;
  readonly bytesFetched: number;
  readonly bytesResumed: number;
  readonly retries: number;
}
