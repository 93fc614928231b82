/**
 * What operations need that touch files only: a library in a temporary folder, and hashing in this thread.
 *
 * @module
 */
import { Notifier } from "../../../core/base/notifier.ts";
import { RateLimiter } from "../../../core/download/rate_limiter.ts";
import { WorkerPool } from "../../../core/download/worker_pool.ts";
import type { OperationContext } from "../../../core/operations/context.ts";
import { inProcessWorkers } from "../../support/in_process_worker.ts";
import type { TempDir } from "../../support/temp_dir.ts";
import { LibraryFixture } from "../library/library_fixture.ts";

/** A context, with the library it works on and what it told. */
export interface OperationFixture extends Disposable {
  readonly context: OperationContext;
  readonly files: LibraryFixture;
  readonly notices: readonly string[];
}

/** Makes a context over a library in the folder. There is no Hub, and no history. */
export function openOperations(dir: TempDir): OperationFixture {
  const files = new LibraryFixture(dir);
  const pool = new WorkerPool({
    spawnWorker: inProcessWorkers().spawnWorker,
    downloadWorkers: 1,
    hashWorkers: 1,
    connections: 1,
  });
  const { clock, library } = files;
  const notices: string[] = [];
  const notifier = new Notifier<string>();
  notifier.subscribe((message) => notices.push(message));
  const none = (): Promise<never> => Promise.reject(new Error("There is nothing of that kind here"));
  const context: OperationContext = {
    endpoint: "https://hub.test",
    clock,
    library,
    hfCache: { directory: dir.join("hf", "hub"), symlinks: true },
    apps: { home: dir.join("home"), ollamaModels: undefined, ollamaHost: undefined },
    ownFolders: [],
    settings: {
      connections: 1,
      maxConnections: 1,
      stallTimeoutMs: 1_000,
      timeoutMs: 1_000,
      maxRetries: 0,
      reserveBytes: 0,
      cleanupAgeMs: 30 * 86_400_000,
      maxTotalBytes: undefined,
      cleanupAuto: false,
      reuse: "link",
      updateEveryMs: undefined,
    },
    waits: new Notifier(),
    notices: notifier,
    userAgent: "test",
    bootId: "b",
    memoryBytes: 2 ** 33,
    gpuMemoryBytes: () => Promise.resolve(undefined),
    hub: none,
    history: none,
    updates: none,
    updatesIfKept: () => Promise.resolve(undefined),
    machinery: () => ({ pool, limiter: new RateLimiter({ slots: pool.slots, clock }) }),
  };
  return { context, files, notices, [Symbol.dispose]: () => pool[Symbol.dispose]() };
}
