import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { startFakeHub } from "./fake_hub.ts";
import { requestsFor } from "./faults.ts";
import { expectedBytes, randomModel } from "./random_model.ts";

const REPO = "acme/tiny-GGUF";
const PATH = "a b 100%.gguf";
const SIZE_BYTES = 3_000_000;

function makeSource() {
  return randomModel({ files: [{ path: PATH, sizeBytes: SIZE_BYTES }, { path: "config.json", text: "{}" }] });
}

Deno.test("startFakeHub() serves both hosts and remembers what was asked and sent", async () => {
  const source = makeSource();
  await using hub = await startFakeHub({ source });
  strictEqual(new URL(hub.endpoint).hostname, "127.0.0.1");
  strictEqual(new URL(hub.fileHostUrl ?? "").hostname, "localhost");
  await (await fetch(`${hub.endpoint}/api/models/${REPO}`)).body?.cancel();
  const response = await fetch(`${hub.endpoint}/${REPO}/resolve/main/${encodeURIComponent(PATH)}`, {
    headers: { authorization: "Bearer hf_any", range: "bytes=0-999999" },
  });
  strictEqual(response.status, 206);
  deepStrictEqual(
    await response.bytes(),
    (await expectedBytes(source, { repo: REPO, path: PATH })).slice(0, 1_000_000),
  );
  strictEqual(hub.apiCalls().length, 1);
  deepStrictEqual(
    hub.fileRequests(PATH).map(({ host, status, authorized, range }) => [host, status, authorized, range]),
    [
      ["hub", 302, true, "bytes=0-999999"],
      ["file-host", 206, false, "bytes=0-999999"],
    ],
  );
  strictEqual(hub.bodyBytes(), 1_000_000);
  ok(!JSON.stringify(hub.requests).includes("Signature"));
  ok(!JSON.stringify(hub.requests).includes("hf_any"));
  hub.clear();
  deepStrictEqual([hub.requests.length, hub.bodyBytes(), hub.apiCalls().length], [0, 0, 0]);
  deepStrictEqual(hub.errors, []);
});

Deno.test("startFakeHub() cuts connections for real", async () => {
  await using hub = await startFakeHub({
    source: makeSource(),
    fileHostFaults: [{ when: requestsFor(PATH), times: 1, effect: { type: "cut", afterBytes: 1_500_000 } }],
  });
  const url = `${hub.endpoint}/${REPO}/resolve/main/${encodeURIComponent(PATH)}`;
  const cut = await fetch(url);
  strictEqual(cut.headers.get("content-length"), String(SIZE_BYTES));
  await rejects(cut.bytes());
  strictEqual(hub.bodyBytes(), 1_500_000);
  strictEqual((await (await fetch(url)).bytes()).length, SIZE_BYTES);
});

Deno.test("startFakeHub() ends at once although answers hang", async () => {
  const hub = await startFakeHub({
    source: makeSource(),
    hubFaults: [{ when: (request) => request.url.endsWith("/hang"), effect: { type: "hang" } }],
    fileHostFaults: [{ effect: { type: "stall", afterBytes: 10 } }],
  });
  const hanging = fetch(`${hub.endpoint}/hang`);
  const stalled = await fetch(`${hub.endpoint}/${REPO}/resolve/main/${encodeURIComponent(PATH)}`);
  const ends = [rejects(hanging), rejects(stalled.bytes())];
  await hub[Symbol.asyncDispose]();
  await Promise.all(ends);
});
