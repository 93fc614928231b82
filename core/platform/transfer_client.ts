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

/** How a client is opened. */
export interface TransferClientOptions {
  /** Idle connections that are kept to one host. */
  readonly connections: number;
  /** PEM texts of authorities that are trusted besides the runtime's own. @default {none} */
  readonly certificates?: readonly string[] | undefined;
}

/** Opens a client. */
export function openTransferClient(
  { connections, certificates = [] }: TransferClientOptions,
): TransferClient {
  const client = Deno.createHttpClient({
    caCerts: [...certificates],
    http1: true,
    http2: false,
    poolMaxIdlePerHost: connections,
    poolIdleTimeout: 30_000,
  });
  return {
    fetch: (url, init) => fetch(url, { ...init, client }),
    [Symbol.dispose]: () => client.close(),
  };
}
