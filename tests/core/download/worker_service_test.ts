import assert from "node:assert/strict";
import { TransferSlots } from "../../../core/download/transfer_slots.ts";
import type { FromWorker } from "../../../core/download/worker_protocol.ts";
import { WorkerService } from "../../../core/download/worker_service.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

/** A service and the next of its answers. */
function open(): { readonly service: WorkerService; readonly next: () => Promise<FromWorker> } {
  const answers: FromWorker[] = [];
  let wake = () => {};
  const service = new WorkerService({
    post: (message) => {
      answers.push(message);
      wake();
    },
  });
  return {
    service,
    next: async () => {
      // A thread lives as long as its message port; here a hash that waits for its limit would not keep us alive.
      const alive = setInterval(() => {}, 1000);
      while (answers.length === 0) await new Promise<void>((resolve) => wake = resolve);
      clearInterval(alive);
      return answers.shift() as FromWorker;
    },
  };
}

const HASH = { sizeBytes: 5, algorithm: "sha256", pieceBytes: 0 } as const;

Deno.test("WorkerService hashes what it is asked to", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a", "hello");
  const { service, next } = open();
  using _ended = service;
  const slots = new TransferSlots();
  service.receive({ type: "open", slots: slots.buffer, connections: 1 });
  service.receive({ type: "hash", id: 7, slot: slots.lease(0, 5), request: { ...HASH, path } });
  assert.deepEqual(await next(), {
    type: "hash-done",
    id: 7,
    result: {
      digestHex: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
      prefixDigests: [],
    },
  });
});

Deno.test("WorkerService answers every failure with data that can be posted", async () => {
  const { service, next } = open();
  using _ended = service;
  const slots = new TransferSlots();
  service.receive({ type: "hash", id: 1, slot: 0, request: { ...HASH, path: "/nowhere/a" } });
  const unopened = await next();
  assert.ok(unopened.type === "failed" && unopened.failure.error.message.includes("not opened"));

  service.receive({ type: "open", slots: slots.buffer, connections: 1 });
  service.receive({ type: "hash", id: 2, slot: slots.lease(0, 5), request: { ...HASH, path: "/nowhere/a" } });
  const missing = await next();
  assert.ok(missing.type === "failed" && missing.id === 2);
  assert.deepEqual([missing.failure.kind, missing.failure.error.code], ["disk", "FAILED"]);

  const segment = {
    url: "not a url",
    headers: {},
    range: { start: 0, end: 5 },
    fileSizeBytes: 5,
    path: "/nowhere/a",
  };
  service.receive({ type: "segment", id: 3, slot: slots.lease(0, 5), request: segment });
  const malformed = await next();
  assert.ok(malformed.type === "failed" && malformed.id === 3);
  assert.deepEqual(structuredClone(malformed), malformed);
});

Deno.test("WorkerService cancels one job and goes on with the others", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a", "hello");
  const { service, next } = open();
  using _ended = service;
  const slots = new TransferSlots();
  service.receive({ type: "open", slots: slots.buffer, connections: 1 });
  const [waiting, following] = [slots.lease(0, 2), slots.lease(0, 2)];
  service.receive({ type: "hash", id: 1, slot: waiting, request: { ...HASH, path } });
  service.receive({ type: "hash", id: 2, slot: following, request: { ...HASH, path } });
  service.receive({ type: "cancel", id: 99 });
  service.receive({ type: "cancel", id: 1 });
  const cancelled = await next();
  assert.ok(cancelled.type === "failed" && cancelled.id === 1 && cancelled.failure.kind === "cancelled");
  slots.setLimit(following, 5);
  const done = await next();
  assert.deepEqual([done.type, done.id], ["hash-done", 2]);
});
