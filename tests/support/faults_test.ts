import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Clock } from "../../core/base/clock.ts";
import { type FaultEffect, requestsFor, withFaults } from "./faults.ts";
import { TestClock } from "./test_clock.ts";

const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);

/** A handler that knows single ranges and sends small pieces. */
function serve(request: Request): Response {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "");
  const part = match === null ? BYTES : BYTES.slice(Number(match[1]), Number(match[2]) + 1);
  const pieces = Array.from(
    { length: Math.ceil(part.length / 64) },
    (_, index) => part.slice(index * 64, index * 64 + 64),
  );
  const headers: Record<string, string> = { "content-length": String(part.length) };
  if (match !== null) headers["content-range"] = `bytes ${match[1]}-${match[2]}/1000`;
  return new Response(ReadableStream.from(pieces), { status: match === null ? 200 : 206, headers });
}

function get(
  effect: FaultEffect,
  options: { readonly range?: string; readonly clock?: Clock } = {},
): Promise<Response> {
  const handler = withFaults(
    serve,
    [{ effect }],
    options.clock === undefined ? {} : { clock: options.clock },
  );
  const headers = options.range === undefined ? {} : { range: options.range };
  return Promise.resolve(handler(new Request("http://hub.test/f", { headers })));
}

Deno.test("withFaults() replaces answers", async () => {
  strictEqual(
    (await get({ type: "status", status: 503, headers: { "retry-after": "2" } })).headers.get("retry-after"),
    "2",
  );
  const limited = await get({ type: "rate-limit", resetSeconds: 1, retryAfterSeconds: 3 });
  strictEqual(limited.status, 429);
  strictEqual(limited.headers.get("ratelimit"), '"resolvers";r=0;t=1');
  strictEqual(limited.headers.get("retry-after"), "3");
  strictEqual((await get({ type: "expired" })).status, 403);
  strictEqual((await get({ type: "html" })).headers.get("content-type"), "text/html");
  strictEqual((await get({ type: "redirect", location: "http://third.test/" })).status, 302);
});

Deno.test("withFaults() ends a cut body early at the very byte", async () => {
  for (const afterBytes of [0, 1, 63, 64, 65, 999]) {
    const response = await get({ type: "cut", afterBytes });
    strictEqual(response.headers.get("content-length"), "1000");
    deepStrictEqual(await response.bytes(), BYTES.slice(0, afterBytes), String(afterBytes));
  }
  deepStrictEqual(await (await get({ type: "cut", afterBytes: 2000 })).bytes(), BYTES);
});

Deno.test("withFaults() stalls a body after the very byte, until the client goes away", async () => {
  const response = await get({ type: "stall", afterBytes: 100 });
  const reader = response.body?.getReader();
  ok(reader !== undefined);
  let received = 0;
  while (received < 100) received += (await reader.read()).value?.length ?? 0;
  strictEqual(received, 100);
  let more = false;
  const next = reader.read().then(({ done }) => void (more = !done));
  await new Promise((resolve) => setTimeout(resolve, 5));
  strictEqual(more, false);
  await reader.cancel();
  await next;
});

Deno.test("withFaults() slows a body down to a rate", async () => {
  const clock = new TestClock({ autoAdvance: true });
  const response = await get({ type: "slow", bytesPerSecond: 500 }, { clock });
  deepStrictEqual(await response.bytes(), BYTES);
  strictEqual(Math.round(clock.monotonic()), 2000);
});

Deno.test("withFaults() delays an answer", async () => {
  const clock = new TestClock({ autoAdvance: true });
  deepStrictEqual(await (await get({ type: "delay", ms: 700 }, { clock })).bytes(), BYTES);
  deepStrictEqual(clock.sleeps, [700]);
});

Deno.test("withFaults() flips exactly one byte", async () => {
  const bytes = await (await get({ type: "corrupt", position: 500 })).bytes();
  notDeepStrictEqual(bytes, BYTES);
  bytes[500] = (bytes[500] ?? 0) ^ 0xff;
  deepStrictEqual(bytes, BYTES);
});

Deno.test("withFaults() lies about ranges", async () => {
  const whole = await get({ type: "ignore-range" }, { range: "bytes=10-19" });
  strictEqual(whole.status, 200);
  strictEqual((await whole.bytes()).length, 1000);
  const wrong = await get({ type: "content-range", value: "bytes 0-9/1000" }, { range: "bytes=10-19" });
  strictEqual(wrong.headers.get("content-range"), "bytes 0-9/1000");
  const missing = await get({ type: "content-range", value: undefined }, { range: "bytes=10-19" });
  strictEqual(missing.headers.get("content-range"), null);
  deepStrictEqual(await missing.bytes(), BYTES.slice(10, 20));
  strictEqual(
    (await get({ type: "headers", headers: { etag: '"x"', "content-length": "" } })).headers.get("etag"),
    '"x"',
  );
});

Deno.test("withFaults() strikes the requests that match, after some and only so often", async () => {
  const handler = withFaults(serve, [
    { when: requestsFor("a.gguf"), skip: 1, times: 2, effect: { type: "status", status: 500 } },
    { when: requestsFor("b.gguf"), effect: { type: "status", status: 502 } },
  ]);
  const status = async (name: string, method = "GET"): Promise<number> => {
    const response = await handler(new Request(`http://hub.test/acme/x/resolve/main/${name}`, { method }));
    await response.body?.cancel();
    return response.status;
  };
  deepStrictEqual([
    await status("a.gguf"),
    await status("a.gguf"),
    await status("a.gguf"),
    await status("a.gguf"),
  ], [200, 500, 500, 200]);
  strictEqual(await status("b.gguf"), 502);
  strictEqual(await status("b.gguf", "HEAD"), 200);
  strictEqual(await status("other-b.gguf"), 200);
});

Deno.test("withFaults() answers only so many requests at a time", async () => {
  const clock = new TestClock({ autoAdvance: true });
  const effect = { type: "connections", most: 2, status: 429, bytesPerSecond: 1000 } as const;
  const handler = withFaults(serve, [{ effect }], { clock });
  const ask = (): Promise<Response> => Promise.resolve(handler(new Request("http://hub.test/f")));
  const [first, second, third] = [await ask(), await ask(), await ask()];
  deepStrictEqual([first.status, second.status, third.status], [200, 200, 429]);
  deepStrictEqual(await first.bytes(), BYTES);
  await second.body?.cancel();
  for (const again of [await ask(), await ask()]) {
    strictEqual(again.status, 200);
    await again.body?.cancel();
  }
});
