/**
 * A server that serves nothing and stops when it is told to.
 *
 * @module
 */
import type { RunningServer } from "../../core/operations/model_manager.ts";

/** The fake; tests replace what they are about. */
export function fakeServer(change: Partial<RunningServer> = {}): RunningServer {
  const finished = Promise.withResolvers<void>();
  const stop = (): Promise<void> => {
    finished.resolve();
    return Promise.resolve();
  };
  return {
    endpoint: "http://127.0.0.1:8787",
    otherEndpoints: [],
    address: { hostname: "127.0.0.1", port: 8787 },
    readers: { anonymous: "public models", accessToken: false, ownToken: false },
    served: { models: 3, restricted: 1, hfCacheModels: undefined, unprovedFiles: 0 },
    upstream: undefined,
    stats: () => ({ requests: 12, bytesSent: 3_400_000, openConnections: 0 }),
    finished: finished.promise,
    stop,
    [Symbol.asyncDispose]: stop,
    ...change,
  };
}
