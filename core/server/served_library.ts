/**
 * A library as people on a network meet it: the Hub's API, and beside it a page for who looks and numbers for who
 * watches.
 *
 * @module
 */
import type { HttpHandler } from "../platform/listen.ts";
import { identifyCaller } from "./access.ts";
import { createHubHandler, type HubOptions } from "./handler.ts";
import type { Metrics } from "./metrics.ts";
import { Refusal, refusalReply, textReply } from "./reply.ts";
import { withoutBody } from "./without_body.ts";

/** How it is made. */
export interface ServedLibraryOptions extends HubOptions {
  readonly metrics: Metrics;
  /** Whether it listens on this machine only. */
  readonly isLocal: boolean;
  /** Asked before the Hub's API is: `undefined` leaves the answer to it. */
  readonly first?: ((request: Request) => Promise<Response | undefined>) | undefined;
}

/** A name that can only mean this machine. */
function isLocalName(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" ||
    /^127(?:\.\d{1,3}){3}$/.test(name) || /^\[::ffff:7f[0-9a-f]{2}:[0-9a-f]+\]$/.test(name);
}

/**
 * A page of another site could make a browser ask this machine under a name of its own; programs ask for it by its own
 * names.
 */
function checkHost(request: Request): void {
  if (isLocalName(new URL(request.url).host)) return;
  throw new Refusal(
    421,
    "This server answers only as localhost: start it with --host to serve other machines",
  );
}

function checkReads(request: Request): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  throw new Refusal(405, `Method ${request.method} is not allowed here`, { headers: { allow: "GET, HEAD" } });
}

function beside(request: Request, options: ServedLibraryOptions): Response | undefined {
  const { pathname, host } = new URL(request.url);
  if (pathname !== "/" && pathname !== "/metrics") return undefined;
  checkReads(request);
  identifyCaller(request, options.access);
  if (pathname === "/metrics") {
    return textReply(options.metrics.text(), { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  }
  return textReply(
    `Model Manager serves its library here as a Hub. To use it:\n\n  HF_ENDPOINT=http://${host}\n\n` +
      `Models: /api/models\nNumbers: /metrics\n`,
  );
}

/** Makes the handler; it never throws. */
export function createServedLibrary(options: ServedLibraryOptions): HttpHandler {
  const hub = createHubHandler(options);
  return async (request) => {
    try {
      if (options.isLocal) checkHost(request);
      const reply = beside(request, options) ?? await options.first?.(request);
      return reply === undefined ? await hub(request) : withoutBody(request, reply);
    } catch (error) {
      if (error instanceof Refusal) return withoutBody(request, refusalReply(error, { json: false }));
      options.onError?.(error);
      return refusalReply(new Refusal(500, "Internal error"), { json: false });
    }
  };
}
