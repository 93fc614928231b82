import assert from "node:assert/strict";
import {
  type FromWorker,
  type SegmentRequest,
  type ToWorker,
  TransferError,
  type WorkerHandle,
  type WorkerKind,
} from "../../../core/download/worker_protocol.ts";
import { WorkerPool } from "../../../core/download/worker_pool.ts";

/** A worker that does nothing but remember; the test answers for it. */
class FakeWorker implements WorkerHandle {
  readonly kind: WorkerKind;
  readonly received: ToWorker[] = [];
  terminated = 0;
  onMessage: (message: FromWorker) => void = () => {};
  onCrash: (reason: string) => void = () => {};

  constructor(kind: WorkerKind) {
    this.kind = kind;
  }

  postMessage(message: ToWorker): void {
    this.received.push(message);
  }

  terminate(): void {
    this.terminated++;
  }

  /** Numbers of the jobs it was given. */
  get jobs(): number[] {
    return this.received.flatMap((message) =>
      message.type === "segment" || message.type === "hash" ? [message.id] : []
    );
  }

  finish(id: number): void {
    this.onMessage({ type: "segment-done", id, result: { position: id } });
  }
}

interface SetUp extends Disposable {
  readonly pool: WorkerPool;
  readonly workers: FakeWorker[];
  fetch(signal?: AbortSignal, slot?: number): Promise<number>;
}

const REQUEST: SegmentRequest = {
  url: "http://host/a",
  headers: {},
  range: { start: 0, end: 10 },
  fileSizeBytes: 10,
  path: "/a.part",
};

function setUp(options: { readonly cancelGraceMs?: number; readonly idleMs?: number } = {}): SetUp {
  const workers: FakeWorker[] = [];
  const pool = new WorkerPool({
    spawnWorker: (kind) => {
      const worker = new FakeWorker(kind);
      workers.push(worker);
      return worker;
    },
    downloadWorkers: 2,
    hashWorkers: 1,
    connections: 4,
    ...options,
  });
  return {
    pool,
    workers,
    fetch: async (signal = new AbortController().signal, slot = pool.slots.lease(0, 10)) => {
      const { position } = await pool.fetchSegment(REQUEST, { slot, signal });
      return position;
    },
    [Symbol.dispose]: () => pool[Symbol.dispose](),
  };
}

function failsWith(kind: string): (error: unknown) => boolean {
  return (error) => error instanceof TransferError && error.failure.kind === kind;
}

Deno.test("WorkerPool starts workers as they are needed and spreads the work", async () => {
  using parts = setUp();
  assert.equal(parts.workers.length, 0);
  const calls = [parts.fetch(), parts.fetch(), parts.fetch(), parts.fetch()];
  assert.deepEqual(parts.workers.map((worker) => [worker.kind, worker.jobs.length]), [["download", 2], [
    "download",
    2,
  ]]);
  for (const worker of parts.workers) {
    assert.equal(worker.received[0]?.type, "open", "opened before anything else");
    for (const id of worker.jobs) worker.finish(id);
  }
  assert.deepEqual((await Promise.all(calls)).sort(), [1, 2, 3, 4]);
});

Deno.test("WorkerPool reuses an idle worker before it starts another", async () => {
  using parts = setUp();
  for (let round = 1; round <= 3; round++) {
    const call = parts.fetch();
    parts.workers[0]?.finish(round);
    await call;
  }
  assert.equal(parts.workers.length, 1);
});

Deno.test("WorkerPool.warmUp() starts all workers once", () => {
  using parts = setUp();
  parts.pool.warmUp();
  parts.pool.warmUp();
  assert.deepEqual(parts.workers.map((worker) => worker.kind), ["download", "download", "hash"]);
});

Deno.test("WorkerPool passes a worker's failure on as it is", async () => {
  using parts = setUp();
  const call = parts.fetch();
  const error = { code: "NETWORK_ERROR", message: "No reply", hints: [], causes: [] } as const;
  parts.workers[0]?.onMessage({ type: "failed", id: 1, failure: { kind: "status", status: 503, error } });
  await assert.rejects(call, (thrown) => {
    assert.ok(thrown instanceof TransferError);
    assert.deepEqual(thrown.failure, { kind: "status", status: 503, error });
    return true;
  });
});

Deno.test("WorkerPool replaces a worker that crashed, and its jobs fail", async () => {
  using parts = setUp();
  const calls = [parts.fetch(), parts.fetch(), parts.fetch()];
  const [first, second] = parts.workers;
  first?.onCrash("Out of memory");
  const results = await Promise.allSettled([calls[0], calls[2]]);
  for (const result of results) {
    assert.ok(result.status === "rejected" && failsWith("crashed")(result.reason));
    assert.match(String(result.reason), /download worker ended: Out of memory/);
  }
  assert.equal(first?.terminated, 1);
  second?.finish(2);
  assert.equal(await calls[1], 2, "the other worker goes on");

  const more = [parts.fetch(), parts.fetch()];
  assert.equal(parts.workers.length, 3);
  parts.workers[1]?.finish(4);
  parts.workers[2]?.finish(5);
  assert.deepEqual(await Promise.all(more), [4, 5]);
});

Deno.test("WorkerPool takes no notice of a dead worker that speaks", async () => {
  using parts = setUp();
  const call = parts.fetch();
  const [worker] = parts.workers;
  worker?.onCrash("gone");
  worker?.finish(1);
  worker?.onCrash("gone again");
  await assert.rejects(call, failsWith("crashed"));
  assert.equal(worker?.terminated, 1);
});

Deno.test("WorkerPool tells the worker of a cancel and waits for its answer", async () => {
  using parts = setUp({ cancelGraceMs: 60_000 });
  const controller = new AbortController();
  const call = parts.fetch(controller.signal);
  controller.abort();
  assert.deepEqual(parts.workers[0]?.received.at(-1), { type: "cancel", id: 1 });
  const settled = await Promise.race([call.then(() => "settled", () => "settled"), Promise.resolve("open")]);
  assert.equal(settled, "open");
  const error = { code: "CANCELLED", message: "Cancelled", hints: [], causes: [] } as const;
  parts.workers[0]?.onMessage({ type: "failed", id: 1, failure: { kind: "cancelled", error } });
  await assert.rejects(call, failsWith("cancelled"));
  assert.equal(parts.workers[0]?.terminated, 0);
});

Deno.test("WorkerPool ends a worker that does not answer a cancel, and trusts its slots last", async () => {
  using parts = setUp({ cancelGraceMs: 5 });
  const controller = new AbortController();
  const slot = parts.pool.slots.lease(0, 10);
  const call = parts.fetch(controller.signal, slot);
  controller.abort();
  await assert.rejects(call, failsWith("crashed"));
  assert.equal(parts.workers[0]?.terminated, 1);
  parts.pool.slots.release(slot);
  assert.notEqual(parts.pool.slots.lease(0, 1), slot, "the thread may still write there");
});

Deno.test("WorkerPool does not start what is cancelled already", async () => {
  using parts = setUp();
  await assert.rejects(parts.fetch(AbortSignal.abort()), failsWith("cancelled"));
  assert.equal(parts.workers.length, 0);
});

Deno.test("WorkerPool[Symbol.dispose]() ends the workers and fails what they were doing", async () => {
  const parts = setUp();
  const call = parts.fetch();
  parts.pool.warmUp();
  parts.pool[Symbol.dispose]();
  await assert.rejects(call, failsWith("crashed"));
  assert.deepEqual(parts.workers.map((worker) => worker.terminated), [1, 1, 1]);
});

Deno.test("WorkerPool.hashFile() takes as many threads as a call says, else those of the pool", async () => {
  using set = setUp();
  const { pool, workers } = set;
  const request = { path: "/a", sizeBytes: 10, algorithm: "sha256", pieceBytes: 0 } as const;
  const { signal } = new AbortController();
  const hash = (threads?: number) =>
    pool.hashFile(request, { slot: pool.slots.lease(0, 10), signal, threads });
  const running = [hash(), hash(), hash(2), hash(2), hash(2)];
  assert.deepEqual(workers.map(({ kind, jobs }) => [kind, jobs.length]), [["hash", 3], ["hash", 2]]);
  pool[Symbol.dispose]();
  assert.ok((await Promise.allSettled(running)).every(({ status }) => status === "rejected"));
});

Deno.test("WorkerPool ends its workers when no work comes for a while, and starts others for new work", async () => {
  using set = setUp({ idleMs: 1 });
  const { pool, workers } = set;
  const first = set.fetch();
  const second = set.fetch();
  workers[0]?.finish(workers[0].jobs[0] ?? 0);
  await first;
  // While one is at work, all stay: more of the same is likely.
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(workers.map(({ terminated }) => terminated), [0, 0]);
  workers[1]?.finish(workers[1].jobs[0] ?? 0);
  await second;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(workers.map(({ terminated }) => terminated), [1, 1]);

  const third = set.fetch();
  assert.equal(workers.length, 3);
  workers[2]?.finish(workers[2].jobs[0] ?? 0);
  await third;
  pool.warmUp(["hash"]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(workers.map(({ terminated }) => terminated), [1, 1, 1, 1]);
});
