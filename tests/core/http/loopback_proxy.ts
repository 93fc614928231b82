/**
 * Small proxies on loopback: HTTP (absolute addresses and CONNECT) and SOCKS 5. They resolve every name to this
 * machine, so a name that nobody knows is reached only through them.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** A running proxy. */
export interface LoopbackProxy extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** What was asked for, in order: `GET host:port`, `CONNECT host:port`, `SOCKS host:port`; refusals begin with `!`. */
  readonly asked: readonly string[];
  /** Every header line that HTTP clients sent. */
  readonly headers: readonly string[];
}

/** Whom a proxy serves. */
export interface LoopbackProxyOptions {
  /** Only who knows these is served. */
  readonly credentials?: { readonly user: string; readonly password: string };
}

interface ProxyLog {
  readonly asked: string[];
  readonly headers: string[];
}

type Bytes = Uint8Array<ArrayBuffer>;
type Serve = (
  client: Deno.TcpConn,
  options: LoopbackProxyOptions & { readonly log: ProxyLog; readonly adopt: (conn: Deno.TcpConn) => void },
) => Promise<void>;

function closeQuietly(connection: { close(): void }): void {
  try {
    connection.close();
  } catch {
    // Its pipe has closed it.
  }
}

function start(serve: Serve, options: LoopbackProxyOptions): LoopbackProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const log: ProxyLog = { asked: [], headers: [] };
  const open = new Set<Deno.TcpConn>();
  const served: Promise<void>[] = [];
  const adopt = (connection: Deno.TcpConn): void => void open.add(connection);
  const accept = async (): Promise<void> => {
    for await (const client of listener) {
      adopt(client);
      served.push(
        serve(client, { ...options, log, adopt }).catch(() => {}).finally(() => closeQuietly(client)),
      );
    }
  };
  const accepting = accept();
  return {
    host: `127.0.0.1:${listener.addr.port}`,
    asked: log.asked,
    headers: log.headers,
    async [Symbol.asyncDispose]() {
      closeQuietly(listener);
      for (const connection of open) closeQuietly(connection);
      await accepting;
      await Promise.all(served);
    },
  };
}

/** Both directions, until either side ends. */
async function pipeBoth(client: Deno.TcpConn, target: Deno.TcpConn): Promise<void> {
  await Promise.all([
    client.readable.pipeTo(target.writable).catch(() => {}),
    target.readable.pipeTo(client.writable).catch(() => {}),
  ]);
  closeQuietly(target);
}

async function writeAll(connection: Deno.TcpConn, bytes: Bytes): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Reads one byte at a time: nothing of what follows is taken. */
async function readHead(client: Deno.TcpConn): Promise<string> {
  const byte = new Uint8Array(1);
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    if (await client.read(byte) === null) throw new Error("The client went away");
    head += String.fromCharCode(byte[0] ?? 0);
  }
  return head;
}

function answer(client: Deno.TcpConn, lines: readonly string[]): Promise<void> {
  return writeAll(client, new Uint8Array(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`)));
}

/** Starts a proxy for `HTTP_PROXY` and `HTTPS_PROXY`. */
export function startForwardProxy(options: LoopbackProxyOptions = {}): LoopbackProxy {
  return start(async (client, { credentials, log, adopt }) => {
    const [first = "", ...lines] = (await readHead(client)).trimEnd().split("\r\n");
    log.headers.push(...lines);
    const [method = "", address = "", version = ""] = first.split(" ");
    const url = new URL(method === "CONNECT" ? `tunnel://${address}` : address);
    const shown = `${method} ${url.host}`;
    const wanted = credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64")}`;
    const given = lines.find((line) => /^proxy-authorization:/i.test(line))?.replace(/^[^:]*: */, "");
    if (wanted !== undefined && given !== wanted) {
      log.asked.push(`! ${shown}`);
      return await answer(client, [
        "HTTP/1.1 407 Proxy Authentication Required",
        "Proxy-Authenticate: Basic",
        "Content-Length: 0",
        "Connection: close",
      ]);
    }
    log.asked.push(shown);
    const target = await Deno.connect({ hostname: "127.0.0.1", port: Number(url.port) });
    adopt(target);
    if (method === "CONNECT") await answer(client, ["HTTP/1.1 200 Connection Established"]);
    else {
      // One request a connection: then nothing behind its head has to be read.
      const kept = lines.filter((line) => !/^(?:proxy-|connection:)/i.test(line));
      await answer(target, [
        `${method} ${url.pathname}${url.search} ${version}`,
        ...kept,
        "Connection: close",
      ]);
    }
    await pipeBoth(client, target);
  }, options);
}

async function readExactly(client: Deno.TcpConn, count: number): Promise<Bytes> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const read = await client.read(bytes.subarray(at));
    if (read === null) throw new Error("The client went away");
    at += read;
  }
  return bytes;
}

/** A text with its length in one byte before it. */
async function readText(client: Deno.TcpConn): Promise<string> {
  const [length = 0] = await readExactly(client, 1);
  return new TextDecoder().decode(await readExactly(client, length));
}

/** The log-in of RFC 1929. */
async function logIn(
  client: Deno.TcpConn,
  credentials: NonNullable<LoopbackProxyOptions["credentials"]>,
): Promise<boolean> {
  await writeAll(client, new Uint8Array([5, 2]));
  await readExactly(client, 1);
  const [user, password] = [await readText(client), await readText(client)];
  const known = user === credentials.user && password === credentials.password;
  await writeAll(client, new Uint8Array([1, known ? 0 : 1]));
  return known;
}

/** Starts a proxy for `ALL_PROXY=socks5h://…`. */
export function startSocksProxy(options: LoopbackProxyOptions = {}): LoopbackProxy {
  return start(async (client, { credentials, log, adopt }) => {
    const [, methods = 0] = await readExactly(client, 2);
    await readExactly(client, methods);
    if (credentials === undefined) await writeAll(client, new Uint8Array([5, 0]));
    else if (!await logIn(client, credentials)) return void log.asked.push("! SOCKS");
    const [, , , kind] = await readExactly(client, 4);
    const name = kind === 3 ? await readText(client) : (await readExactly(client, 4)).join(".");
    const [high = 0, low = 0] = await readExactly(client, 2);
    const port = high * 256 + low;
    log.asked.push(`SOCKS ${name}:${port}`);
    const target = await Deno.connect({ hostname: "127.0.0.1", port });
    adopt(target);
    await writeAll(client, new Uint8Array([5, 0, 0, 1, 127, 0, 0, 1, high, low]));
    await pipeBoth(client, target);
  }, options);
}
