/**
 * The words of the transfer history.
 *
 * Days are those of UTC everywhere, so that figures of several machines, or of one that travels, fit together.
 *
 * @module
 */

/** One attempt to fetch one reference. A reference of which nothing is missing is no attempt. */
export interface HistoryRecord {
  /** Names the record; ids sort by the time at which attempts ended. */
  readonly id: string;
  /** As it was typed, without secrets. */
  readonly reference: string;
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** The revision that was asked for; unknown when the Hub did not answer. */
  readonly revision: string | undefined;
  /** The commit it stood for; unknown when the Hub did not answer. */
  readonly commit: string | undefined;
  /** Paths in the repository. */
  readonly files: readonly string[];
  /** How it ended. */
  readonly status: "completed" | "failed" | "cancelled";
  /** Bytes moved over the network. */
  readonly bytesFetched: number;
  /** Bytes that were kept from earlier attempts, and not fetched again. */
  readonly bytesResumed: number;
  /** Bytes that were elsewhere on this machine, and were linked or copied. Left out when there were none. */
  readonly bytesReused?: number;
  /** Of the bytes moved, over the whole attempt. */
  readonly averageBytesPerSecond: number;
  /** The most in any second; never less than the average. */
  readonly peakBytesPerSecond: number;
  /** Tries after a failure. */
  readonly retries: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** ISO 8601, UTC. */
  readonly endedAt: string;
  /** What it failed with, without secrets. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** Which history records are meant: those that fit all that is said. */
export interface HistoryFilter {
  /** `org/name`, or a bare legacy name. */
  readonly repo?: string;
  /** How it ended. */
  readonly status?: HistoryRecord["status"];
  /** Only records that ended within this many milliseconds before now. */
  readonly sinceMs?: number;
  /** Only records that ended at this time or later, in milliseconds since 1970. */
  readonly endedFromMs?: number;
  /** Only records that ended before this time, in milliseconds since 1970. */
  readonly endedBeforeMs?: number;
}

/** Which history records to look at. */
export interface HistoryQuery extends HistoryFilter {
  /** Newest first. @default {50} */
  readonly limit?: number;
}

/** Sums over attempts. */
export interface HistoryCounts {
  /** All attempts. */
  readonly total: number;
  /** Attempts that ended well. */
  readonly completed: number;
  /** Attempts that did not, those included whose process was killed. */
  readonly failed: number;
  /** Attempts that somebody stopped, those included that were paused, made way or were handed over, and went on. */
  readonly cancelled: number;
  /** `completed` of `total`, 0 to 1; 0 when there is nothing. */
  readonly successRate: number;
  /** Bytes moved over the network. */
  readonly bytesFetched: number;
  /** Bytes that were kept from earlier attempts, and not fetched again. */
  readonly bytesResumed: number;
  /** Of the bytes moved, over the time of the attempts that moved some. */
  readonly averageBytesPerSecond: number;
  /** The most in any second of any attempt. */
  readonly peakBytesPerSecond: number;
  /** Tries after a failure. */
  readonly retries: number;
}

/** Sums over the attempts that ended on one day. */
export interface HistoryDay extends HistoryCounts {
  /** `YYYY-MM-DD`, UTC. */
  readonly date: string;
}

/** Sums over the attempts at one repository. */
export interface HistoryRepo extends HistoryCounts {
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
}

/** Sums over the history. */
export interface HistoryStatistics extends HistoryCounts {
  /** Days on which attempts ended, the oldest first. */
  readonly perDay: readonly HistoryDay[];
  /** Repositories, the one with the most bytes first. */
  readonly perRepo: readonly HistoryRepo[];
  /** Records of that time that cannot be read; they count nowhere. */
  readonly damaged: number;
}

/** How a question is stopped. */
export interface HistoryCall {
  /** Aborting it stops the call with `CANCELLED` before the next step. */
  readonly signal?: AbortSignal;
}

/** The transfer history. */
export interface History {
  /** Records, newest first. */
  list(query?: HistoryQuery, call?: HistoryCall): Promise<HistoryRecord[]>;
  /** All records that match, newest first, as they are read; without a limit unless one is given. */
  records(query?: HistoryQuery, call?: HistoryCall): AsyncGenerator<HistoryRecord, void, undefined>;
  /** The records of that id, or of one that begins so: none, one, or two when it is not unique. */
  find(id: string, call?: HistoryCall): Promise<HistoryRecord[]>;
  /** Sums over the records that match. */
  stats(query?: HistoryFilter, call?: HistoryCall): Promise<HistoryStatistics>;
  /**
   * Deletes the records that match; without a filter also those that cannot be read.
   *
   * @returns how many were deleted.
   */
  clear(query?: HistoryFilter, call?: HistoryCall): Promise<number>;
}
