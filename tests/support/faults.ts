/**
 * Faults around a handler: errors, cut, stalled, slow and wrong bodies. For tests of what clients do about them.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/base/clock.ts";
import type { HttpHandler } from "../../core/platform/listen.ts";
import { fileOfSignedUrl } from "../../core/server/signed_url.ts";

/** What goes wrong. Positions and counts of bytes are those of the body that is sent. */
export type FaultEffect =
  /** Another answer instead; the handler is not asked. */
  | {
    readonly type: "status";
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }
  /** 429 with `RateLimit: …;r=0;t=…`, and `Retry-After` when given. */
  | { readonly type: "rate-limit"; readonly resetSeconds: number; readonly retryAfterSeconds?: number }
  /** The file host's answer to an address that has run out. */
  | { readonly type: "expired" }
  /** 200 with an HTML page, as captive portals send. */
  | { readonly type: "html" }
  | { readonly type: "redirect"; readonly location: string }
  /** The connection breaks after so many body bytes. */
  | { readonly type: "cut"; readonly afterBytes: number }
  /** After so many body bytes nothing more comes, and the connection stays open. */
  | { readonly type: "stall"; readonly afterBytes: number }
  /** No answer at all, not even headers. */
  | { readonly type: "hang" }
  | { readonly type: "slow"; readonly bytesPerSecond: number }
  /** So many requests are answered at a time, at this rate each; those that are more get the status. */
  | {
    readonly type: "connections";
    readonly most: number;
    readonly status: number;
    readonly bytesPerSecond: number;
  }
  /** The answer starts late. */
  | { readonly type: "delay"; readonly ms: number }
  /** One byte is flipped. */
  | { readonly type: "corrupt"; readonly position: number }
  /** The whole file with 200, whatever `Range` says. */
  | { readonly type: "ignore-range" }
  /** Another `Content-Range`, or none. */
  | { readonly type: "content-range"; readonly value: string | undefined }
  /** The whole file has become so long, says `Content-Range`. */
  | { readonly type: "total"; readonly sizeBytes: number }
  /** More bytes than were asked for, and no `Content-Length` to tell. */
  | { readonly type: "longer"; readonly extraBytes: number }
  /** No `Content-Length`: the body comes in chunks. */
  | { readonly type: "no-length" }
  /** Compressed, whatever `Accept-Encoding` says. */
  | { readonly type: "gzip" }
  /** Other headers; an empty text removes one. */
  | { readonly type: "headers"; readonly headers: Readonly<Record<string, string>> };

/** A fault, and when it strikes. */
export interface Fault {
  /** Which requests. Default: all. See {@link requestsFor}. */
  readonly when?: (request: Request) => boolean;
  /** How many matching requests go through first. @default {0} */
  readonly skip?: number;
  /** How many matching requests are struck. Default: all. */
  readonly times?: number;
  readonly effect: FaultEffect;
}

/** The address of a port on which nobody listens. */
export function deadEndpoint(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `http://127.0.0.1:${listener.addr.port}`;
}

/** Whether the path of an address ends with a file's path, percent-encoded in whatever way. */
export function endsWithPath(pathname: string, path: string): boolean {
  try {
    return decodeURIComponent(pathname).endsWith(`/${path}`);
  } catch {
    return false;
  }
}

/** A predicate: `GET` requests for the file's bytes, on the file host or directly on the Hub. */
export function requestsFor(path: string): (request: Request) => boolean {
  return (request) => {
    if (request.method !== "GET") return false;
    const { pathname } = new URL(request.url);
    return fileOfSignedUrl(request.url)?.path === path || endsWithPath(pathname, path);
  };
}

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;
/** Changes a piece of the body that starts at `position`; `undefined` ends the body. */
type ChangePiece = (
  piece: Uint8Array<ArrayBuffer>,
  position: number,
) => Promise<Uint8Array<ArrayBuffer> | undefined> | Uint8Array<ArrayBuffer> | undefined;

function changeBody(body: Body, change: ChangePiece): Body {
  const reader = body.getReader();
  let position = 0;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      const piece = done ? undefined : await change(value, position);
      if (piece !== undefined && piece.length > 0) controller.enqueue(piece);
      if (piece === undefined || piece.length < (value?.length ?? 0)) {
        // Closing early breaks the promised length, so the server drops the connection.
        if (!done) reader.cancel().catch(() => {});
        return controller.close();
      }
      position += piece.length;
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/** The body up to a byte, then silence until the client goes away. */
function stallBody(body: Body, afterBytes: number): Body {
  const reader = body.getReader();
  let position = 0;
  return new ReadableStream({
    async pull(controller) {
      if (position >= afterBytes) return await new Promise<void>(() => {});
      const { done, value } = await reader.read();
      if (done) return controller.close();
      const piece = value.subarray(0, afterBytes - position);
      position += piece.length;
      controller.enqueue(piece);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/** Small pieces in a steady beat, measured from the start so that waits do not add up. */
function slowBody(body: Body, options: { readonly bytesPerSecond: number; readonly clock: Clock }): Body {
  const { bytesPerSecond, clock } = options;
  const pieceBytes = Math.max(1, Math.floor(bytesPerSecond / 50));
  const reader = body.getReader();
  let rest: Uint8Array<ArrayBuffer> = new Uint8Array();
  let sentBytes = 0;
  let startedAt: number | undefined;
  return new ReadableStream({
    async pull(controller) {
      startedAt ??= clock.monotonic();
      if (rest.length === 0) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        rest = value;
      }
      const piece = rest.slice(0, pieceBytes);
      rest = rest.subarray(piece.length);
      sentBytes += piece.length;
      const waitMs = startedAt + sentBytes * 1000 / bytesPerSecond - clock.monotonic();
      if (waitMs > 0) await clock.sleep(waitMs);
      controller.enqueue(piece);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

function withBody(response: Response, change: (body: Body) => Body): Response {
  if (response.body === null) return response;
  return new Response(change(response.body), { status: response.status, headers: response.headers });
}

function withHeaders(response: Response, changes: Readonly<Record<string, string | undefined>>): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") headers.delete(name);
    else headers.set(name, value);
  }
  return new Response(response.body, { status: response.status, headers });
}

function withTotal(response: Response, sizeBytes: number): Response {
  const stated = response.headers.get("content-range");
  return stated === null
    ? response
    : withHeaders(response, { "content-range": stated.replace(/\/\d+$/, `/${sizeBytes}`) });
}

/** The body, and so many bytes after it. */
function longerBody(body: Body, extraBytes: number): Body {
  return body.pipeThrough(
    new TransformStream({
      flush: (controller) => controller.enqueue(new Uint8Array(extraBytes).fill(88)),
    }),
  );
}

function corruptPiece(position: number): ChangePiece {
  return (piece, start) => {
    if (position < start || position >= start + piece.length) return piece;
    const changed = piece.slice();
    changed[position - start] = (changed[position - start] ?? 0) ^ 0xff;
    return changed;
  };
}

function withoutRange(request: Request): Request {
  const headers = new Headers(request.headers);
  headers.delete("range");
  return new Request(request.url, { method: request.method, headers });
}

function errorPage(status: number): Response {
  const page = "<!DOCTYPE html><html><body><h1>Please sign in to the network</h1></body></html>";
  return new Response(page, { status, headers: { "content-type": "text/html" } });
}

function rateLimited(effect: FaultEffect & { readonly type: "rate-limit" }): Response {
  const headers = new Headers({
    "ratelimit": `"resolvers";r=0;t=${effect.resetSeconds}`,
    "ratelimit-policy": '"fixed window";"resolvers";q=3000;w=300',
  });
  if (effect.retryAfterSeconds !== undefined) headers.set("retry-after", String(effect.retryAfterSeconds));
  return new Response("Too Many Requests", { status: 429, headers });
}

/** Answers that need no handler. */
function replacedAnswer(effect: FaultEffect): Response | Promise<Response> | undefined {
  switch (effect.type) {
    case "status":
      return new Response(effect.body ?? `Fault ${effect.status}`, {
        status: effect.status,
        headers: { ...effect.headers },
      });
    case "rate-limit":
      return rateLimited(effect);
    case "expired":
      return new Response("<Error><Code>AccessDenied</Code></Error>", {
        status: 403,
        headers: { "content-type": "application/xml" },
      });
    case "html":
      return errorPage(200);
    case "redirect":
      return new Response(null, { status: 302, headers: { location: effect.location } });
    case "hang":
      return new Promise<Response>(() => {});
    default:
      return undefined;
  }
}

interface Strike {
  readonly handler: HttpHandler;
  readonly effect: FaultEffect;
  readonly clock: Clock;
  /** Of this fault: what is being answered. */
  readonly busy: { count: number };
}

/** Answers slowly, and only so many at a time. */
async function crowded(
  request: Request,
  { handler, effect, clock, busy }: Strike & { readonly effect: { readonly type: "connections" } },
): Promise<Response> {
  if (busy.count >= effect.most) return new Response("Too many connections", { status: effect.status });
  busy.count++;
  const done = (): void => {
    busy.count--;
  };
  return withBody(
    await handler(request),
    (body) =>
      slowBody(body, { bytesPerSecond: effect.bytesPerSecond, clock })
        .pipeThrough(new TransformStream({ flush: done, cancel: done })),
  );
}

async function strike(request: Request, options: Strike): Promise<Response> {
  const { handler, effect, clock } = options;
  const replaced = replacedAnswer(effect);
  if (replaced !== undefined) return replaced;
  if (effect.type === "connections") return await crowded(request, { ...options, effect });
  if (effect.type === "delay") await clock.sleep(effect.ms);
  const response = await handler(effect.type === "ignore-range" ? withoutRange(request) : request);
  switch (effect.type) {
    case "cut":
      return withBody(
        response,
        (body) =>
          changeBody(body, (piece, start) => piece.subarray(0, Math.max(0, effect.afterBytes - start))),
      );
    case "stall":
      return withBody(response, (body) => stallBody(body, effect.afterBytes));
    case "slow":
      return withBody(response, (body) => slowBody(body, { bytesPerSecond: effect.bytesPerSecond, clock }));
    case "corrupt":
      return withBody(response, (body) => changeBody(body, corruptPiece(effect.position)));
    case "content-range":
      return withHeaders(response, { "content-range": effect.value });
    case "headers":
      return withHeaders(response, effect.headers);
    case "total":
      return withTotal(response, effect.sizeBytes);
    case "longer":
      return withBody(
        withHeaders(response, { "content-length": undefined }),
        (body) => longerBody(body, effect.extraBytes),
      );
    case "no-length":
      return withBody(withHeaders(response, { "content-length": undefined }), (body) => longerBody(body, 0));
    case "gzip":
      return withBody(
        withHeaders(response, { "content-length": undefined, "content-encoding": "gzip" }),
        (body) => body.pipeThrough(new CompressionStream("gzip")),
      );
    default:
      return response;
  }
}

/** The handler with faults around it. The first fault that strikes a request is the only one it meets. */
export function withFaults(
  handler: HttpHandler,
  faults: readonly Fault[],
  options: { readonly clock?: Clock } = {},
): HttpHandler {
  const { clock = systemClock } = options;
  const matched = faults.map(() => 0);
  const busy = faults.map(() => ({ count: 0 }));
  return (request) => {
    for (const [index, fault] of faults.entries()) {
      if (fault.when !== undefined && !fault.when(request)) continue;
      const count = (matched[index] ?? 0) + 1;
      matched[index] = count;
      const { skip = 0, times = Infinity } = fault;
      if (count <= skip || count > skip + times) continue;
      return strike(request, { handler, effect: fault.effect, clock, busy: busy[index] ?? { count: 0 } });
    }
    return handler(request);
  };
}
