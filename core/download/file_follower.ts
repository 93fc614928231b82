/**
 * Somebody who reads a file while it is being fetched.
 *
 * @module
 */
import type { ByteRange } from "../base/byte_range.ts";

/** What is on the disk of a file that is being fetched. Nothing of it is proved yet. */
export interface FollowedState {
  /** Absolute. */
  readonly stagedPath: string;
  /** Bytes that can be read, in order. */
  readonly written: readonly ByteRange[];
  /** Another number than before: what was written until then is not trusted any more. */
  readonly epoch: number;
}

/** Follows one file. Its methods are called often and never throw. */
export interface FileFollower {
  /** Told every few milliseconds, and once more when the bytes are proved. */
  notice(state: FollowedState): void;
  /** Where the next reader waits whose turn it is, so that its bytes come first; `undefined` when nobody does. */
  nextWanted(): number | undefined;
}
