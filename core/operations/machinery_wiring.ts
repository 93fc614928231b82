/**
 * Threads and bandwidth for transfers, wired to the program.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { Notifier } from "../base/notifier.ts";
import type { Settings } from "../config/settings.ts";
import { RateLimiter } from "../download/rate_limiter.ts";
import { WorkerPool } from "../download/worker_pool.ts";
import type { SpawnWorker } from "../download/worker_protocol.ts";
import { processorCount } from "../platform/memory.ts";
import type { OperationSettings, TransferMachinery } from "./context.ts";
import { limitOfSetting } from "./rate_limit.ts";

/** More threads gain nothing: one fetches more than 500 MB/s over TLS. */
const MAX_DOWNLOAD_WORKERS = 4;

/** What the program was made with. */
export interface MachinerySurroundings {
  readonly settings: Pick<Settings, "models_dir"> & {
    readonly download: Pick<Settings["download"], "limit_rate" | "verify">;
  };
  readonly spawnWorker: SpawnWorker;
}

/** What transfers share with the rest of the program. */
export interface MachineryParts {
  readonly clock: Clock;
  readonly settings: Pick<OperationSettings, "maxConnections">;
  readonly notices: Notifier<string>;
}

/** Makes them. No thread is started before there is work for it. */
export function wireMachinery(
  { settings: { download, models_dir }, spawnWorker }: MachinerySurroundings,
  { clock, settings, notices }: MachineryParts,
): TransferMachinery {
  if (!download.verify) {
    // The hash costs nothing that the network does not hide, and the library's promise rests on it.
    notices.emit("The setting download.verify is off, but every file is verified before it appears");
  }
  const pool = new WorkerPool({
    spawnWorker,
    downloadWorkers: Math.min(MAX_DOWNLOAD_WORKERS, Math.max(1, Math.floor(processorCount() / 2))),
    hashWorkers: 1,
    // As many as lanes: one more idle connection than is kept would be closed, and made anew for the next file.
    connections: settings.maxConnections,
    folders: [models_dir],
  });
  const bytesPerSecond = limitOfSetting(download.limit_rate);
  return { pool, limiter: new RateLimiter({ slots: pool.slots, clock, bytesPerSecond }) };
}
