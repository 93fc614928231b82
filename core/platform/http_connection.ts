/**
 * One connection of a server: its time runs out when the other side lets it wait.
 *
 * @module
 */

/** Who is at the other end. */
export interface RemoteAddress {
  readonly hostname: string;
  readonly port: number;
}

/** How long, and how much, the other side may go on after the last answer. */
const LINGER_MS = 1000;
const LINGER_BYTES = 1_000_000;

/** One connection, which ends by itself when the client takes too long. */
export class HttpConnection {
  readonly remote: RemoteAddress;
  readonly #conn: Deno.TcpConn;
  readonly #ended = new AbortController();
  #deadlineMs = Infinity;
  /** Whether nothing of a request is here. */
  isIdle = true;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    const { hostname, port } = conn.remoteAddr as Deno.NetAddr;
    this.remote = { hostname, port };
  }

  /** Aborted when it has ended. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** How long may pass until the next call of this; `Infinity` for as long as it takes. */
  allow(ms: number): void {
    this.#deadlineMs = performance.now() + ms;
  }

  /** Ends it when it has taken too long. */
  sweep(nowMs: number): void {
    if (nowMs > this.#deadlineMs) this.close();
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    return await this.#conn.read(buffer);
  }

  async write(bytes: Uint8Array): Promise<number> {
    return await this.#conn.write(bytes);
  }

  /** Small packets go at once, and a dead machine at the other end is noticed. @returns whether it is still there. */
  begin(): boolean {
    try {
      this.#conn.setNoDelay(true);
      this.#conn.setKeepAlive(true);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Ends it gently: one that is closed while something unread is here would take the answer back. Who goes on sending
   * is cut.
   */
  async linger(): Promise<void> {
    this.allow(LINGER_MS);
    await this.#conn.closeWrite();
    const buffer = new Uint8Array(16_384);
    for (let total = 0; total < LINGER_BYTES;) {
      const count = await this.read(buffer);
      if (count === null) return;
      total += count;
    }
  }

  close(): void {
    if (this.#ended.signal.aborted) return;
    try {
      this.#conn.close();
    } catch {
      // It is closed.
    }
    this.#ended.abort(new Error("The connection was cut"));
  }
}
