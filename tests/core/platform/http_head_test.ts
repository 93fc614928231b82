import assert from "node:assert/strict";
import fc from "fast-check";
import { HttpProblem, parseRequestHead } from "../../../core/platform/http_head.ts";

function head(...lines: string[]): string {
  return lines.join("\r\n");
}

function statusOf(text: string): number | undefined {
  try {
    parseRequestHead(text);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof HttpProblem, String(error));
    return error.status;
  }
}

Deno.test("parseRequestHead() reads what clients send", () => {
  const { headers, ...rest } = parseRequestHead(
    head("GET /a%20b?c=d HTTP/1.1", "Host: localhost:8787", "Range:  bytes=0-9 ", "X-Empty:"),
  );
  assert.deepEqual(rest, {
    method: "GET",
    target: "/a%20b?c=d",
    isOld: false,
    body: 0,
    keepAlive: true,
    host: "localhost:8787",
  });
  assert.equal(headers.get("range"), "bytes=0-9");
  assert.equal(headers.get("x-empty"), "");
});

Deno.test("parseRequestHead() understands old, absolute and unencoded requests", () => {
  assert.equal(parseRequestHead("GET / HTTP/1.0").keepAlive, false);
  assert.equal(parseRequestHead(head("GET / HTTP/1.0", "Connection: Keep-Alive")).keepAlive, true);
  assert.equal(parseRequestHead(head("GET / HTTP/1.1", "Host: a", "Connection: close")).keepAlive, false);
  assert.equal(parseRequestHead(head("GET http://x:1/p?q HTTP/1.1", "Host: a")).target, "/p?q");
  assert.equal(parseRequestHead(head("GET http://x?q HTTP/1.1", "Host: a")).target, "/?q");
  assert.equal(parseRequestHead(head("GET /a\\b HTTP/1.1", "Host: a")).target, "/a%5Cb");
  // The bytes of "ü" in UTF-8, sent as they are.
  assert.equal(parseRequestHead(head("GET /\xc3\xbc HTTP/1.1", "Host: a")).target, "/%C3%BC");
  assert.equal(parseRequestHead(head("GET / HTTP/1.1", "Host: [::1]:80")).host, "[::1]:80");
});

Deno.test("parseRequestHead() refuses what could mean two things", () => {
  const host = "Host: a";
  const refused: readonly (readonly [number, string])[] = [
    [400, ""],
    [400, "GET /"],
    [400, "GET  / HTTP/1.1"],
    [400, head("GET / HTTP/1.1")],
    [400, head("GET / HTTP/1.1", "Host: a b")],
    [400, head("GET / HTTP/1.1", "Host: a/../b")],
    [400, head("GET / HTTP/1.1", host, "Host: b")],
    [400, head("GET / HTTP/1.1", host, " folded")],
    [400, head("GET / HTTP/1.1", host, "Name : value")],
    [400, head("GET / HTTP/1.1", host, "Name: a\0b")],
    [400, head("GET / HTTP/1.1", host, "Name: a\nb")],
    [400, head("GET * HTTP/1.1", host)],
    [400, head("POST / HTTP/1.1", host, "Content-Length: 1", "Content-Length: 2")],
    [400, head("POST / HTTP/1.1", host, "Content-Length: 1", "Transfer-Encoding: chunked")],
    [400, head("POST / HTTP/1.1", host, "Content-Length: -1")],
    [400, head("POST / HTTP/1.1", host, "Content-Length: 0x10")],
    [501, head("get / HTTP/1.1", host)],
    [501, head("POST / HTTP/1.1", host, "Transfer-Encoding: gzip, chunked")],
    [414, head(`GET /${"a".repeat(9000)} HTTP/1.1`, host)],
    [431, head("GET / HTTP/1.1", host, ...Array.from({ length: 101 }, (_, at) => `X-${at}: 1`))],
    [505, "PRI * HTTP/2.0"],
  ];
  for (const [status, text] of refused) {
    assert.equal(statusOf(text), status, JSON.stringify(text.slice(0, 80)));
  }
});

Deno.test("parseRequestHead() reads a head or refuses it, whatever comes", () => {
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => {
    const status = statusOf(`GET /${text} HTTP/1.1\r\nHost: a\r\n${text}`);
    assert.ok(status === undefined || status >= 400);
  }));
});
