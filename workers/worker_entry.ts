/**
 * What both worker entries do: serve the protocol over the thread's own message port.
 *
 * @module
 */
import { proxyRules } from "../core/http/proxy.ts";
import { readAuthorities } from "../core/platform/certificates.ts";
import { lowerThreadPriority } from "../core/platform/thread_priority.ts";
import { WorkerService } from "../core/download/worker_service.ts";
import type { FromWorker, ToWorker } from "../core/download/worker_protocol.ts";

/** The scope of a dedicated worker, as far as it is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
}

/** The variables of the process, as far as they may be read. */
function readVariables(): Readonly<Record<string, string>> {
  // Never a prompt for it.
  return Deno.permissions.querySync({ name: "env" }).state === "granted" ? Deno.env.toObject() : {};
}

/** Starts serving; the handler is set before anything is awaited, or the first messages would be lost. */
export function serveWorker(): void {
  lowerThreadPriority();
  const scope = globalThis as unknown as WorkerScope;
  const variables = readVariables();
  const service = new WorkerService({
    post: (message) => scope.postMessage(message),
    proxyFor: proxyRules(variables),
    certificates: readAuthorities(variables).certificates,
  });
  scope.onmessage = (event) => service.receive(event.data);
}
