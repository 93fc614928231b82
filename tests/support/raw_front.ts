/**
 * A TCP front before an HTTP server, for what no HTTP server does: resets, bytes after the end, answers that are no
 * HTTP. Needs nothing but loopback.
 *
 * @module
 */

/** What becomes of one request. */
export type RawEffect =
  /** Passed on as it is. */
  | { readonly type: "pass" }
  /** The connection is closed without an answer. */
  | { readonly type: "close" }
  /** The connection is reset (RST) without an answer, or after so many bytes of it. */
  | { readonly type: "reset"; readonly afterBytes?: number }
  /** The whole answer, then so many more bytes than its `Content-Length` says. */
  | { readonly type: "trailing"; readonly bytes: number }
  /** Something that is no HTTP. */
  | { readonly type: "garbage" };

/** A running front. */
export interface RawFront extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Requests so far: their first lines. */
  readonly asked: readonly string[];
}

const encoder = new TextEncoder();

function closeQuietly(connection: { close(): void }): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}

/**
 * A request's head but for its last byte: a connection that is closed while a byte of it waits to be read is reset
 * instead of ended. `undefined` at the end of the connection.
 */
async function readHead(client: Deno.TcpConn): Promise<string | undefined> {
  const byte = new Uint8Array(1);
  let head = "";
  while (!head.endsWith("\r\n\r")) {
    if (await client.read(byte) === null) return undefined;
    head += String.fromCharCode(byte[0] ?? 0);
  }
  return head;
}

async function copy(from: Deno.TcpConn, to: Deno.TcpConn, limitBytes: number): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  let left = limitBytes;
  while (left > 0) {
    const count = await from.read(buffer);
    if (count === null) return;
    const bytes = buffer.subarray(0, Math.min(left, count));
    for (let sent = 0; sent < bytes.length;) sent += await to.write(bytes.subarray(sent));
    left -= bytes.length;
  }
}

async function serve(
  client: Deno.TcpConn,
  options: { readonly target: URL; readonly asked: string[]; readonly effectOf: (head: string) => RawEffect },
): Promise<void> {
  const head = await readHead(client);
  if (head === undefined) return;
  options.asked.push(head.split("\r\n")[0] ?? "");
  const effect = options.effectOf(head);
  if (effect.type === "close") {
    await client.read(new Uint8Array(1));
    return;
  }
  if (effect.type === "garbage") {
    await client.read(new Uint8Array(1));
    await client.write(encoder.encode("\u0007\u0007\u0007 220 mail.test ESMTP\r\n"));
    return;
  }
  if (effect.type === "reset" && (effect.afterBytes ?? 0) === 0) return;
  const target = await Deno.connect({ hostname: options.target.hostname, port: Number(options.target.port) });
  try {
    // One request a connection: what comes back until its end is the answer.
    const once = head.replace(/\r\nconnection:[^\r]*/i, "").slice(0, -3) + "\r\nconnection: close\r\n\r\n";
    await target.write(encoder.encode(once));
    await copy(target, client, effect.type === "reset" ? effect.afterBytes ?? 0 : Infinity);
    if (effect.type === "trailing") await client.write(new Uint8Array(effect.bytes).fill(88));
    // Read to its end, the connection is closed in good order.
    if (effect.type !== "reset") await client.read(new Uint8Array(1));
  } finally {
    closeQuietly(target);
  }
}

/** Starts a front before a server. `effectOf` is told each request's head. */
export function startRawFront(target: string, effectOf: (head: string) => RawEffect): RawFront {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  const open = new Set<Deno.TcpConn>();
  const served: Promise<void>[] = [];
  const accept = async (): Promise<void> => {
    for await (const client of listener) {
      open.add(client);
      const done = serve(client, { target: new URL(target), asked, effectOf });
      served.push(
        done.catch(() => {}).finally(() => {
          open.delete(client);
          closeQuietly(client);
        }),
      );
    }
  };
  const accepting = accept().catch(() => {});
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    asked,
    async [Symbol.asyncDispose]() {
      closeQuietly(listener);
      for (const client of open) closeQuietly(client);
      await accepting;
      await Promise.all(served);
    },
  };
}
