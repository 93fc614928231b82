/**
 * HTTP between processes of one user on one machine: over a socket in the file system where there are such, else over
 * loopback.
 *
 * @module
 */
import { dirname } from "node:path";
import { makeDirectory, removeFile } from "./directory.ts";
import { listen } from "./listen.ts";

/** Where a process listens. */
export type LocalAddress =
  | { readonly transport: "unix"; readonly path: string }
  | { readonly transport: "tcp"; readonly port: number };

/** A server for this machine. */
export interface LocalListener extends AsyncDisposable {
  readonly address: LocalAddress;
  /** Takes no more connections, and settles when every request has been answered. */
  shutdown(): Promise<void>;
}

/** What the system takes as the path of a socket, its terminating zero not counted (macOS has the shortest). */
const MAX_SOCKET_PATH_BYTES = 103;

/** Whether there can be a socket of that name. */
export function canBeSocket(path: string): boolean {
  return Deno.build.os !== "windows" && new TextEncoder().encode(path).length <= MAX_SOCKET_PATH_BYTES;
}

/**
 * Listens on the first of the paths that works, each in a folder that only this user may enter; on a free port of
 * loopback where none does. A socket that is there already is taken for a dead one's: the caller makes sure of that.
 */
export async function listenLocally(
  handler: (request: Request) => Response | Promise<Response>,
  options: { readonly paths: readonly string[]; readonly onError?: (error: unknown) => void },
): Promise<LocalListener> {
  for (const path of options.paths.filter(canBeSocket)) {
    try {
      return await listenOnSocket(handler, path, options.onError);
    } catch (error) {
      // A file system without sockets, a folder that cannot be written: the next one may do.
      if (error instanceof Deno.errors.NotCapable) throw error;
    }
  }
  const listener = listen(handler, { onError: options.onError });
  const dispose = async (): Promise<void> => await listener[Symbol.asyncDispose]();
  return {
    address: { transport: "tcp", port: listener.address.port },
    shutdown: dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

async function listenOnSocket(
  handler: (request: Request) => Response | Promise<Response>,
  path: string,
  onError: ((error: unknown) => void) | undefined,
): Promise<LocalListener> {
  await makeDirectory(dirname(path), { mode: 0o700 });
  // A folder that was there may let others in.
  await Deno.chmod(dirname(path), 0o700);
  await removeFile(path);
  const stop = new AbortController();
  const server = Deno.serve({
    transport: "unix",
    path,
    signal: stop.signal,
    onListen: () => {},
    onError: (error) => {
      onError?.(error);
      return new Response("Internal error", { status: 500 });
    },
  }, (request) => handler(request));
  await Deno.chmod(path, 0o600);
  let finished = false;
  const finish = server.finished.then(() => finished = true);
  return {
    address: { transport: "unix", path },
    shutdown: () => server.shutdown(),
    async [Symbol.asyncDispose]() {
      // Stopping a server that has stopped is an error.
      if (!finished) stop.abort();
      await finish;
    },
  };
}

/** Asks another process of this machine. */
export interface LocalClient extends Disposable {
  /** As `fetch`, with a path in place of a URL. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** Talks to a process that listens there. Nothing is connected before the first request. */
export function connectLocally(address: LocalAddress): LocalClient {
  const client = address.transport === "unix"
    ? Deno.createHttpClient({ proxy: { transport: "unix", path: address.path } })
    // A proxy that the environment names is not for this machine.
    : Deno.createHttpClient({ proxy: { transport: "tcp", hostname: "127.0.0.1", port: address.port } });
  const base = address.transport === "unix" ? "http://localhost" : `http://127.0.0.1:${address.port}`;
  return {
    fetch: (path, init = {}) => fetch(`${base}${path}`, { ...init, client, redirect: "error" }),
    [Symbol.dispose]: () => client.close(),
  };
}
