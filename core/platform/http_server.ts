/**
 * An HTTP/1 server for many clients that nobody knows: it has a limit for everything that a client can take, counts
 * every byte, and sends files as fast as the system reads and writes them.
 *
 * @module
 */
import { HttpConnection, type RemoteAddress } from "./http_connection.ts";
import { HttpProblem, type RequestHead } from "./http_head.ts";
import { HttpInput } from "./http_input.ts";
import { sendResponse } from "./http_output.ts";
import { STATUS_TEXT } from "./http_status.ts";
import { cannotListen, type Listener, urlHost } from "./listen.ts";

export type { RemoteAddress };

/** Answers one request. */
export type ServerHandler = (request: Request, remote: RemoteAddress) => Response | Promise<Response>;

/** One request and what came of it. */
export interface Exchange {
  readonly remote: RemoteAddress;
  /** `-` when no request could be read. */
  readonly method: string;
  /** Path and query as they came; `-` when no request could be read. May hold secrets. */
  readonly target: string;
  readonly userAgent: string | undefined;
  /** What the client was told, or was to be told. */
  readonly status: number;
  /** Bytes of the body that the system took. */
  readonly bytesSent: number;
  readonly elapsedMs: number;
  /** Whether everything was sent. */
  readonly isWhole: boolean;
}

/** What clients may take. */
export interface ServerLimits {
  /** Connections at once. @default {1024} */
  readonly maxConnections?: number | undefined;
  /** Connections at once of one address. @default {512} */
  readonly maxPerAddress?: number | undefined;
  /** How long the head of a request may take. @default {15000} */
  readonly headTimeoutMs?: number | undefined;
  /** How long a connection may do nothing between two requests. @default {60000} */
  readonly idleTimeoutMs?: number | undefined;
  /** How long a client may take no byte of an answer, or give none of a body. @default {60000} */
  readonly stallTimeoutMs?: number | undefined;
  /** A request's body may have so many bytes. @default {4194304} */
  readonly maxBodyBytes?: number | undefined;
}

/** How to serve. */
export interface HttpServerOptions extends ServerLimits {
  /** Address to bind. @default {"127.0.0.1"} */
  readonly hostname?: string | undefined;
  /** `0` takes any free port. @default {0} */
  readonly port?: number | undefined;
  /** Told of what a handler threw; the client gets a bare 500. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Told of each request when it is over. */
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
  /** Told of connections that were not let in. */
  readonly onTurnedAway?: (() => void) | undefined;
}

/** A running server; disposing of it drops every connection at once. */
export interface HttpServer extends Listener {
  /** Connections just now. */
  readonly openConnections: number;
  /** Takes no more connections, lets requests that are being answered finish, and drops what is left after a while. */
  shutdown(options: { readonly graceMs: number }): Promise<void>;
}

const DEFAULTS: Required<{ [K in keyof ServerLimits]: number }> = {
  maxConnections: 1024,
  maxPerAddress: 512,
  headTimeoutMs: 15_000,
  idleTimeoutMs: 60_000,
  stallTimeoutMs: 60_000,
  maxBodyBytes: 4_194_304,
};

/** What a client is told that is one too many. */
const BUSY =
  "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const encoder = new TextEncoder();

/** The handler's view of a request; `undefined` where there cannot be one. */
function toRequest(head: RequestHead, body: Uint8Array<ArrayBuffer>, origin: string): Request | undefined {
  const { method, headers, target } = head;
  const withBody = body.length > 0 && method !== "GET" && method !== "HEAD";
  try {
    const base = head.host === "" ? origin : `http://${head.host}`;
    return new Request(base + target, { method, headers, ...(withBody ? { body } : {}) });
  } catch {
    return undefined;
  }
}

/** The server behind {@link serveHttp}. */
class Server implements HttpServer {
  readonly address: Listener["address"];
  readonly url: string;
  readonly finished: Promise<void>;
  readonly #listener: Deno.TcpListener;
  readonly #handler: ServerHandler;
  readonly #options: HttpServerOptions;
  readonly #limits: typeof DEFAULTS;
  readonly #connections = new Map<HttpConnection, Promise<void>>();
  readonly #perAddress = new Map<string, number>();
  #isStopping = false;

  constructor(listener: Deno.TcpListener, handler: ServerHandler, options: HttpServerOptions) {
    this.#listener = listener;
    this.#handler = handler;
    this.#options = options;
    const given = Object.entries(options).filter(([name, value]) => name in DEFAULTS && value !== undefined);
    this.#limits = { ...DEFAULTS, ...Object.fromEntries(given) };
    const { hostname, port } = listener.addr as Deno.NetAddr;
    this.address = { hostname, port };
    this.url = `http://${urlHost(hostname)}:${port}`;
    const { headTimeoutMs, idleTimeoutMs, stallTimeoutMs } = this.#limits;
    const everyMs = Math.max(10, Math.min(1000, headTimeoutMs, idleTimeoutMs, stallTimeoutMs) / 4);
    const sweeper = setInterval(() => this.#sweep(), everyMs);
    this.finished = this.#accept().finally(() => clearInterval(sweeper));
  }

  get openConnections(): number {
    return this.#connections.size;
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections.keys()) connection.sweep(nowMs);
  }

  async #accept(): Promise<void> {
    while (!this.#isStopping) {
      let conn: Deno.TcpConn;
      try {
        conn = await this.#listener.accept();
      } catch (error) {
        if (this.#isStopping) break;
        // A client that gave up at once, or no more open files: those that are there go on.
        this.#options.onError?.(error);
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      this.#welcome(conn);
    }
    await Promise.all(this.#connections.values());
  }

  #welcome(conn: Deno.TcpConn): void {
    const connection = new HttpConnection(conn);
    const { hostname } = connection.remote;
    const ofAddress = this.#perAddress.get(hostname) ?? 0;
    const { maxConnections, maxPerAddress } = this.#limits;
    const isFull = this.#connections.size >= maxConnections || ofAddress >= maxPerAddress;
    // Those that are turned away take a moment, too, but there is an end to how many are told why.
    if (isFull && this.#connections.size >= maxConnections + 64) {
      this.#options.onTurnedAway?.();
      return connection.close();
    }
    if (!connection.begin()) return connection.close();
    this.#perAddress.set(hostname, ofAddress + 1);
    const work = isFull ? this.#turnAway(connection) : this.#serve(connection);
    this.#connections.set(connection, work.finally(() => this.#forget(connection)));
  }

  #forget(connection: HttpConnection): void {
    connection.close();
    this.#connections.delete(connection);
    const { hostname } = connection.remote;
    const rest = (this.#perAddress.get(hostname) ?? 1) - 1;
    if (rest > 0) this.#perAddress.set(hostname, rest);
    else this.#perAddress.delete(hostname);
  }

  async #turnAway(connection: HttpConnection): Promise<void> {
    this.#options.onTurnedAway?.();
    connection.allow(2000);
    try {
      await connection.write(encoder.encode(BUSY));
      await connection.linger();
    } catch {
      // It has gone.
    }
  }

  async #serve(connection: HttpConnection): Promise<void> {
    const input = new HttpInput(connection);
    try {
      while (!this.#isStopping && await this.#answerNext(connection, input));
    } catch {
      // The client has gone, or was cut.
    }
  }

  /** @returns whether the connection goes on. */
  async #answerNext(connection: HttpConnection, input: HttpInput): Promise<boolean> {
    const { headTimeoutMs, idleTimeoutMs, stallTimeoutMs } = this.#limits;
    connection.isIdle = true;
    // One that was only just opened has to say something soon.
    connection.allow(idleTimeoutMs);
    let startedMs = performance.now();
    let head: RequestHead | undefined;
    try {
      head = await input.readHead(() => {
        startedMs = performance.now();
        connection.isIdle = false;
        connection.allow(headTimeoutMs);
      });
      if (head === undefined) return false;
      connection.allow(stallTimeoutMs);
      if (head.body !== 0 && head.headers.get("expect")?.toLowerCase() === "100-continue") {
        await connection.write(encoder.encode("HTTP/1.1 100 Continue\r\n\r\n"));
      }
      const body = await input.readBody(head.body, this.#limits.maxBodyBytes);
      return await this.#answer(connection, { head, body, startedMs, input });
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      await this.#refuse(connection, { problem: error, head, startedMs });
      return false;
    }
  }

  async #answer(
    connection: HttpConnection,
    call: {
      readonly head: RequestHead;
      readonly body: Uint8Array<ArrayBuffer>;
      readonly startedMs: number;
      readonly input: HttpInput;
    },
  ): Promise<boolean> {
    const { head, body, startedMs, input } = call;
    const request = toRequest(head, body, this.url);
    if (request === undefined) {
      throw new HttpProblem(405, `Method ${head.method} is not allowed here`, { allow: "GET, HEAD, POST" });
    }
    connection.allow(Infinity);
    const response = await this.#ask(request, connection);
    let bytesSent = 0;
    let isWhole = false;
    const { stallTimeoutMs } = this.#limits;
    const output = {
      write: async (bytes: Uint8Array): Promise<number> => {
        connection.allow(stallTimeoutMs);
        const count = await connection.write(bytes);
        // Until the next write it is ours that waits.
        connection.allow(Infinity);
        return count;
      },
    };
    try {
      const sent = await sendResponse(output, response, {
        method: head.method,
        isOld: head.isOld,
        keepAlive: head.keepAlive && !this.#isStopping,
        onSent: (bytes) => void (bytesSent += bytes),
        ended: connection.ended,
        onWaiting: () => input.watchForEnd(() => connection.close()),
      });
      isWhole = true;
      return sent === "whole";
    } catch (error) {
      await response.body?.cancel(error).catch(() => {});
      throw error;
    } finally {
      this.#tell({ remote: connection.remote, head, status: response.status, bytesSent, startedMs, isWhole });
    }
  }

  /** @throws When the connection ends before there is an answer. */
  async #ask(request: Request, { remote, ended }: HttpConnection): Promise<Response> {
    const cut = Promise.withResolvers<never>();
    const end = (): void => cut.reject(ended.reason);
    ended.addEventListener("abort", end, { once: true });
    try {
      const answer = this.#handle(request, remote);
      answer.then((response) => ended.aborted ? response.body?.cancel() : undefined).catch(() => {});
      return await Promise.race([answer, cut.promise]);
    } finally {
      ended.removeEventListener("abort", end);
    }
  }

  async #handle(request: Request, remote: RemoteAddress): Promise<Response> {
    try {
      return await this.#handler(request, remote);
    } catch (error) {
      this.#options.onError?.(error);
      return new Response("Internal error", { status: 500, headers: { "content-length": "14" } });
    }
  }

  async #refuse(
    connection: HttpConnection,
    call: {
      readonly problem: HttpProblem;
      readonly head: RequestHead | undefined;
      readonly startedMs: number;
    },
  ): Promise<void> {
    const { problem: { status, message, headers }, head, startedMs } = call;
    connection.allow(2000);
    const fields = { ...headers, "content-type": "text/plain", "content-length": String(message.length) };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const first = `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? "Error"}\r\n`;
    const text = `${first}${lines}connection: close\r\n\r\n${message}`;
    const isWhole = await connection.write(encoder.encode(text)).then(() => true, () => false);
    const bytesSent = isWhole ? message.length : 0;
    this.#tell({ remote: connection.remote, head, status, bytesSent, startedMs, isWhole });
    if (isWhole) await connection.linger();
  }

  #tell(
    call: Pick<Exchange, "remote" | "status" | "bytesSent" | "isWhole"> & {
      readonly head: RequestHead | undefined;
      readonly startedMs: number;
    },
  ): void {
    const { head, startedMs, ...facts } = call;
    this.#options.onExchange?.({
      ...facts,
      method: head?.method ?? "-",
      target: head?.target ?? "-",
      userAgent: head?.headers.get("user-agent") ?? undefined,
      elapsedMs: performance.now() - startedMs,
    });
  }

  #stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#listener.close();
  }

  async shutdown({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#stop();
    for (const connection of this.#connections.keys()) if (connection.isIdle) connection.close();
    const limit = setTimeout(() => this.#drop(), graceMs);
    await this.finished;
    clearTimeout(limit);
  }

  #drop(): void {
    for (const connection of this.#connections.keys()) connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    this.#drop();
    await this.finished;
  }
}

/**
 * Starts to serve.
 *
 * @throws {ModelManagerError} `FAILED` when the address is taken or not ours, `PERMISSION_ERROR` when it may not be used.
 */
export function serveHttp(handler: ServerHandler, options: HttpServerOptions = {}): HttpServer {
  const { hostname = "127.0.0.1", port = 0 } = options;
  let listener: Deno.TcpListener;
  try {
    listener = Deno.listen({ hostname, port });
  } catch (error) {
    throw cannotListen(error, hostname, port);
  }
  return new Server(listener, handler, options);
}
