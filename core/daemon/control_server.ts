/**
 * The control protocol, on the side of the process that works the queue: HTTP with JSON on a local socket.
 *
 * `GET /v1/status`, `GET /v1/jobs`, `POST /v1/commands` with a {@link QueueCommand}, `GET /v1/events`: one JSON event a
 * line, the last one `{"type":"end"}`. Errors are `{"error": …}` in their data form.
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import { VERSION } from "../base/version.ts";
import { isModelManagerError, ModelManagerError, toErrorData } from "../base/errors.ts";
import { EventStream } from "../base/event_stream.ts";
import { readCommand } from "../jobs/commands.ts";
import { queueCoalesceKey, type QueueEvent } from "../jobs/queue_events.ts";
import type { QueueServer, QueueService } from "../jobs/queue_service.ts";
import { makeDirectory, removeFile } from "../platform/directory.ts";
import { listenLocally, type LocalListener } from "../platform/local_socket.ts";
import { type ControlPlaces, removeAddress, writeAddress } from "./address_file.ts";

/** The most that a command may have. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** The last line of the events. */
export const END_EVENT = { type: "end" } as const;

/** How the protocol is served. */
export interface ControlServerOptions {
  readonly service: QueueService;
  readonly places: ControlPlaces;
  readonly pid: number;
  readonly onError?: (error: unknown) => void;
}

function sameSecret(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => new TextEncoder().encode(text));
  return a !== undefined && b !== undefined && a.length === b.length && timingSafeEqual(a, b);
}

function errorReply(status: number, error: unknown): Response {
  return Response.json({ error: toErrorData(error) }, { status });
}

/** Answers requests. */
class ControlHandler {
  readonly #options: ControlServerOptions;
  readonly #token: string;
  readonly #streams = new Set<EventStream<QueueEvent | typeof END_EVENT>>();
  readonly #startedAt = new Date().toISOString();
  #closing = false;

  constructor(options: ControlServerOptions, token: string) {
    this.#options = options;
    this.#token = token;
  }

  /** From now on, commands are refused; listeners are told that this is the end. */
  close(): void {
    this.#closing = true;
    for (const stream of this.#streams) {
      stream.push(END_EVENT);
      stream.close();
    }
  }

  async handle(request: Request): Promise<Response> {
    if (!sameSecret(request.headers.get("authorization") ?? "", `Bearer ${this.#token}`)) {
      return new Response(null, { status: 401 });
    }
    if (this.#closing) return new Response(null, { status: 503 });
    const { pathname } = new URL(request.url);
    const { service, pid } = this.#options;
    switch (`${request.method} ${pathname}`) {
      case "GET /v1/status":
        return Response.json({ version: VERSION, pid, startedAt: this.#startedAt });
      case "GET /v1/jobs":
        return Response.json(await service.list());
      case "POST /v1/commands":
        return await this.#command(request);
      case "GET /v1/events":
        return this.#events();
      default:
        return new Response(null, { status: 404 });
    }
  }

  async #command(request: Request): Promise<Response> {
    try {
      const results = await this.#options.service.execute(readCommand(await readJson(request)));
      return Response.json({ results });
    } catch (error) {
      if (!isModelManagerError(error)) this.#options.onError?.(error);
      return errorReply(isModelManagerError(error) ? 400 : 500, error);
    }
  }

  #events(): Response {
    const stream = new EventStream<QueueEvent | typeof END_EVENT>({
      coalesceKey: (event) => event.type === "end" ? undefined : queueCoalesceKey(event),
    });
    this.#streams.add(stream);
    const subscription = this.#options.service.subscribe((event) => stream.push(event));
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
        if (done !== true) return controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`));
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
    new ModelManagerError("USAGE_ERROR", `Cannot read the command for the queue: ${what}`, {
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

/** Lets other processes of this user reach the queue. The caller has the queue's lock. */
export async function serveControl(options: ControlServerOptions): Promise<QueueServer> {
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
