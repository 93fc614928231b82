/**
 * Serving the library as a Hub.
 *
 * @module
 */
import { type HttpServer, serveHttp } from "../platform/http_server.ts";
import { ownAddresses } from "../platform/own_addresses.ts";
import { processMemory } from "../platform/process_memory.ts";
import { RotatingFile } from "../platform/rotating_file.ts";
import { type AccessRecord, toAccessRecord } from "../server/access_record.ts";
import { combineSources } from "../server/combined_source.ts";
import type { AccessRules } from "../server/access.ts";
import type { RightsCheck } from "../server/context.ts";
import { FileProofs } from "../server/file_proof.ts";
import { HfCacheSource } from "../server/hf_cache_source.ts";
import { LibrarySource } from "../server/library_source.ts";
import { createMetrics, type Metrics } from "../server/metrics.ts";
import type { ModelSource } from "../server/model_source.ts";
import { createServedLibrary } from "../server/served_library.ts";
import type { OperationContext } from "./context.ts";
import { hashFile } from "./hash_file.ts";
import { checkServeOptions, isLoopback, plainHost, serveAccess } from "./serve_access.ts";
import type { RunningServer, ServedModels, ServeOptions, ServeStats } from "./serve_request.ts";

/** The port that is taken when none is asked for. */
export const DEFAULT_SERVE_PORT = 8787;

/** How long transfers may go on when the server is told to stop. */
const GRACE_MS = 5000;

/** What serving works with besides what all operations do. */
export interface ServeContext extends OperationContext {
  /** The token that this program has for the Hub. */
  ownToken(): Promise<string | undefined>;
}

/** What is behind the server. */
export interface ServeBackend extends AsyncDisposable {
  readonly source: ModelSource;
  readonly rights?: RightsCheck;
  /** Answers a request before the source is asked; `undefined` leaves it to the source. */
  answer?(request: Request): Promise<Response | undefined>;
}

/** What a backend may build on. */
export interface ServeParts {
  /** What is on this machine. */
  readonly local: ModelSource;
  readonly library: LibrarySource;
  readonly proofs: FileProofs;
  readonly metrics: Metrics;
  readonly options: ServeOptions;
  readonly access: AccessRules;
  /** Told of what went wrong inside. */
  readonly onError: (error: unknown) => void;
}

/** Puts something between the server and what is on this machine. */
export type ServeWrap = (parts: ServeParts) => Promise<ServeBackend>;

async function localSources(
  context: ServeContext,
  options: ServeOptions,
  proofs: FileProofs,
): Promise<{ readonly local: ModelSource; readonly library: LibrarySource; readonly served: ServedModels }> {
  const library = new LibrarySource({ library: context.library, proofs });
  const { models, restricted, unprovedFiles } = await library.counts();
  if (options.hfCache !== true) {
    return {
      local: library,
      library,
      served: { models, restricted, unprovedFiles, hfCacheModels: undefined },
    };
  }
  const cache = new HfCacheSource({
    directory: context.hfCache.directory,
    proofs,
    clock: context.clock,
    private: !isLoopback(options.host ?? "127.0.0.1"),
  });
  const hfCacheModels = (await cache.models()).length;
  return {
    local: combineSources(library, cache),
    library,
    served: { models, restricted, unprovedFiles, hfCacheModels },
  };
}

function accessLog(context: ServeContext, path: string): (record: AccessRecord) => void {
  const file = new RotatingFile(path);
  file.create();
  let isWritten = true;
  return (record) => {
    const written = file.append(JSON.stringify(record));
    if (!written && isWritten) context.notices.emit(`The access log "${path}" cannot be written`);
    isWritten = written;
  };
}

/** Counts what the server does, and tells who wants to know. */
function watchServer(
  context: ServeContext,
  options: ServeOptions,
  metrics: Metrics,
): {
  readonly stats: (server: HttpServer) => ServeStats;
  readonly hooks: Pick<Parameters<typeof serveHttp>[1] & object, "onExchange" | "onTurnedAway">;
} {
  const startedMs = context.clock.monotonic();
  const requests = metrics.counter("mm_http_requests_total", "Requests by part of the API and status.");
  const sent = metrics.counter("mm_http_sent_bytes_total", "Bytes of bodies that were sent.");
  const writeLog = options.accessLog === undefined ? undefined : accessLog(context, options.accessLog);
  const turnedAway = metrics.counter("mm_http_turned_away_total", "Connections that were too many.");
  metrics.gauge(
    "mm_uptime_seconds",
    "Seconds since the server was started.",
    () => Math.round(context.clock.monotonic() - startedMs) / 1000,
  );
  metrics.gauge("mm_resident_memory_bytes", "Memory of the process.", processMemory);
  return {
    stats: (server) => ({
      requests: requests.total(),
      bytesSent: sent.total(),
      openConnections: server.openConnections,
    }),
    hooks: {
      onExchange(exchange) {
        const record = toAccessRecord(exchange, context.clock.now());
        requests.add({ route: record.route, status: String(record.status) });
        sent.add({}, record.bytesSent);
        writeLog?.(record);
        options.onAccess?.(record);
      },
      onTurnedAway: () => turnedAway.add(),
    },
  };
}

/** An error inside is told once a kind: a client can make the same one as often as it likes. */
function errorTeller(context: ServeContext): (error: unknown) => void {
  const told = new Set<string>();
  return (error) => {
    const message = error instanceof Error ? error.message : String(error);
    if (told.has(message) || told.size >= 100) return;
    told.add(message);
    context.notices.emit(`A request could not be answered: ${message}`);
  };
}

function otherEndpoints(server: HttpServer): readonly string[] {
  const { hostname, port } = server.address;
  if (isLoopback(hostname)) return [];
  if (hostname !== "0.0.0.0" && hostname !== "::") return [server.url];
  const hosts = ownAddresses({ ipv6: hostname === "::" });
  return hosts.map((host) => `http://${host.includes(":") ? `[${host}]` : host}:${port}`);
}

/**
 * Starts to serve the library.
 *
 * @param wrap Puts something between the server and what is on this machine.
 * @throws {ModelManagerError} `USAGE_ERROR` when nothing says who may read, `FAILED` when the port is taken.
 */
export async function serve(
  context: ServeContext,
  options: ServeOptions = {},
  wrap?: ServeWrap,
): Promise<RunningServer> {
  checkServeOptions(options);
  await using opened = new AsyncDisposableStack();
  const metrics = createMetrics();
  const proofs = new FileProofs({
    hashFile: (path, algorithm) => hashFile(context, { path, algorithm }),
    clock: context.clock,
    onNotice: (message) => context.notices.emit(message),
  });
  const { local, library, served } = await localSources(context, options, proofs);
  const { rules, readers } = serveAccess(options, await context.ownToken());
  const onError = errorTeller(context);
  const parts = { local, library, proofs, metrics, options, access: rules, onError };
  const backend = wrap === undefined ? undefined : opened.use(await wrap(parts));
  const { host = "127.0.0.1", port = DEFAULT_SERVE_PORT } = options;
  const hostname = plainHost(host);
  const handler = createServedLibrary({
    source: backend?.source ?? local,
    rights: backend?.rights,
    access: rules,
    clock: context.clock,
    rateLimits: "none",
    metrics,
    isLocal: isLoopback(hostname),
    first: backend?.answer?.bind(backend),
    onError,
  });
  const watch = watchServer(context, options, metrics);
  const server = opened.use(serveHttp(handler, {
    hostname,
    port,
    maxConnections: options.maxConnections,
    maxPerAddress: options.maxConnectionsPerAddress,
    stallTimeoutMs: options.stallTimeoutMs,
    onError,
    ...watch.hooks,
  }));
  metrics.gauge("mm_http_open_connections", "Connections just now.", () => server.openConnections);
  const others = otherEndpoints(server);
  const owned = opened.move();
  return {
    endpoint: server.url,
    otherEndpoints: others,
    address: server.address,
    readers,
    served,
    upstream: options.pullThrough === true ? context.endpoint : undefined,
    stats: () => watch.stats(server),
    finished: server.finished,
    async stop({ graceMs = GRACE_MS } = {}) {
      await server.shutdown({ graceMs });
      await owned.disposeAsync();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
