/**
 * The server that everybody fetches from, as a process of its own: the Hub's API, its file host, and plain
 * addresses for tools that know no Hub.
 *
 * Started by `server_process.ts` with its options as JSON; prints one line of JSON when it is ready.
 *
 * @module
 */
import { systemClock } from "../core/base/clock.ts";
import { createFileHostHandler } from "../core/server/file_host.ts";
import { fileReply } from "../core/server/file_reply.ts";
import { createHubHandler } from "../core/server/handler.ts";
import { createUrlSigner } from "../core/server/signed_url.ts";
import { type BenchRepo, createMemorySource, type MemorySource, type ServedFile } from "./memory_source.ts";
import type { Certificate } from "./certificate.ts";
import { behindNetwork, type NetworkOptions } from "./network.ts";
import { openRelay } from "./relay.ts";

/** What to serve, and how. */
export interface ServerOptions extends NetworkOptions {
  readonly repos: readonly BenchRepo[];
  /** Serves over TLS. */
  readonly certificate?: Certificate;
  /** A line of such a round trip between the clients and the server, the making of connections included. */
  readonly roundTripMs?: number;
}

/** The line that says where it listens. */
export interface ServerReady {
  readonly endpoint: string;
  /** `plainUrl/{repo}/{path}` answers with the file, without a redirect. */
  readonly plainUrl: string;
  /** Of the bench's own requests: neither counted nor delayed. */
  readonly controlUrl: string;
  readonly files: Readonly<Record<string, readonly ServedFile[]>>;
}

/** What was served since the last reset. */
export interface ServerStatistics {
  /** Requests of the Hub's API and file addresses together. */
  readonly requests: number;
  /** Bytes of files. */
  readonly bytesServed: number;
}

function plainReply(source: MemorySource, request: Request): Promise<Response> {
  const [, , owner, name, ...rest] = new URL(request.url).pathname.split("/").map(decodeURIComponent);
  const repo = `${owner}/${name}`;
  const path = rest.join("/");
  const file = source.served.get(repo)?.find((candidate) => candidate.path === path);
  if (file === undefined) return Promise.resolve(new Response("Not found\n", { status: 404 }));
  return fileReply(request, {
    sizeBytes: file.sizeBytes,
    etag: `"${file.sha256}"`,
    headers: { "content-type": "application/octet-stream" },
    open: (range) => Promise.resolve(source.openFile(repo, path, range)),
  });
}

interface Counter {
  requests: number;
}

function controlReply(path: string, source: MemorySource, counter: Counter): Response {
  const statistics: ServerStatistics = { requests: counter.requests, bytesServed: source.bytesServed };
  if (path === "/reset") {
    counter.requests = 0;
    source.bytesServed = 0;
  }
  return Response.json(statistics);
}

const QUIET = { port: 0, hostname: "127.0.0.1", onListen() {} } as const;

/** Listens as the options want; returns the port that clients see. */
function listen(handler: Deno.ServeHandler<Deno.NetAddr>, options: ServerOptions): number {
  const { certificate, roundTripMs } = options;
  const tls = certificate === undefined ? {} : {
    cert: Deno.readTextFileSync(certificate.certFile),
    key: Deno.readTextFileSync(certificate.keyFile),
  };
  const { port } = Deno.serve({ ...QUIET, ...tls }, handler).addr;
  return roundTripMs === undefined ? port : openRelay({ port, roundTripMs }).port;
}

function serve(options: ServerOptions): ServerReady {
  const source = createMemorySource(options.repos);
  const signer = createUrlSigner({ clock: systemClock });
  const counter: Counter = { requests: 0 };
  const onError = (error: unknown): void => {
    Deno.stderr.writeSync(new TextEncoder().encode(`bench server: ${String(error)}\n`));
  };
  const open = (handler: (request: Request) => Promise<Response>): number => {
    const shaped = behindNetwork(handler, options);
    return listen((request, info) => {
      counter.requests++;
      return shaped(request, info);
    }, options);
  };
  const scheme = options.certificate === undefined ? "http" : "https";
  const fileHost = createFileHostHandler({ source, signer, onError });
  const files = open((request) =>
    new URL(request.url).pathname.startsWith("/plain/") ? plainReply(source, request) : fileHost(request)
  );
  // As on the real Hub, the two hosts have different names.
  const link = { signer, url: () => `${scheme}://localhost:${files}` };
  const hub = open(createHubHandler({ source, fileHost: link, onError }));
  const control = Deno.serve(
    QUIET,
    (request) => controlReply(new URL(request.url).pathname, source, counter),
  );
  return {
    endpoint: `${scheme}://127.0.0.1:${hub}`,
    plainUrl: `${scheme}://127.0.0.1:${files}/plain`,
    controlUrl: `http://127.0.0.1:${control.addr.port}`,
    files: Object.fromEntries(source.served),
  };
}

if (import.meta.main) {
  const ready = serve(JSON.parse(Deno.args[0] ?? "{}"));
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(ready)}\n`));
  // The bench holds our standard input: when it ends, however it ends, so do we.
  for await (const _ of Deno.stdin.readable);
  Deno.exit(0);
}
