/**
 * Listening for HTTP: the one place where a server socket is opened. Prints nothing.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import { missingRight, missingRightHints } from "../base/missing_right.ts";

/** Answers one HTTP request. */
export type HttpHandler = (request: Request) => Response | Promise<Response>;

/** Where and how to listen. */
export interface ListenOptions {
  /** Address to bind. @default {"127.0.0.1"} */
  readonly hostname?: string | undefined;
  /** `0` takes any free port. @default {0} */
  readonly port?: number | undefined;
  /** Stops listening and drops every connection. */
  readonly signal?: AbortSignal | undefined;
  /** Told of what a handler threw; the client gets a bare 500. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A server that is listening; disposing of it drops every connection at once. */
export interface Listener extends AsyncDisposable {
  readonly address: { readonly hostname: string; readonly port: number };
  /** `http://host:port`, without a slash at the end; a wildcard address is shown as loopback. */
  readonly url: string;
  /** Settles when the server has stopped, by disposal or by the signal. */
  readonly finished: Promise<void>;
}

/** A host as it stands in a URL that a program on this machine can use. */
export function urlHost(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  if (hostname === "::") return "[::1]";
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

/** What the system says when an address cannot be listened on, in words that a person can act on. */
export function cannotListen(error: unknown, hostname: string, port: number): unknown {
  const where = `"${hostname}:${port}"`;
  if (error instanceof Deno.errors.AddrInUse) {
    return new ModelManagerError("FAILED", `Cannot listen on ${where}: another program has that port`, {
      hints: ["Take any free port: repeat the command with --port 0"],
      cause: error,
    });
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return new ModelManagerError("FAILED", `Cannot listen on ${where}: this machine has no such address`, {
      hints: ["Listen on this machine only: repeat the command with --host 127.0.0.1"],
      cause: error,
    });
  }
  if (missingRight(error)?.kind === "net") {
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    // Any free port is another one each time.
    const right = { kind: "net", scope: port === 0 ? host : `${host}:${port}` } as const;
    return new ModelManagerError(
      "PERMISSION_ERROR",
      `Not allowed to listen on ${where}: the program was started without that right`,
      { hints: missingRightHints(right, { toListen: true }), cause: error },
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new ModelManagerError("PERMISSION_ERROR", `Not allowed to listen on ${where}`, {
      hints: ["Take a port above 1023: repeat the command with --port 8080"],
      cause: error,
    });
  }
  return error;
}

/**
 * Starts to answer requests.
 *
 * @throws {ModelManagerError} `FAILED` when the address is taken or not ours, `PERMISSION_ERROR` when it may not be used.
 */
export function listen(handler: HttpHandler, options: ListenOptions = {}): Listener {
  const { hostname = "127.0.0.1", port = 0, signal, onError } = options;
  const stop = new AbortController();
  const signals = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  try {
    const server = Deno.serve({
      hostname,
      port,
      signal: signals,
      onListen: () => {},
      onError: (error) => {
        onError?.(error);
        return new Response("Internal error", { status: 500 });
      },
    }, (request) => handler(request));
    const address = { hostname: server.addr.hostname, port: server.addr.port };
    return {
      address,
      url: `http://${urlHost(address.hostname)}:${address.port}`,
      finished: server.finished,
      async [Symbol.asyncDispose]() {
        stop.abort();
        await server.finished;
      },
    };
  } catch (error) {
    throw cannotListen(error, hostname, port);
  }
}
