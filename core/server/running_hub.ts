/**
 * A served Hub: the API and its file host, listening.
 *
 * @module
 */
import { systemClock } from "../base/clock.ts";
import { type HttpHandler, listen, type Listener } from "../platform/listen.ts";
import { createFileHostHandler } from "./file_host.ts";
import { createHubHandler, type HubOptions } from "./handler.ts";
import { recordRequests, type RequestRecord } from "./request_record.ts";
import { createUrlSigner } from "./signed_url.ts";

/** What to serve, and where. */
export interface StartHubOptions extends Omit<HubOptions, "fileHost"> {
  /** Address to listen on. @default {"127.0.0.1"} */
  readonly hostname?: string | undefined;
  /** `0` takes any free port. @default {0} */
  readonly port?: number | undefined;
  /**
   * Whether large files are redirected to a second host, as the real Hub does, or answered directly. The two have
   * different host names, as clients tell them apart by name; so this works on this machine only.
   * @default {true}
   */
  readonly fileHost?: boolean | undefined;
  /** How long a redirect to the file host works. @default {3600000} */
  readonly signedUrlLifetimeMs?: number | undefined;
  /** A file above this is refused by the file host without a `Range`. @default {50000000000} */
  readonly maxFullBytes?: number | undefined;
  /** Remember every request; costs memory and some speed. @default {false} */
  readonly record?: boolean | undefined;
  /** Put around the API's handler, inside the record. */
  readonly wrapHub?: ((handler: HttpHandler) => HttpHandler) | undefined;
  /** Put around the file host's handler, inside the record. */
  readonly wrapFileHost?: ((handler: HttpHandler) => HttpHandler) | undefined;
  /** Stops both hosts. */
  readonly signal?: AbortSignal | undefined;
}

/** A Hub that is listening; disposing of it drops every connection at once. */
export interface RunningHub extends AsyncDisposable {
  /** `http://127.0.0.1:port`: what `HF_ENDPOINT` is to be set to. */
  readonly endpoint: string;
  /** `http://localhost:port`, when there is a file host. */
  readonly fileHostUrl: string | undefined;
  /** The address that the API listens on. */
  readonly address: Listener["address"];
  /** Every request so far, oldest first; empty unless `record` was set. */
  readonly requests: readonly RequestRecord[];
  /** Settles when the API has stopped. */
  readonly finished: Promise<void>;
}

function unchanged(handler: HttpHandler): HttpHandler {
  return handler;
}

/**
 * Starts to serve.
 *
 * @throws {ModelManagerError} When the address cannot be listened on.
 */
export async function startHub(options: StartHubOptions): Promise<RunningHub> {
  const { source, clock = systemClock, hostname, port, signal, onError } = options;
  const { wrapHub = unchanged, wrapFileHost = unchanged } = options;
  const requests: RequestRecord[] = [];
  const watch = (handler: HttpHandler, host: RequestRecord["host"]): HttpHandler =>
    options.record === true ? recordRequests(handler, { host, records: requests }) : handler;

  await using opened = new AsyncDisposableStack();
  const signer = createUrlSigner({ clock, lifetimeMs: options.signedUrlLifetimeMs });
  let fileHostUrl: string | undefined;
  if (options.fileHost !== false) {
    const handler = createFileHostHandler({ source, signer, maxFullBytes: options.maxFullBytes, onError });
    const listener = opened.use(listen(watch(wrapFileHost(handler), "file-host"), { signal, onError }));
    fileHostUrl = `http://localhost:${listener.address.port}`;
  }
  const fileHost = fileHostUrl === undefined ? undefined : { signer, url: () => fileHostUrl };
  const handler = createHubHandler({ ...options, clock, fileHost });
  const listener = opened.use(listen(watch(wrapHub(handler), "hub"), { hostname, port, signal, onError }));
  const owned = opened.move();
  return {
    endpoint: listener.url,
    fileHostUrl,
    address: listener.address,
    requests,
    finished: listener.finished,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
