/**
 * Requests to another program on this machine.
 *
 * @module
 */
import { fileSystemError } from "./file_system_error.ts";

/** A program that listens on this machine. */
export interface LoopbackClient extends Disposable {
  /**
   * Sends a request.
   *
   * @param request.body A text, or the absolute path of a file that is sent whole.
   * @throws `TypeError` when nobody answers; a `DOMException` when the signal ends it.
   */
  request(request: {
    readonly method: "GET" | "HEAD" | "POST";
    readonly path: string;
    readonly body?: string | { readonly file: string };
    readonly signal: AbortSignal;
  }): Promise<Response>;
}

/** Opens a client; `undefined` for an address that is not this machine's, or that is asked over TLS. */
export function openLoopbackClient(address: string): LoopbackClient | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "http:" || !/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)) {
    return undefined;
  }
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  // A proxy that the environment names is not for this machine.
  const client = Deno.createHttpClient({
    proxy: { transport: "tcp", hostname, port: Number(url.port || "80") },
  });
  return {
    async request({ method, path, body, signal }) {
      const init = { method, signal, client, redirect: "error" } as const;
      const target = new URL(path, url);
      if (body === undefined) return await fetch(target, init);
      if (typeof body === "string") {
        return await fetch(target, { ...init, body, headers: { "content-type": "application/json" } });
      }
      return await fetch(target, { ...init, body: await openBody(body.file) });
    },
    [Symbol.dispose]: () => client.close(),
  };
}

async function openBody(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  try {
    return (await Deno.open(path, { read: true })).readable;
  } catch (error) {
    throw fileSystemError(error, "read", path);
  }
}
