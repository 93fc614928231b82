import assert from "node:assert/strict";
import type { ProxyRules } from "../../../core/http/proxy.ts";
import { requestSegment } from "../../../core/download/segment_request.ts";
import {
  type SegmentRequest,
  TransferError,
  type TransferFailure,
} from "../../../core/download/worker_protocol.ts";

const REQUEST: SegmentRequest = {
  url: "https://hub.test/f",
  headers: { authorization: "Bearer hf_secret", "user-agent": "mm" },
  range: { start: 10, end: 20 },
  fileSizeBytes: 100,
  path: "unused",
};
const PART = () =>
  new Response("0123456789", { status: 206, headers: { "content-range": "bytes 10-19/100" } });

/** Asks, with replies from a table; the headers that each URL was sent. */
async function ask(replies: Readonly<Record<string, () => Response>>, proxyFor?: ProxyRules) {
  const sent: Record<string, Headers> = {};
  const fetch = (url: string, init: RequestInit) => {
    sent[url] = new Headers(init.headers);
    return Promise.resolve(replies[url]?.() ?? new Response(null, { status: 404 }));
  };
  const reply = await requestSegment(REQUEST, { fetch, signal: new AbortController().signal, proxyFor });
  return { sent, ...reply };
}

const to = (location: string) => () => new Response(null, { status: 302, headers: { location } });

Deno.test("requestSegment() follows redirects, and takes nothing secret to another origin", async () => {
  const { sent, place, reply } = await ask({
    "https://hub.test/f": to("/g"),
    "https://hub.test/g": to("https://third.test/h"),
    "https://third.test/h": PART,
  });
  assert.equal(place, '"third.test"');
  assert.equal(reply.origin, "https://third.test");
  assert.equal(sent["https://hub.test/g"]?.get("authorization"), "Bearer hf_secret");
  assert.deepEqual(Object.fromEntries(sent["https://third.test/h"] ?? []), {
    "accept-encoding": "identity",
    range: "bytes=10-19",
    "user-agent": "mm",
  });
});

Deno.test("requestSegment() refuses redirects in a circle, out of https and out of HTTP", async () => {
  const cases: readonly (readonly [location: string, message: string])[] = [
    ["https://hub.test/f", "redirects without end"],
    ["http://hub.test/f", "redirects from https to http, which is not followed"],
    ["file:///etc/passwd", 'redirects to a "file:" address, which is not followed'],
    ["//", "redirects to no place"],
  ];
  for (const [location, message] of cases) {
    const { kind, error } = await failureOf(to(location));
    assert.deepEqual([kind, error.message], ["bad-reply", `"hub.test" ${message}`]);
  }
});

/** How a request fails. */
async function failureOf(reply: () => Response, proxyFor?: ProxyRules): Promise<TransferFailure> {
  const error = await ask({ "https://hub.test/f": reply }, proxyFor).then(() => undefined, (error) => error);
  assert.ok(error instanceof TransferError, String(error));
  return error.failure;
}

function refuse(detail: string): () => never {
  return () => {
    throw new TypeError("fetch failed", { cause: new Error(`client error (Connect): ${detail}`) });
  };
}

Deno.test("requestSegment() names the host, the reason and the advice when there is no reply", async () => {
  const unknown = await failureOf(refuse("dns error: failed to lookup address information"));
  assert.equal(unknown.kind, "network");
  assert.equal(unknown.error.message, 'Cannot reach "hub.test": its name cannot be resolved');
  assert.match(unknown.error.hints.join(), /Check the name .* DNS settings/);
  const untrusted = await failureOf(refuse("invalid peer certificate: UnknownIssuer"));
  assert.equal(untrusted.kind, "unusable", "it will be no other the next time");
  assert.match(untrusted.error.hints.join(), /SSL_CERT_FILE=FILE/);
});

Deno.test("requestSegment() names the proxy that stands in the way, and its variable", async () => {
  const proxyFor: ProxyRules = () => ({ host: "proxy.test:3128", variable: "HTTPS_PROXY", isSocks: false });
  const dead = await failureOf(refuse("tcp connect error: Connection refused (os error 111)"), proxyFor);
  assert.equal(dead.kind, "network");
  assert.match(dead.error.message, /"hub\.test": the proxy "proxy\.test:3128" cannot be reached/);
  assert.match(dead.error.hints.join(), /HTTPS_PROXY/);
  const asks = await failureOf(() => new Response(null, { status: 407 }), proxyFor);
  assert.equal(asks.kind, "unusable");
  assert.match(asks.error.message, /the proxy "proxy\.test:3128" wants a user name/);
  const busy = await failureOf(() => new Response(null, { status: 502 }), proxyFor);
  assert.equal(busy.error.message, '"hub.test" through the proxy "proxy.test:3128" answered 502');
  const { place } = await ask({ "https://hub.test/f": PART }, proxyFor);
  assert.equal(place, '"hub.test" through the proxy "proxy.test:3128"');
});

Deno.test("requestSegment() tells a file of another size from a wrong reply, and passes strong tags on", async () => {
  const other = (status: number, range: string) => () =>
    new Response(null, { status, headers: { "content-range": range } });
  assert.equal((await failureOf(other(206, "bytes 10-19/101"))).kind, "changed");
  assert.equal((await failureOf(other(416, "bytes */5"))).kind, "changed");
  assert.equal((await failureOf(other(416, "bytes */100"))).kind, "status");
  assert.equal((await failureOf(other(206, "bytes 11-20/100"))).kind, "bad-reply");
  const tags: readonly (readonly [string, string | undefined])[] = [
    ['"v1"', '"v1"'],
    ['W/"v1"', undefined],
    ["v1", undefined],
    ['""', undefined],
  ];
  for (const [etag, strong] of tags) {
    const { reply } = await ask({
      "https://hub.test/f": () => {
        const part = PART();
        part.headers.set("etag", etag);
        return part;
      },
    });
    assert.deepEqual(reply, { origin: "https://hub.test", etag: strong, isPart: true });
  }
});

Deno.test("requestSegment() that is cut off between two redirects has been cancelled, and nothing else", async () => {
  const controller = new AbortController();
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    if (url.endsWith("/g")) return Promise.reject(init.signal?.reason);
    controller.abort();
    // The runtime's bodies fail with the signal of their request.
    const body = new ReadableStream({
      cancel: () => Promise.reject(new DOMException("aborted", "AbortError")),
    });
    return Promise.resolve(new Response(body, { status: 302, headers: { location: "/g" } }));
  };
  await assert.rejects(
    requestSegment(REQUEST, { fetch, signal: controller.signal }),
    (error) => error instanceof TransferError && error.failure.kind === "cancelled",
  );
});
