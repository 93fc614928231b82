import assert from "node:assert/strict";
import { fetchThrough } from "../../../core/download/fetch_worker.ts";
import { TransferSlots } from "../../../core/download/transfer_slots.ts";
import type { FromWorker, WorkerHandle, WorkerKind } from "../../../core/download/worker_protocol.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { settle } from "../../support/test_clock.ts";

const ACCESS = { folders: [] };

function handleOf(kind: WorkerKind): WorkerHandle {
  return {
    postMessage: () => {},
    onMessage: () => {},
    onCrash: () => {},
    terminate: () => {},
    kind,
  } as WorkerHandle;
}

/** The last word of a worker about a job. */
function lastWord(worker: WorkerHandle): Promise<FromWorker> {
  return new Promise((resolve) => {
    worker.onMessage = (message) => {
      if (message.type !== "replied") resolve(message);
    };
    worker.onCrash = (reason) => assert.fail(reason);
  });
}

Deno.test("fetchThrough() leaves hashing to threads", () => {
  const started: WorkerKind[] = [];
  const spawn = fetchThrough(() => Promise.reject(new Error("not asked")), (kind) => {
    started.push(kind);
    return handleOf(kind);
  });
  spawn("hash", ACCESS);
  spawn("download", ACCESS).terminate();
  assert.deepEqual(started, ["hash"]);
});

Deno.test("fetchThrough() fetches a segment with the given function, as it was asked to", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a", "......");
  const asked: [string, string | null, string | undefined][] = [];
  const spawn = fetchThrough((url, init) => {
    asked.push([url, new Headers(init.headers).get("range"), init.redirect]);
    const headers = { "content-range": "bytes 2-4/6", "content-length": "3" };
    return Promise.resolve(new Response("cde", { status: 206, headers }));
  }, handleOf);
  const worker = spawn("download", ACCESS);
  const slots = new TransferSlots();
  const word = lastWord(worker);
  // Before the service is loaded: nothing gets lost, and the order stays.
  worker.postMessage({ type: "open", slots: slots.buffer, connections: 1 });
  worker.postMessage({
    type: "segment",
    id: 5,
    slot: slots.lease(2, 5),
    request: { url: "https://a.test/f", headers: {}, range: { start: 2, end: 5 }, fileSizeBytes: 6, path },
  });
  assert.deepEqual(await word, { type: "segment-done", id: 5, result: { position: 5 } });
  assert.equal(await Deno.readTextFile(path), "..cde.");
  assert.deepEqual(asked, [["https://a.test/f", "bytes=2-4", "manual"]]);
  worker.terminate();
});

Deno.test("fetchThrough() says nothing more once it was ended", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a", "......");
  let stopped = false;
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const spawn = fetchThrough((_url, { signal }) => {
    begin();
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => {
        stopped = true;
        reject(signal.reason);
      });
    });
  }, handleOf);
  const worker = spawn("download", ACCESS);
  const slots = new TransferSlots();
  worker.onMessage = () => assert.fail("It was ended");
  worker.postMessage({ type: "open", slots: slots.buffer, connections: 1 });
  const request = {
    url: "https://a.test/f",
    headers: {},
    range: { start: 0, end: 6 },
    fileSizeBytes: 6,
    path,
  };
  worker.postMessage({ type: "segment", id: 5, slot: slots.lease(0, 6), request });
  await begun;
  worker.terminate();
  await settle();
  assert.ok(stopped);
});
