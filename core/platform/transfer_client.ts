/**
 * The HTTP client for file bytes: HTTP/1.1 only, so that each range has a TCP connection of its own. Over HTTP/2
 * all ranges would share one connection with fixed windows (measured: 47 against 510 MB/s at 80 ms).
 *
 * @module
 */

/** A fetch with its own connections. */
export interface TransferClient extends Disposable {
  fetch(url: string, init: RequestInit): Promise<Response>;
}

/** Opens a client that keeps up to `connections` idle connections a host. */
export function openTransferClient(options: { readonly connections: number }): TransferClient {
  const client = Deno.createHttpClient({
    http1: true,
    http2: false,
    poolMaxIdlePerHost: options.connections,
    poolIdleTimeout: 30_000,
  });
  return {
    fetch: (url, init) => fetch(url, { ...init, client }),
    [Symbol.dispose]: () => client.close(),
  };
}
