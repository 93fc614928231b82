/**
 * What both worker entries do: serve the protocol over the thread's own message port.
 *
 * @module
 */
import { lowerThreadPriority } from "../core/platform/thread_priority.ts";
import { WorkerService } from "../core/download/worker_service.ts";
import type { FromWorker, ToWorker } from "../core/download/worker_protocol.ts";

/** The scope of a dedicated worker, as far as it is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
}

/** Starts serving; the handler is set before anything is awaited, or the first messages would be lost. */
export function serveWorker(): void {
  lowerThreadPriority();
  const scope = globalThis as unknown as WorkerScope;
  const service = new WorkerService({ post: (message) => scope.postMessage(message) });
  scope.onmessage = (event) => service.receive(event.data);
}
