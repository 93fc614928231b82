import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { listen } from "../../../core/platform/listen.ts";

Deno.test("listen() answers on a free port of loopback until it is disposed of", async () => {
  let url: string;
  {
    await using listener = listen(() => new Response("here"));
    url = listener.url;
    match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    ok(listener.address.port > 0);
    strictEqual(await (await fetch(url)).text(), "here");
  }
  await rejects(fetch(url));
});

Deno.test("listen() shows a URL that works when it listens on all addresses", async () => {
  await using listener = listen(() => new Response("here"), { hostname: "0.0.0.0" });
  strictEqual(listener.address.hostname, "0.0.0.0");
  strictEqual(await (await fetch(listener.url)).text(), "here");
});

Deno.test("listen() says in our words that a port is taken", async () => {
  await using listener = listen(() => new Response());
  throws(
    () => listen(() => new Response(), { port: listener.address.port }),
    (error) =>
      isModelManagerError(error) && /another program has that port/.test(error.message) &&
      error.hints.length > 0,
  );
  throws(() => listen(() => new Response(), { hostname: "203.0.113.7" }), /this machine has no such address/);
});

Deno.test("listen() answers a bare 500 and tells of the error when the handler throws", async () => {
  const errors: unknown[] = [];
  await using listener = listen(() => {
    throw new Error("secret detail");
  }, { onError: (error) => errors.push(error) });
  const response = await fetch(listener.url);
  strictEqual(response.status, 500);
  strictEqual(await response.text(), "Internal error");
  deepStrictEqual(errors.map(String), ["Error: secret detail"]);
});

Deno.test("listen() stops when its signal is aborted", async () => {
  const stop = new AbortController();
  const listener = listen(() => new Response("here"), { signal: stop.signal });
  stop.abort();
  await listener.finished;
  await rejects(fetch(listener.url));
  await listener[Symbol.asyncDispose]();
});

Deno.test("listen() sends a file from a position with its exact length", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "0123456789".repeat(1000));
    await using listener = listen(async () => {
      const file = await Deno.open(path);
      await file.seek(15, Deno.SeekMode.Start);
      return new Response(file.readable, { headers: { "content-length": "10" } });
    });
    for (let turn = 0; turn < 3; turn++) strictEqual(await (await fetch(listener.url)).text(), "5678901234");
  } finally {
    await Deno.remove(path);
  }
});
