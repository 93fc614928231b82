/**
 * What the engine runs with, and what it says.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { FileEvent, ReferenceEvent } from "./events.ts";
import type { RateLimiter } from "./rate_limiter.ts";
import type { WorkerPool } from "./worker_pool.ts";

/** Settings and ports of one run. */
export interface EngineOptions {
  readonly pool: WorkerPool;
  readonly clock: Clock;
  readonly limiter: RateLimiter;
  /** Lanes to begin with, 1 to 16. */
  readonly connections: number;
  /** Lanes at most: used while they pay, and at once for small files, where round trips count and not bytes. */
  readonly maxConnections: number;
  /** A connection without a byte for so long is cut. */
  readonly stallTimeoutMs: number;
  /** A file without progress for so long has failed. */
  readonly timeoutMs: number;
  /** Failures in a row without progress. */
  readonly maxRetries: number;
  /** Of this run of the machine. */
  readonly bootId: string | undefined;
  readonly signal: AbortSignal;
}

/** An event of the engine: of a file, or a wait that concerns them all. */
export type EngineEvent = FileEvent | ReferenceEvent & { readonly type: "waiting" };
