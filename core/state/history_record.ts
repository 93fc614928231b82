/**
 * The words of the transfer history.
 *
 * @module
 */

/** One attempt to fetch one reference. */
export interface HistoryRecord {
  readonly id: string;
  readonly reference: string;
  readonly repo: string;
  readonly revision: string | undefined;
  readonly commit: string | undefined;
  readonly files: readonly string[];
  readonly status: "completed" | "failed" | "cancelled";
  readonly bytesFetched: number;
  readonly bytesResumed: number;
  readonly averageBytesPerSecond: number;
  readonly retries: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Which history records to look at. */
export interface HistoryQuery {
  readonly repo?: string;
  readonly status?: HistoryRecord["status"];
  /** Only records that ended within this many milliseconds before now. */
  readonly sinceMs?: number;
  /** Newest first. @default {50} */
  readonly limit?: number;
}

/** Sums over the history. */
export interface HistoryStatistics {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  /** 0 to 1; 0 when there is nothing. */
  readonly successRate: number;
  readonly bytesFetched: number;
  readonly bytesResumed: number;
  /** Over the time in which bytes moved. */
  readonly averageBytesPerSecond: number;
}

/** The transfer history. */
export interface History {
  list(query?: HistoryQuery): Promise<HistoryRecord[]>;
  stats(query?: Omit<HistoryQuery, "limit">): Promise<HistoryStatistics>;
  /** @returns how many records were deleted. */
  clear(query?: Omit<HistoryQuery, "limit">): Promise<number>;
}
