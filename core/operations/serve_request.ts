/**
 * The words of serving the library.
 *
 * @module
 */
import type { AccessRecord } from "../server/access_record.ts";

export type { AccessRecord };

/** How the library is served. */
export interface ServeOptions {
  /** Address to listen on; another one than this machine's own needs a token or `allowAnonymous`. @default {"127.0.0.1"} */
  readonly host?: string;
  /** `0` takes any free port. @default {8787} */
  readonly port?: number;
  /** Who sends it may have everything, private and gated models as well. At least 8 characters. */
  readonly accessToken?: string;
  /** On other addresses than this machine's own: let everybody have what is neither private nor gated. @default {false} */
  readonly allowAnonymous?: boolean;
  /** Serve the cache of the Hub's own tools besides. @default {false} */
  readonly hfCache?: boolean;
  /**
   * Fetch what is not here from the Hub of the settings, keep it in the library, and pass it on meanwhile.
   *
   * @default {false}
   */
  readonly pullThrough?: boolean;
  /**
   * With `pullThrough`: what the library may take, in bytes. Models that were not used for longest go when more is asked
   * for; pinned ones stay. @default the setting `cleanup.max_total_size`
   */
  readonly maxTotalBytes?: number;
  /** Connections at once. @default {1024} */
  readonly maxConnections?: number;
  /** Connections at once of one address. @default {512} */
  readonly maxConnectionsPerAddress?: number;
  /** How long a client may neither take nor give a byte, in milliseconds. @default {60000} */
  readonly stallTimeoutMs?: number;
  /** Absolute: a file that gets a JSON line for each request; a long one is put aside as `NAME.1`. @default {none} */
  readonly accessLog?: string;
  /** Told of each request when it is over. */
  readonly onAccess?: (record: AccessRecord) => void;
}

/** Who may have what. */
export interface ServeReaders {
  /** What everybody may have who can connect: all that is neither private nor gated, or nothing. */
  readonly anonymous: "public models" | "nothing";
  /** Whether a token of the server opens everything. */
  readonly accessToken: boolean;
  /** Whether the token that this program itself has for the Hub opens everything. */
  readonly ownToken: boolean;
}

/** What there is to have. */
export interface ServedModels {
  /** In the library. */
  readonly models: number;
  /** Private or gated ones among them. */
  readonly restricted: number;
  /** In the cache of the Hub's own tools; `undefined` when it is not served. */
  readonly hfCacheModels: number | undefined;
  /** Files of the library of which no digest is known: they are not served. */
  readonly unprovedFiles: number;
}

/** What a server has done so far. */
export interface ServeStats {
  /** Those that are over, refused ones and broken ones included. */
  readonly requests: number;
  /** Of bodies. */
  readonly bytesSent: number;
  /** Just now, those that wait for their next request included. */
  readonly openConnections: number;
}

/** A server that is running; disposing of it drops every connection at once. */
export interface RunningServer extends AsyncDisposable {
  /** What `HF_ENDPOINT` is to be set to on this machine: `http://127.0.0.1:8787`. */
  readonly endpoint: string;
  /** The same for other machines; none when it listens on this machine only. */
  readonly otherEndpoints: readonly string[];
  /** What it listens on; the port is the real one where `0` was asked for. */
  readonly address: { readonly hostname: string; readonly port: number };
  /** Who may have what, by the options it was started with. */
  readonly readers: ServeReaders;
  /** When it was started. */
  readonly served: ServedModels;
  /** Base URL of the Hub that what is missing is fetched from; `undefined` when it is not. */
  readonly upstream: string | undefined;
  /** What it has done so far. */
  stats(): ServeStats;
  /** Settles when it has stopped. */
  readonly finished: Promise<void>;
  /**
   * Takes no more requests, and lets those that are being answered finish.
   *
   * @param options.graceMs After that they are cut. @default {5000}
   */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
}
