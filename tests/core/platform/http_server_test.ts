import assert from "node:assert/strict";
import {
  type Exchange,
  type HttpServer,
  type HttpServerOptions,
  serveHttp,
  type ServerHandler,
} from "../../../core/platform/http_server.ts";

/** A connection on which requests are typed by hand. */
class RawClient implements Disposable {
  readonly #conn: Deno.TcpConn;

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  async send(text: string): Promise<void> {
    await this.#conn.write(new TextEncoder().encode(text));
  }

  /** What comes until the other side ends it, or until it has so many characters. */
  async read(limit = Infinity): Promise<string> {
    const buffer = new Uint8Array(65_536);
    const decoder = new TextDecoder("latin1");
    let text = "";
    while (text.length < limit) {
      const count = await this.#conn.read(buffer).catch(() => null);
      if (count === null) break;
      text += decoder.decode(buffer.subarray(0, count));
    }
    return text;
  }

  end(): Promise<void> {
    return this.#conn.closeWrite();
  }

  [Symbol.dispose](): void {
    try {
      this.#conn.close();
    } catch {
      // It is closed.
    }
  }
}

interface Box extends AsyncDisposable {
  readonly server: HttpServer;
  readonly exchanges: Exchange[];
  readonly errors: unknown[];
  connect(): Promise<RawClient>;
  /** Sends a text and reads to the end. */
  ask(text: string): Promise<string>;
}

function openServer(handler: ServerHandler, options: HttpServerOptions = {}): Box {
  const exchanges: Exchange[] = [];
  const errors: unknown[] = [];
  const server = serveHttp(handler, {
    onExchange: (exchange) => exchanges.push(exchange),
    onError: (error) => errors.push(error),
    ...options,
  });
  const connect = async (): Promise<RawClient> =>
    new RawClient(await Deno.connect({ hostname: "127.0.0.1", port: server.address.port }));
  return {
    server,
    exchanges,
    errors,
    connect,
    async ask(text) {
      using client = await connect();
      await client.send(text);
      return await client.read();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const hello = (): Response => text("hello");

const GET = "GET /a HTTP/1.1\r\nHost: h\r\n";
const text = (body: string): Response =>
  new Response(body, { headers: { "content-length": String(new TextEncoder().encode(body).length) } });

Deno.test("serveHttp() answers requests one after another on one connection", async () => {
  await using box = openServer((request) => text(new URL(request.url).pathname));
  const answers = await box.ask(
    `${GET}\r\n${GET.replace("/a", "/b")}\r\n\r\n${GET.replace("/a", "/c")}Connection: close\r\n\r\n`,
  );
  assert.deepEqual(answers.match(/\r\n\r\n\/[abc]/g), ["\r\n\r\n/a", "\r\n\r\n/b", "\r\n\r\n/c"]);
  assert.match(answers, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answers, /connection: close\r\n\r\n\/c$/);
  assert.deepEqual(
    box.exchanges.map(({ target, status, bytesSent, isWhole }) => [target, status, bytesSent, isWhole]),
    [
      ["/a", 200, 2, true],
      ["/b", 200, 2, true],
      ["/c", 200, 2, true],
    ],
  );
});

Deno.test("serveHttp() gives HEAD the length and no body, and 304 neither", async () => {
  await using box = openServer((request) =>
    request.method === "HEAD" ? text("12345") : new Response(null, { status: 304 })
  );
  const answer = await box.ask(`HEAD / HTTP/1.1\r\nHost: h\r\n\r\n${GET}Connection: close\r\n\r\n`);
  assert.match(answer, /content-length: 5\r\n[^]*\r\n\r\nHTTP\/1\.1 304 Not Modified\r\n/);
  assert.doesNotMatch(answer.slice(answer.indexOf("304")), /content-length/);
});

Deno.test("serveHttp() reads bodies with a length and in chunks, and waits with them when asked to", async () => {
  await using box = openServer(async (request) => text(await request.text()));
  const post = "POST / HTTP/1.1\r\nHost: h\r\n";
  const answers = await box.ask(
    `${post}Content-Length: 5\r\nExpect: 100-continue\r\n\r\nfirst` +
      `${post}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3;x=y\r\nsec\r\n3\r\nond\r\n0\r\nT: 1\r\n\r\n`,
  );
  assert.match(answers, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nfirst/);
  assert.match(answers, /\r\n\r\nsecond$/);
});

Deno.test("serveHttp() sends what has no length in chunks, and to old clients until the end", async () => {
  const body = (): Response =>
    new Response(
      new ReadableStream({
        start(controller) {
          for (const part of ["ab", "", "cde"]) controller.enqueue(new TextEncoder().encode(part));
          controller.close();
        },
      }),
    );
  await using box = openServer(body);
  assert.match(
    await box.ask(`${GET}Connection: close\r\n\r\n`),
    /transfer-encoding: chunked\r\n[^]*\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n$/,
  );
  const old = await box.ask("GET / HTTP/1.0\r\n\r\n");
  assert.doesNotMatch(old, /chunked/);
  assert.match(old, /\r\n\r\nabcde$/);
});

Deno.test("serveHttp() refuses what is malformed, too large or unknown, and ends the connection", async () => {
  await using box = openServer(hello, { maxBodyBytes: 10 });
  const refused: readonly (readonly [RegExp, string])[] = [
    [/^HTTP\/1\.1 400 /, "nonsense\r\n\r\n"],
    [/^HTTP\/1\.1 431 /, `${GET}X: ${"a".repeat(40_000)}\r\n\r\n`],
    [/^HTTP\/1\.1 431 /, `${GET}${"a".repeat(60_000)}`],
    [/^HTTP\/1\.1 414 /, `GET /${"a".repeat(10_000)} HTTP/1.1\r\nHost: h\r\n\r\n`],
    [/^HTTP\/1\.1 413 /, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n"],
    [/^HTTP\/1\.1 413 /, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n"],
    [/^HTTP\/1\.1 400 /, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
    [/^HTTP\/1\.1 405 [^]*allow: GET, HEAD, POST/, "TRACE / HTTP/1.1\r\nHost: h\r\n\r\n"],
  ];
  for (const [pattern, request] of refused) {
    const answer = await box.ask(request);
    assert.match(answer, pattern);
    assert.match(answer, /connection: close/);
  }
  assert.deepEqual(box.errors, []);
  assert.equal(box.exchanges.length, refused.length);
});

Deno.test("serveHttp() ends connections that say nothing, or not all of it", async () => {
  await using box = openServer(hello, { headTimeoutMs: 60, idleTimeoutMs: 60, stallTimeoutMs: 60 });
  const beginnings = ["", "GET / HT", `${GET}`, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nab"];
  for (const beginning of beginnings) {
    using client = await box.connect();
    await client.send(beginning);
    assert.equal(await client.read(), "");
  }
  assert.equal(box.server.openConnections, 0);
});

Deno.test("serveHttp() cuts clients that take nothing, and counts what they took", async () => {
  const size = 64_000_000;
  await using box = openServer(
    () =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)) }),
        { headers: { "content-length": String(size) } },
      ),
    { stallTimeoutMs: 80 },
  );
  using client = await box.connect();
  await client.send(`${GET}\r\n`);
  while (box.exchanges.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const [exchange] = box.exchanges;
  assert.equal(exchange?.isWhole, false);
  assert.ok((exchange?.bytesSent ?? size) < size);
  assert.equal((await client.read()).split("\r\n\r\n")[1]?.length, exchange?.bytesSent);
});

Deno.test("serveHttp() cuts the connection when a body is shorter or longer than was said, or fails", async () => {
  for (const given of [99_999, 100_001, -1]) {
    await using box = openServer(() =>
      new Response(
        new ReadableStream({
          start(controller) {
            if (given < 0) return controller.error(new Error("no more"));
            controller.enqueue(new Uint8Array(given));
            controller.close();
          },
        }),
        { headers: { "content-length": "100000" } },
      )
    );
    const answer = await box.ask(`${GET}\r\n`);
    assert.ok((answer.split("\r\n\r\n")[1] ?? "").length < 100_000);
    assert.equal(box.exchanges[0]?.isWhole, false);
  }
});

Deno.test("serveHttp() turns away who is one too many, and says when to come back", async () => {
  let turnedAway = 0;
  await using box = openServer(hello, { maxPerAddress: 2, onTurnedAway: () => turnedAway += 1 });
  using _first = await box.connect();
  using second = await box.connect();
  await second.send("GET /");
  using third = await box.connect();
  assert.match(await third.read(), /^HTTP\/1\.1 503 [^]*retry-after: 5/);
  assert.equal(turnedAway, 1);
  second[Symbol.dispose]();
  while (box.server.openConnections > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.match(await box.ask(`${GET}Connection: close\r\n\r\n`), /^HTTP\/1\.1 200 /);
});

Deno.test("serveHttp() tells of what a handler throws, and the client gets a bare 500", async () => {
  await using box = openServer(() => {
    throw new Error("secret of the house");
  });
  const answer = await box.ask(`${GET}Connection: close\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 500 /);
  assert.doesNotMatch(answer, /secret/);
  assert.equal(box.errors.length, 1);
});

Deno.test("shutdown() lets a transfer finish, ends idle connections, and takes no new ones", async () => {
  const go = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  await using box = openServer(async () => {
    begun.resolve();
    await go.promise;
    return text("done");
  });
  using idle = await box.connect();
  using busy = await box.connect();
  await busy.send(`${GET}\r\n`);
  await begun.promise;
  const stopped = box.server.shutdown({ graceMs: 60_000 });
  assert.equal(await idle.read(), "");
  await assert.rejects(box.connect());
  go.resolve();
  assert.match(await busy.read(), /connection: close\r\n\r\ndone$/);
  await stopped;
  assert.equal(box.server.openConnections, 0);
});

Deno.test("shutdown() cuts what does not finish in time, be it an answer or its body", async () => {
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const never = new Promise<never>(() => {});
  let cancelled = 0;
  await using box = openServer((request) => {
    const isBody = request.url.endsWith("/body");
    begun[isBody ? 0 : 1]?.resolve();
    const pending = { pull: () => never, cancel: () => void (cancelled += 1) };
    return isBody ? new Response(new ReadableStream(pending), { headers: { "content-length": "9" } }) : never;
  });
  using first = await box.connect();
  using second = await box.connect();
  await first.send(GET.replace("/a", "/body") + "\r\n");
  await second.send(`${GET}\r\n`);
  await Promise.all(begun.map(({ promise }) => promise));
  await box.server.shutdown({ graceMs: 20 });
  assert.deepEqual([await first.read(), await second.read()], ["", ""]);
  assert.equal(cancelled, 1);
});

Deno.test("serveHttp() stops a body when the client has gone, although nothing can be sent", async () => {
  const cancelled = Promise.withResolvers<void>();
  await using box = openServer(() =>
    new Response(new ReadableStream({ cancel: () => cancelled.resolve() }), {
      headers: { "content-length": "1000000" },
    })
  );
  using client = await box.connect();
  await client.send(`${GET}\r\n`);
  assert.match(await client.read(10), /^HTTP/);
  client[Symbol.dispose]();
  await cancelled.promise;
});

Deno.test("serveHttp() says what is wrong when the port is taken", async () => {
  await using box = openServer(hello);
  assert.throws(
    () => serveHttp(hello, { port: box.server.address.port }),
    { name: "ModelManagerError", code: "FAILED", message: /another program has that port/ },
  );
});
