/**
 * What operations work with: made once by the composition root.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { Notifier } from "../base/notifier.ts";
import type { ReuseMode } from "../config/settings.ts";
import type { RateLimiter } from "../download/rate_limiter.ts";
import type { WorkerPool } from "../download/worker_pool.ts";
import type { WaitNotice } from "../http/rate_limit.ts";
import type { HubClient } from "../hub/client.ts";
import type { AppSettings } from "../library/apps/app_places.ts";
import type { HfCacheSettings } from "../library/hf_cache/cache_place.ts";
import type { Library } from "../library/library.ts";
import type { HistoryStore } from "../state/history.ts";
import type { UpdateStore } from "../state/updates.ts";

/** Numbers that operations need of the settings. */
export interface OperationSettings {
  readonly connections: number;
  /** How far connections may grow when a request does not say how many. */
  readonly maxConnections: number;
  readonly stallTimeoutMs: number;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  /** Bytes that stay free on the disk. */
  readonly reserveBytes: number;
  /** How long interrupted downloads stay before a cleanup deletes them. */
  readonly cleanupAgeMs: number;
  /** Bytes that the library may take; `undefined` for as many as there are. */
  readonly maxTotalBytes: number | undefined;
  /** Whether pulls make room in it by themselves, and clean up after them. */
  readonly cleanupAuto: boolean;
  /** What is done with bytes that are elsewhere on this machine. */
  readonly reuse: ReuseMode;
  /** How often updates are looked for unasked; `undefined` for never. */
  readonly updateEveryMs: number | undefined;
}

/** Threads and the bandwidth they share. */
export interface TransferMachinery {
  readonly pool: WorkerPool;
  readonly limiter: RateLimiter;
}

/** Parts of the program, opened when first asked for where that costs something. */
export interface OperationContext {
  readonly clock: Clock;
  readonly settings: OperationSettings;
  readonly library: Library;
  /** The cache of the Hub's own tools, whether it exists or not. */
  readonly hfCache: HfCacheSettings;
  /** What tells where other programs keep their models. */
  readonly apps: AppSettings;
  /** Absolute; folders besides the library in which everything is ours: settings and state. */
  readonly ownFolders: readonly string[];
  /** Base URL of the Hub. */
  readonly endpoint: string;
  /** Told when requests have to wait for a rate limit. */
  readonly waits: Notifier<WaitNotice>;
  /** Told what a person should know although all is well. */
  readonly notices: Notifier<string>;
  /** How every request names the program. */
  readonly userAgent: string;
  /** Identifies this run of the machine. */
  readonly bootId: string | undefined;
  /** Memory of the machine in bytes; `undefined` when it must not be asked for. */
  readonly memoryBytes: number | undefined;
  /** Memory of its graphics processors in bytes; `undefined` when nobody knows. It never fails. */
  gpuMemoryBytes(): Promise<number | undefined>;
  hub(): Promise<HubClient>;
  machinery(): TransferMachinery;
  history(): Promise<HistoryStore>;
  /** What update checks have found. */
  updates(): Promise<UpdateStore>;
  /** The same where it can be had at once: `undefined` when nothing was ever kept, or only another machine knows. */
  updatesIfKept(): Promise<UpdateStore | undefined>;
}
