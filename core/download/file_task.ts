/**
 * What the engine is told to do with a file, and what it says was done.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";
import type { FileFollower } from "./file_follower.ts";
import type { JournalIdentity } from "./journal.ts";
import type { PieceDigests } from "./pieces.ts";
import type { SourceFile } from "./source_file.ts";

export type { PieceDigests };

/** A file in its place of which some pieces are wrong. */
export interface DamagedFile {
  /** Absolute. It is read only. */
  readonly path: string;
  /** As it is: it may be too short or too long. */
  readonly sizeBytes: number;
  /** Of the right bytes. */
  readonly pieces: PieceDigests;
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
  /** Whether the staged file may hold bytes besides that are not trusted. @default {false} */
  readonly begunAnew?: boolean;
  /**
   * Only the pieces of this file that are wrong are fetched. Then `publish` is called when it is known what the file
   * will be with those pieces in it; the staged file has nothing else.
   */
  readonly repairs?: DamagedFile;
  /** Reads the staged file while it is being filled; small files, which come with one request, are not followed. */
  readonly follower?: FileFollower | undefined;
  /** The journal outlives `publish`: the file keeps its place for now, and another run may find it. @default {false} */
  readonly keepsJournal?: boolean;
  /**
   * Gives the proved and synced file its name.
   *
   * @param mended What was fetched again since it was wrong.
   * @returns the final path.
   */
  publish(pieces: PieceDigests, mended: readonly ByteRange[]): Promise<string>;
}

/** What became of a file. */
export interface FileOutcome {
  readonly path: string;
  readonly finalPath: string;
  readonly bytesFetched: number;
  readonly bytesResumed: number;
  readonly retries: number;
  /** Where wrong bytes were found, and mended; what was fetched again along with them is not listed. */
  readonly mended: readonly ByteRange[];
}
