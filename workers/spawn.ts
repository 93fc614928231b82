/**
 * The only place that makes threads.
 *
 * @module
 */
import type {
  FromWorker,
  SpawnWorker,
  ToWorker,
  WorkerHandle,
  WorkerKind,
} from "../core/download/worker_protocol.ts";

// The packed form of the program consists of .js files; workers have the extension of this one.
const extension = import.meta.url.endsWith(".js") ? "js" : "ts";

/** Addresses are written out so that packagers find them. */
function workerUrl(kind: WorkerKind): URL {
  if (extension === "js") {
    return kind === "download"
      ? new URL("./download_worker.js", import.meta.url)
      : new URL("./hash_worker.js", import.meta.url);
  }
  return kind === "download"
    ? new URL("./download_worker.ts", import.meta.url)
    : new URL("./hash_worker.ts", import.meta.url);
}

/**
 * Never called: a literal import puts the worker files into the module graph, so that they are cached with the
 * package and compiled into the binary.
 */
export async function workerModules(): Promise<void> {
  await import("./download_worker.ts");
  await import("./hash_worker.ts");
}

/** Starts a thread that serves the worker protocol. */
export const spawnWorker: SpawnWorker = (kind) => {
  const worker = new Worker(workerUrl(kind), { type: "module", name: `mm-${kind}` });
  const handle: WorkerHandle = {
    onMessage: () => {},
    onCrash: () => {},
    postMessage: (message: ToWorker) => worker.postMessage(message),
    terminate: () => worker.terminate(),
  };
  worker.onmessage = (event: MessageEvent<FromWorker>) => handle.onMessage(event.data);
  worker.onerror = (event) => {
    // Without this the whole process would end with the worker.
    event.preventDefault();
    handle.onCrash(event.message);
  };
  worker.onmessageerror = () => handle.onCrash("A message could not be read");
  return handle;
};
