import assert from "node:assert/strict";
import { requestSegment } from "../../../core/download/segment_request.ts";
import type { SegmentRequest } from "../../../core/download/worker_protocol.ts";

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
async function ask(replies: Readonly<Record<string, () => Response>>) {
  const sent: Record<string, Headers> = {};
  const fetch = (url: string, init: RequestInit) => {
    sent[url] = new Headers(init.headers);
    return Promise.resolve(replies[url]?.() ?? new Response(null, { status: 404 }));
  };
  const reply = await requestSegment(REQUEST, { fetch, signal: new AbortController().signal });
  return { sent, host: reply.host };
}

const to = (location: string) => () => new Response(null, { status: 302, headers: { location } });

Deno.test("requestSegment() follows redirects, and takes nothing secret to another origin", async () => {
  const { sent, host } = await ask({
    "https://hub.test/f": to("/g"),
    "https://hub.test/g": to("https://third.test/h"),
    "https://third.test/h": PART,
  });
  assert.equal(host, "third.test");
  assert.equal(sent["https://hub.test/g"]?.get("authorization"), "Bearer hf_secret");
  assert.deepEqual(Object.fromEntries(sent["https://third.test/h"] ?? []), {
    "accept-encoding": "identity",
    range: "bytes=10-19",
    "user-agent": "mm",
  });
});

Deno.test("requestSegment() refuses redirects in a circle, out of https and out of HTTP", async () => {
  for (const location of ["https://hub.test/f", "http://hub.test/f", "file:///etc/passwd", "//"]) {
    await assert.rejects(ask({ "https://hub.test/f": to(location) }), (error) => {
      assert.ok(error instanceof Error && "failure" in error);
      return (error.failure as { kind: string }).kind === "bad-reply";
    });
  }
});
