/**
 * The control protocol, on the side of everybody else.
 *
 * @module
 */
import { type ErrorData, fromErrorData, throwIfAborted } from "../base/errors.ts";
import { connectLocally, type LocalClient } from "../platform/local_socket.ts";
import { type ControlAddress, type ControlPlaces, readAddress } from "./address_file.ts";

/**
 * A process that lives says so within this, on a busy machine too. One that was stopped (Ctrl+Z) does not, and whoever
 * asks goes on without it.
 */
const GREETING_LIMIT_MS = 2_000;
/** Whoever has said that it lives may take so long for an answer. */
const ANSWER_LIMIT_MS = 60_000;

/** Another process, reached. */
export interface ControlClient extends Disposable {
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /**
   * Asks for something.
   *
   * @param name As the server has it, such as `GET /v1/jobs`.
   * @returns the answer; `undefined` when that process has gone or is about to.
   * @throws {ModelManagerError} What the other process throws.
   */
  call<T>(name: string, body?: unknown): Promise<T | undefined>;
  /**
   * Everything that happens there, to the end of its work; ends when it dies, too.
   *
   * @throws {ModelManagerError} `CANCELLED`.
   */
  listen<Event>(name: string, signal: AbortSignal | undefined): AsyncGenerator<Event, void, undefined>;
}

interface Status {
  readonly pid: number;
  readonly startedAt: string;
}

/** Reads the address file and makes sure that somebody is there. @returns `undefined` when nobody is. */
export async function connectControl(places: ControlPlaces): Promise<ControlClient | undefined> {
  const address = await readAddress(places);
  if (address === undefined) return undefined;
  const client = connectLocally(address.address);
  const asking = new Asking(client, address.token);
  const status = await asking.call<Status>("GET /v1/status", { limitMs: GREETING_LIMIT_MS })
    .catch(() => undefined);
  // On loopback, another process may have the port by now.
  if (status?.pid !== address.pid) {
    client[Symbol.dispose]();
    return undefined;
  }
  return {
    pid: status.pid,
    startedAt: status.startedAt,
    call: (name, body) => asking.call(name, { body, limitMs: ANSWER_LIMIT_MS }),
    listen: (name, signal) => asking.listen(name, signal),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

/** Requests, and what becomes of them. */
class Asking {
  readonly #client: LocalClient;
  readonly #token: ControlAddress["token"];

  constructor(client: LocalClient, token: string) {
    this.#client = client;
    this.#token = token;
  }

  async call<T>(
    name: string,
    options: { readonly body?: unknown; readonly limitMs: number },
  ): Promise<T | undefined> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), options.limitMs);
    try {
      const response = await this.#ask(name, { body: options.body, signal: limit.signal });
      return response === undefined ? undefined : await readReply<T>(response);
    } finally {
      clearTimeout(timer);
    }
  }

  async *listen<Event>(
    name: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Event, void, undefined> {
    const stop = new AbortController();
    const forward = (): void => stop.abort(signal?.reason);
    if (signal?.aborted) forward();
    signal?.addEventListener("abort", forward, { once: true });
    try {
      const response = await this.#ask(name, { signal: stop.signal });
      if (response?.body === null || response?.body === undefined) return;
      yield* readLines<Event>(response.body);
    } finally {
      signal?.removeEventListener("abort", forward);
      stop.abort();
    }
    throwIfAborted(signal);
  }

  /** `undefined` when nobody answers, or only to say that the work is at its end. */
  async #ask(
    name: string,
    options: { readonly body?: unknown; readonly signal: AbortSignal },
  ): Promise<Response | undefined> {
    const [method = "GET", path = "/"] = name.split(" ");
    const { body, signal } = options;
    try {
      const response = await this.#client.fetch(path, {
        method,
        headers: { authorization: `Bearer ${this.#token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
      });
      if (response.status !== 401 && response.status !== 503) return response;
      await response.body?.cancel();
      return undefined;
    } catch {
      return undefined;
    }
  }
}

async function readReply<T>(response: Response): Promise<T | undefined> {
  let reply: T & { readonly error?: ErrorData };
  try {
    reply = await response.json();
  } catch {
    return undefined;
  }
  if (!response.ok) {
    if (reply.error !== undefined) throw fromErrorData(reply.error);
    return undefined;
  }
  return reply;
}

/** Ends with the connection, however that ends. */
async function* readLines<Event>(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<Event, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  const reader = body.getReader();
  try {
    while (true) {
      const next = await reader.read().catch(() => undefined);
      if (next === undefined || next.done) return;
      const lines = (rest + decoder.decode(next.value, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const event = JSON.parse(line);
        if (event.type === "end") return;
        yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
