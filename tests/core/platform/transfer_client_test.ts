import assert from "node:assert/strict";
import { listen } from "../../../core/platform/listen.ts";
import { openTransferClient } from "../../../core/platform/transfer_client.ts";

Deno.test("openTransferClient() fetches over connections of its own and closes them", async () => {
  await using server = listen((request) => new Response(request.headers.get("range")));
  {
    using client = openTransferClient({ connections: 2 });
    const response = await client.fetch(server.url, { headers: { range: "bytes=0-4" } });
    assert.equal(await response.text(), "bytes=0-4");
  }
});

Deno.test("openTransferClient() passes a cancel on to the body", async () => {
  let cancelled = () => {};
  const left = new Promise<void>((resolve) => cancelled = resolve);
  const endless = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1024)),
        cancel: () => cancelled(),
      }),
    );
  await using server = listen(endless);
  using client = openTransferClient({ connections: 1 });
  const controller = new AbortController();
  const response = await client.fetch(server.url, { signal: controller.signal });
  const reader = response.body?.getReader({ mode: "byob" });
  assert.ok(reader !== undefined, "a body that fills our own buffers");
  const { value } = await reader.read(new Uint8Array(100));
  assert.equal(value?.length, 100);
  controller.abort();
  await assert.rejects(reader.read(new Uint8Array(100)));
  await left;
});

Deno.test("openTransferClient() follows no redirect by itself when told so", async () => {
  const away = () => new Response(null, { status: 302, headers: { location: "http://elsewhere.test/" } });
  await using server = listen(away);
  using client = openTransferClient({ connections: 1 });
  const response = await client.fetch(server.url, { redirect: "manual" });
  assert.equal(response.status, 302);
  await response.body?.cancel();
});
