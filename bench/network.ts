/**
 * A network between server and client: latency for each request, a rate for each connection.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";

/** What the network is like; nothing means loopback as it is. */
export interface NetworkOptions {
  /** Round trip, in milliseconds: paid by every request, and once more by the first one of a connection. */
  readonly latencyMs?: number;
  /** Bytes a second of one connection. */
  readonly connectionBytesPerSecond?: number;
}

/** How much a connection may be behind its rate before the lost time is lost for good. */
const BURST_MS = 50;

/** Says when the next bytes of one connection may go. */
class Pacer {
  readonly #bytesPerMs: number;
  #dueMs = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  async pass(bytes: number): Promise<void> {
    const nowMs = performance.now();
    this.#dueMs = Math.max(this.#dueMs, nowMs - BURST_MS) + bytes / this.#bytesPerMs;
    const waitMs = this.#dueMs - nowMs;
    if (waitMs >= 1) await delay(waitMs);
  }
}

function paceBody(body: ReadableStream<Uint8Array<ArrayBuffer>>, pacer: Pacer): ReadableStream {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      await pacer.pass(value.length);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

type Handler = (request: Request) => Promise<Response>;

/** Puts the network in front of a handler. */
export function behindNetwork(handler: Handler, options: NetworkOptions): Deno.ServeHandler<Deno.NetAddr> {
  const { latencyMs = 0, connectionBytesPerSecond } = options;
  const known = new Set<number>();
  const pacers = new Map<number, Pacer>();
  return async (request, { remoteAddr: { port } }) => {
    if (latencyMs > 0) {
      await delay(known.has(port) ? latencyMs : 2 * latencyMs);
      known.add(port);
    }
    const response = await handler(request);
    if (connectionBytesPerSecond === undefined || response.body === null) return response;
    const pacer = pacers.get(port) ?? new Pacer(connectionBytesPerSecond);
    pacers.set(port, pacer);
    return new Response(paceBody(response.body, pacer), response);
  };
}
