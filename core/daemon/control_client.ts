/**
 * The control protocol, on the side of everybody else.
 *
 * @module
 */
import { type ErrorData, fromErrorData, throwIfAborted } from "../base/errors.ts";
import type { JobResult, QueueCommand } from "../jobs/commands.ts";
import type { JobList } from "../jobs/job_queue.ts";
import type { QueueEvent } from "../jobs/queue_events.ts";
import type { QueueConnection } from "../jobs/queue_service.ts";
import { connectLocally, type LocalClient } from "../platform/local_socket.ts";
import { type ControlAddress, type ControlPlaces, readAddress } from "./address_file.ts";

/** A process that lives answers within this, on a busy machine too; one that does not cannot be worked with. */
const ANSWER_LIMIT_MS = 10_000;

/** Reads the address file and makes sure that somebody is there. @returns `undefined` when nobody is. */
export async function connectControl(places: ControlPlaces): Promise<QueueConnection | undefined> {
  const address = await readAddress(places);
  if (address === undefined) return undefined;
  const client = connectLocally(address.address);
  const connection = new ControlConnection(client, address);
  if (await connection.isThere()) return connection;
  connection[Symbol.dispose]();
  return undefined;
}

class ControlConnection implements QueueConnection {
  readonly pid: number;
  readonly #client: LocalClient;
  readonly #token: string;

  constructor(client: LocalClient, { pid, token }: ControlAddress) {
    this.#client = client;
    this.#token = token;
    this.pid = pid;
  }

  /** Whether the process that wrote the address still listens there; on loopback, another one may have its port. */
  async isThere(): Promise<boolean> {
    const status = await readReply<{ pid?: unknown }>(await this.#ask("/v1/status")).catch(() => undefined);
    return status?.pid === this.pid;
  }

  async list(): Promise<JobList | undefined> {
    const response = await this.#ask("/v1/jobs");
    return await readReply<JobList>(response);
  }

  async execute(command: QueueCommand): Promise<JobResult[] | undefined> {
    const response = await this.#ask("/v1/commands", { method: "POST", body: JSON.stringify(command) });
    return (await readReply<{ results: JobResult[] }>(response))?.results;
  }

  async *events(signal: AbortSignal | undefined): AsyncGenerator<QueueEvent, void, undefined> {
    const stop = new AbortController();
    const forward = (): void => stop.abort(signal?.reason);
    if (signal?.aborted) forward();
    signal?.addEventListener("abort", forward, { once: true });
    try {
      const response = await this.#ask("/v1/events", { signal: stop.signal });
      if (response?.body === null || response?.body === undefined) return;
      yield* readLines(response.body);
    } finally {
      signal?.removeEventListener("abort", forward);
      stop.abort();
    }
    throwIfAborted(signal);
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }

  /** `undefined` when nobody answers, or only to say that the work is at its end. */
  async #ask(path: string, init: RequestInit = {}): Promise<Response | undefined> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), ANSWER_LIMIT_MS);
    const signals = init.signal === undefined || init.signal === null ? [] : [init.signal];
    try {
      const response = await this.#client.fetch(path, {
        ...init,
        headers: { authorization: `Bearer ${this.#token}` },
        signal: AbortSignal.any([limit.signal, ...signals]),
      });
      if (response.status !== 401 && response.status !== 503) return response;
      await response.body?.cancel();
      return undefined;
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

async function readReply<T>(response: Response | undefined): Promise<T | undefined> {
  if (response === undefined) return undefined;
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
async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<QueueEvent, void, undefined> {
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
