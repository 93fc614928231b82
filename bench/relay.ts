/**
 * A long line between client and server: bytes arrive half a round trip after they were sent, both ways, and only so
 * many may be on the way at once, as with a TCP window.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";

/** What the line is like. */
export interface RelayOptions {
  /** Port on 127.0.0.1 at the other end. */
  readonly port: number;
  readonly roundTripMs: number;
  /** Bytes on the way in one direction of one connection. @default {4 MiB} */
  readonly windowBytes?: number;
}

/** A line that is open. */
export interface Relay extends Disposable {
  /** Port on 127.0.0.1 at this end. */
  readonly port: number;
}

const WINDOW_BYTES = 4 * 2 ** 20;
const READ_BYTES = 64 * 2 ** 10;

interface Parcel {
  readonly bytes: Uint8Array;
  readonly dueMs: number;
}

/** Bytes on the way, in order. */
class Line {
  readonly #windowBytes: number;
  readonly #parcels: Parcel[] = [];
  #bytes = 0;
  #ended = false;
  #wakeUps: (() => void)[] = [];

  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
  }

  /** Resolves when there is room for more. */
  async put(parcel: Parcel): Promise<void> {
    this.#parcels.push(parcel);
    this.#bytes += parcel.bytes.length;
    this.#wake();
    while (this.#bytes >= this.#windowBytes && !this.#ended) await this.#change();
  }

  /** The next parcel, on time; `undefined` at the end. */
  async take(): Promise<Parcel | undefined> {
    while (this.#parcels.length === 0 && !this.#ended) await this.#change();
    const parcel = this.#parcels.shift();
    if (parcel === undefined) return undefined;
    const waitMs = parcel.dueMs - performance.now();
    if (waitMs >= 1) await delay(waitMs);
    return parcel;
  }

  /** What is on the way has arrived, and the window moves on. */
  arrived(parcel: Parcel): void {
    this.#bytes -= parcel.bytes.length;
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    const wakeUps = this.#wakeUps;
    this.#wakeUps = [];
    for (const wake of wakeUps) wake();
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => this.#wakeUps.push(resolve));
  }
}

async function carry(from: Deno.TcpConn, to: Deno.TcpConn, options: {
  readonly oneWayMs: number;
  readonly windowBytes: number;
  /** The first bytes of a connection wait for its making as well. */
  readonly setUpMs: number;
}): Promise<void> {
  const line = new Line(options.windowBytes);
  const sending = (async () => {
    let extraMs = options.setUpMs;
    for (;;) {
      const buffer = new Uint8Array(READ_BYTES);
      const count = await from.read(buffer);
      if (count === null) return;
      const dueMs = performance.now() + options.oneWayMs + extraMs;
      extraMs = 0;
      await line.put({ bytes: buffer.subarray(0, count), dueMs });
    }
  })().catch(() => {}).finally(() => line.end());
  try {
    for (let parcel = await line.take(); parcel !== undefined; parcel = await line.take()) {
      for (let sent = 0; sent < parcel.bytes.length;) sent += await to.write(parcel.bytes.subarray(sent));
      line.arrived(parcel);
    }
    await to.closeWrite();
  } catch {
    // One end has gone: the other is told by closing.
    line.end();
    close(from);
  }
  await sending;
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It was closed from the other direction.
  }
}

async function serveConnection(client: Deno.TcpConn, options: RelayOptions): Promise<void> {
  const { roundTripMs, windowBytes = WINDOW_BYTES } = options;
  const server = await Deno.connect({ hostname: "127.0.0.1", port: options.port });
  client.setNoDelay(true);
  server.setNoDelay(true);
  const shared = { oneWayMs: roundTripMs / 2, windowBytes };
  await Promise.all([
    carry(client, server, { ...shared, setUpMs: roundTripMs }),
    carry(server, client, { ...shared, setUpMs: 0 }),
  ]);
  close(client);
  close(server);
}

/** Opens a line to a port of this machine. */
export function openRelay(options: RelayOptions): Relay {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  void (async () => {
    for await (const client of listener) serveConnection(client, options).catch(() => close(client));
  })();
  return { port: listener.addr.port, [Symbol.dispose]: () => listener.close() };
}
