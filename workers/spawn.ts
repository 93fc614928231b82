/**
 * The only place that makes threads.
 *
 * @module
 */
import type {
  FromWorker,
  ToWorker,
  WorkerAccess,
  WorkerHandle,
  WorkerKind,
  WorkerSurroundings,
} from "../core/download/worker_protocol.ts";
import { PROXY_ENVIRONMENT } from "../core/http/proxy.ts";
import { CERTIFICATE_ENVIRONMENT, readAuthorities } from "../core/platform/certificates.ts";
import { variablesOf } from "../core/platform/environment.ts";
import { canConfine, workerPermissions } from "./worker_permissions.ts";

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

/** What a thread would else have to look for by itself, with rights that it does not have. */
function readSurroundings(): WorkerSurroundings {
  const variables = variablesOf(PROXY_ENVIRONMENT);
  const { certificates } = readAuthorities(variablesOf(CERTIFICATE_ENVIRONMENT));
  return { variables, certificates };
}

interface StartedThread {
  readonly worker: Worker;
  readonly isConfined: boolean;
}

function startThread(kind: WorkerKind, access: WorkerAccess): StartedThread {
  const options = { type: "module", name: `mm-${kind}` } as const;
  if (access.needsAll === true || !canConfine()) {
    return { worker: new Worker(workerUrl(kind), options), isConfined: false };
  }
  const permissions = workerPermissions(kind, access);
  const worker = new Worker(workerUrl(kind), { ...options, deno: { permissions } });
  return { worker, isConfined: Array.isArray(permissions.write) };
}

/** Starts a thread that serves the worker protocol, with no more rights than it needs where Deno can see to it. */
export function spawnWorker(kind: WorkerKind, access: WorkerAccess): WorkerHandle {
  const { worker, isConfined } = startThread(kind, access);
  const handle: WorkerHandle = {
    isConfined,
    onMessage: () => {},
    onCrash: () => {},
    postMessage(message: ToWorker) {
      worker.postMessage(
        message.type === "open" ? { ...message, surroundings: readSurroundings() } : message,
      );
    },
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
}
