import { match, ok, strictEqual } from "node:assert/strict";
import { errorMessage, responseError, shownMessage, statusLine } from "../../../core/http/response_error.ts";

const url = new URL("http://hub.test/api");

function reply(body: BodyInit, type: string): Response {
  return new Response(body, { status: 500, headers: { "content-type": type } });
}

Deno.test("statusLine() names the status also when the server does not", () => {
  strictEqual(statusLine(new Response(null, { status: 503 })), "503 Service Unavailable");
  strictEqual(
    statusLine(new Response(null, { status: 404, statusText: "No Such Thing" })),
    "404 No Such Thing",
  );
  strictEqual(statusLine(new Response(null, { status: 599 })), "599");
});

Deno.test("shownMessage() is one short line without secrets and terminal sequences", () => {
  strictEqual(shownMessage("Token hf_abcdefghij is\nbad\x1b[2J."), "Token hf_REDACTED is bad");
  const long = shownMessage("x".repeat(1000));
  strictEqual(long.length, 300);
  ok(long.endsWith("…"));
});

Deno.test("errorMessage() reads JSON and plain text, and shows no HTML", async () => {
  strictEqual(
    await errorMessage(reply('{"error":"Invalid rev id: x"}', "application/json")),
    "Invalid rev id: x",
  );
  strictEqual(await errorMessage(reply('{"message":"m"}', "application/problem+json")), "m");
  strictEqual(await errorMessage(reply("Entry not found", "text/plain; charset=utf-8")), "Entry not found");
  strictEqual(await errorMessage(reply("<html>busy</html>", "text/html")), "");
  strictEqual(await errorMessage(reply("{cut", "application/json")), "");
  strictEqual(await errorMessage(reply('["x"]', "application/json")), "");
  strictEqual(await errorMessage(new Response(null, { status: 404 })), "");
});

Deno.test("errorMessage() reads no more than it needs of an endless body", async () => {
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new TextEncoder().encode("x".repeat(16_384)));
    },
  });
  strictEqual((await errorMessage(reply(endless, "text/plain"))).length, 300);
  ok(pulled < 10);
});

Deno.test("errorMessage() says what it has when the body breaks off", async () => {
  let pulls = 0;
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (pulls++ > 0) controller.error(new TypeError("error reading a body from connection"));
      else controller.enqueue(new TextEncoder().encode("Overloaded"));
    },
  });
  strictEqual(await errorMessage(reply(broken, "text/plain")), "Overloaded");
});

Deno.test("responseError() tells limits, outages and refusals apart", () => {
  const error = (status: number) => responseError(new Response(null, { status }), url);
  strictEqual(error(429).code, "RATE_LIMITED");
  strictEqual(error(503).code, "NETWORK_ERROR");
  strictEqual(error(408).code, "NETWORK_ERROR");
  strictEqual(error(418).code, "FAILED");
  strictEqual(error(418).retryable, false);
  strictEqual(error(503).retryable && error(429).retryable, true);
  match(error(503).message, /^"hub\.test" answered 503 Service Unavailable$/);
});
