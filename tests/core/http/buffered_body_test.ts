import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { ModelManagerError } from "../../../core/base/errors.ts";
import { withBufferedBody } from "../../../core/http/buffered_body.ts";
import { settle, TestClock } from "../../support/test_clock.ts";
import { fakeFetch } from "./fake_fetch.ts";

const url = "http://hub.test/api";

/** A body in parts; after them `end` decides. */
function body(
  parts: readonly string[],
  end: (controller: ReadableStreamDefaultController<Uint8Array>) => void,
): ReadableStream<Uint8Array> {
  let index = 0;
  return new ReadableStream({
    pull(controller) {
      const part = parts[index++];
      if (part === undefined) end(controller);
      else controller.enqueue(new TextEncoder().encode(part));
    },
  });
}

const JSON_HEADERS = { "content-type": "application/json", "content-length": "3", "x-a": "1" };

Deno.test("withBufferedBody() hands on a JSON reply whole, with status and headers that are still true", async () => {
  const stream = body(['{"a":', "1}"], (controller) => controller.close());
  const fake = fakeFetch(() => new Response(stream, { status: 200, headers: JSON_HEADERS }));
  const response = await withBufferedBody({ clock: new TestClock() })(fake.fetch)(url);
  strictEqual(response.headers.get("x-a"), "1");
  strictEqual(response.headers.get("content-length"), null);
  deepStrictEqual(await response.json(), { a: 1 });
});

Deno.test("withBufferedBody() fails retryably when a JSON body is cut", async () => {
  const stream = body(
    ["{"],
    (controller) => controller.error(new TypeError("error reading a body from connection")),
  );
  const fake = fakeFetch(() => new Response(stream, { headers: JSON_HEADERS }));
  await rejects(
    withBufferedBody({ clock: new TestClock() })(fake.fetch)(url),
    (error: ModelManagerError) =>
      error.code === "NETWORK_ERROR" && error.retryable && /connection was cut/.test(error.message),
  );
});

Deno.test("withBufferedBody() fails retryably when a JSON body stalls", async () => {
  const clock = new TestClock();
  const fake = fakeFetch(() => new Response(body(["{"], () => {}), { headers: JSON_HEADERS }));
  const reply = withBufferedBody({ clock, stallTimeoutMs: 5_000 })(fake.fetch)(url);
  const judged = rejects(
    reply,
    (error: ModelManagerError) => error.retryable && /nothing came for 5 s/.test(error.message),
  );
  await settle();
  await clock.advance(5_000);
  await judged;
});

Deno.test("withBufferedBody() refuses a document beyond all measure", async () => {
  const stream = body(["x".repeat(10), "x".repeat(10)], (controller) => controller.close());
  const fake = fakeFetch(() => new Response(stream, { headers: JSON_HEADERS }));
  const fetch = withBufferedBody({ clock: new TestClock(), maxBytes: 15 })(fake.fetch);
  await rejects(fetch(url), (error: ModelManagerError) => error.code === "FAILED" && !error.retryable);
});

Deno.test("withBufferedBody() leaves files to stream", async () => {
  const reply = new Response("bytes", { headers: { "content-type": "application/octet-stream" } });
  const fake = fakeFetch(() => reply);
  strictEqual(await withBufferedBody({ clock: new TestClock() })(fake.fetch)(url), reply);
});
