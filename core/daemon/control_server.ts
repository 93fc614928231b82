/**
 * The control protocol, on the side of the process that is controlled: HTTP with JSON on a local socket.
 *
 * What can be asked for is given as calls (`GET /v1/jobs`: a JSON answer) and streams (`GET /v1/events`: one JSON event
 * a line, the last one `{"type":"end"}`). `GET /v1/status` is answered by every process. Errors are `{"error": …}` in
 * their data form; who does not know the secret of the address file is answered nothing.
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import { VERSION } from "../base/version.ts";
import { isModelManagerError, ModelManagerError, toErrorData } from "../base/errors.ts";
import { EventStream } from "../base/event_stream.ts";
import { makeDirectory, removeFile } from "../platform/directory.ts";
import { listenLocally, type LocalListener } from "../platform/local_socket.ts";
import { type ControlPlaces, removeAddress, writeAddress } from "./address_file.ts";

/** The most that a request may have. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** The last line of a stream. */
export const END_EVENT = { type: "end" } as const;

/** Something that can be asked for: takes the JSON of the request (`undefined` for GET), gives that of the answer. */
export type ControlCall = (body: unknown) => unknown;

/**
 * Something that can be listened to, until the returned handle is disposed. An event that has not been sent yet gives
 * way to the next one of the same key; those without a key are all sent.
 */
export type ControlStream = (listener: (event: unknown, key: string | undefined) => void) => Disposable;

/** A process that can be reached. */
export interface ControlServer extends AsyncDisposable {
  /** Answers what has been asked, refuses what comes, and tells listeners that this is the end. */
  close(): Promise<void>;
}

/** How the protocol is served. */
export interface ControlServerOptions {
  readonly places: ControlPlaces;
  readonly pid: number;
  /** By method and path, such as `POST /v1/commands`. */
  readonly calls: Readonly<Record<string, ControlCall>>;
  /** By method and path, such as `GET /v1/events`. */
  readonly streams?: Readonly<Record<string, ControlStream>>;
  readonly onError?: (error: unknown) => void;
}

function sameSecret(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => new TextEncoder().encode(text));
  return a !== undefined && b !== undefined && a.length === b.length && timingSafeEqual(a, b);
}

/** An event on its way. */
interface Sent {
  readonly event: unknown;
  readonly key: string | undefined;
}

/** Answers requests. */
class ControlHandler {
  readonly #options: ControlServerOptions;
  readonly #token: string;
  readonly #streams = new Set<EventStream<Sent>>();
  readonly #startedAt = new Date().toISOString();
  #closing = false;

  constructor(options: ControlServerOptions, token: string) {
    this.#options = options;
    this.#token = token;
  }

  /** From now on, requests are refused; listeners are told that this is the end. */
  close(): void {
    this.#closing = true;
    for (const stream of this.#streams) {
      stream.push({ event: END_EVENT, key: undefined });
      stream.close();
    }
  }

  async handle(request: Request): Promise<Response> {
    if (!sameSecret(request.headers.get("authorization") ?? "", `Bearer ${this.#token}`)) {
      return new Response(null, { status: 401 });
    }
    if (this.#closing) return new Response(null, { status: 503 });
    const { pid, calls, streams = {} } = this.#options;
    const name = `${request.method} ${new URL(request.url).pathname}`;
    if (name === "GET /v1/status") {
      return Response.json({ version: VERSION, pid, startedAt: this.#startedAt });
    }
    const stream = Object.hasOwn(streams, name) ? streams[name] : undefined;
    if (stream !== undefined) return this.#listen(stream);
    const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
    return call === undefined ? new Response(null, { status: 404 }) : await this.#call(call, request);
  }

  async #call(call: ControlCall, request: Request): Promise<Response> {
    try {
      const body = request.method === "GET" ? undefined : await readJson(request);
      return Response.json(await call(body));
    } catch (error) {
      if (!isModelManagerError(error)) this.#options.onError?.(error);
      const status = isModelManagerError(error) ? 400 : 500;
      return Response.json({ error: toErrorData(error) }, { status });
    }
  }

  #listen(source: ControlStream): Response {
    const stream = new EventStream<Sent>({ coalesceKey: ({ key }) => key });
    this.#streams.add(stream);
    const subscription = source((event, key) => stream.push({ event, key }));
    const events = stream[Symbol.asyncIterator]();
    const encoder = new TextEncoder();
    const end = (): void => {
      subscription[Symbol.dispose]();
      this.#streams.delete(stream);
      stream.close();
    };
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await events.next();
        if (done !== true) return controller.enqueue(encoder.encode(`${JSON.stringify(value.event)}\n`));
        end();
        controller.close();
      },
      cancel: end,
    });
    return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
  }
}

async function readJson(request: Request): Promise<unknown> {
  const unreadable = (what: string): ModelManagerError =>
    new ModelManagerError("USAGE_ERROR", `Cannot read what is asked for: ${what}`, {
      hints: ["Use the same version of mm everywhere: mm version"],
    });
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw unreadable("it is too long");
  const text = await request.text();
  if (text.length > MAX_BODY_BYTES) throw unreadable("it is too long");
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable("it is no JSON");
  }
}

/**
 * Lets other processes of this user reach this one. The caller makes sure, by a lock, that it is the only one at these
 * places.
 */
export async function serveControl(options: ControlServerOptions): Promise<ControlServer> {
  const { places, pid, onError } = options;
  const token = crypto.randomUUID() + crypto.randomUUID();
  const handler = new ControlHandler(options, token);
  await makeDirectory(places.folder, { mode: 0o700 });
  const listener = await listenLocally((request) => handler.handle(request), {
    paths: places.sockets,
    ...(onError === undefined ? {} : { onError }),
  });
  await writeAddress(places, { pid, address: listener.address, token });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => closing ??= shutDown(handler, listener, places);
  return { close, [Symbol.asyncDispose]: close };
}

/** Who reads too slowly, or not at all, is not waited for longer than this. */
const SHUTDOWN_LIMIT_MS = 500;

async function shutDown(
  handler: ControlHandler,
  listener: LocalListener,
  places: ControlPlaces,
): Promise<void> {
  await removeAddress(places);
  handler.close();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => timer = setTimeout(resolve, SHUTDOWN_LIMIT_MS));
  await Promise.race([listener.shutdown(), limit]);
  clearTimeout(timer);
  await listener[Symbol.asyncDispose]();
  if (listener.address.transport === "unix") await removeFile(listener.address.path).catch(() => false);
}
