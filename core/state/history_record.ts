/**
 * The words of the transfer history.
 *
 * @module
 */

/** One attempt to fetch one reference. */
export interface HistoryRecord {
  /** Names the record; ids sort by time. */
  readonly id: string;
  /** As it was typed. */
  readonly reference: string;
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** The revision that was asked for. */
  readonly revision: string | undefined;
  /** The commit it stood for; unknown when the Hub did not answer. */
  readonly commit: string | undefined;
  /** Paths in the repository. */
  readonly files: readonly string[];
  /** How it ended. */
  readonly status: "completed" | "failed" | "cancelled";
  /** Bytes moved over the network. */
  readonly bytesFetched: number;
  /** Bytes kept from earlier attempts. */
  readonly bytesResumed: number;
  /** Of the bytes moved, over the whole attempt. */
  readonly averageBytesPerSecond: number;
  /** Tries after a failure. */
  readonly retries: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** ISO 8601, UTC. */
  readonly endedAt: string;
  /** What it failed with. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** Which history records to look at. */
export interface HistoryQuery {
  /** `org/name`, or a bare legacy name. */
  readonly repo?: string;
  /** How it ended. */
  readonly status?: HistoryRecord["status"];
  /** Only records that ended within this many milliseconds before now. */
  readonly sinceMs?: number;
  /** Newest first. @default {50} */
  readonly limit?: number;
}

/** Sums over the history. */
export interface HistoryStatistics {
  /** All attempts. */
  readonly total: number;
  /** Attempts that ended well. */
  readonly completed: number;
  /** Attempts that did not. */
  readonly failed: number;
  /** Attempts that a person stopped. */
  readonly cancelled: number;
  /** 0 to 1; 0 when there is nothing. */
  readonly successRate: number;
  /** Bytes moved over the network. */
  readonly bytesFetched: number;
  /** Bytes kept from earlier attempts. */
  readonly bytesResumed: number;
  /** Over the time in which bytes moved. */
  readonly averageBytesPerSecond: number;
}

/** The transfer history. */
export interface History {
  /** Records, newest first. */
  list(query?: HistoryQuery): Promise<HistoryRecord[]>;
  /** Sums over the records that match. */
  stats(query?: Omit<HistoryQuery, "limit">): Promise<HistoryStatistics>;
  /** @returns how many records were deleted. */
  /** Deletes the records that match. */
  clear(query?: Omit<HistoryQuery, "limit">): Promise<number>;
}
