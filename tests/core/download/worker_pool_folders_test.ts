import assert from "node:assert/strict";
import type {
  FromWorker,
  ToWorker,
  WorkerAccess,
  WorkerHandle,
} from "../../../core/download/worker_protocol.ts";
import { WorkerPool } from "../../../core/download/worker_pool.ts";

/** A thread that remembers what it was started for. */
class ConfinedWorker implements WorkerHandle {
  readonly isConfined: boolean;
  readonly access: WorkerAccess;
  readonly jobs: (ToWorker & { type: "segment" | "hash" })[] = [];
  terminated = 0;
  onMessage: (message: FromWorker) => void = () => {};
  onCrash: (reason: string) => void = () => {};

  constructor(access: WorkerAccess, isConfined: boolean) {
    this.access = access;
    this.isConfined = isConfined;
  }

  postMessage(message: ToWorker): void {
    if (message.type === "segment" || message.type === "hash") this.jobs.push(message);
  }

  terminate(): void {
    this.terminated++;
  }

  finish(): void {
    const id = this.jobs.at(-1)?.id ?? 0;
    this.onMessage({ type: "segment-done", id, result: { position: 0 } });
  }
}

function setUp(options: { readonly isConfined?: boolean; readonly folders?: readonly string[] } = {}) {
  const workers: ConfinedWorker[] = [];
  const pool = new WorkerPool({
    spawnWorker: (_kind, access) => {
      const worker = new ConfinedWorker(access, options.isConfined ?? true);
      workers.push(worker);
      return worker;
    },
    downloadWorkers: 1,
    hashWorkers: 1,
    connections: 1,
    folders: options.folders ?? ["/models"],
  });
  const fetchTo = (path: string) =>
    pool.fetchSegment(
      { url: "http://h/a", headers: {}, range: { start: 0, end: 1 }, fileSizeBytes: 1, path },
      { slot: pool.slots.lease(0, 1), signal: new AbortController().signal },
    );
  return { pool, workers, fetchTo };
}

Deno.test("WorkerPool keeps one thread for all files in the folders that it was started for", async () => {
  const { pool, workers, fetchTo } = setUp();
  using _pool = pool;
  for (const path of ["/models/a/x.part", "/models/b/c/y.part", "/models/z"]) {
    const call = fetchTo(path);
    workers[0]?.finish();
    await call;
  }
  assert.deepEqual(workers.map(({ access, jobs }) => [access.folders, jobs.length]), [[["/models"], 3]]);
});

Deno.test("WorkerPool replaces a confined thread that cannot reach a file, when it has done its work", async () => {
  const { pool, workers, fetchTo } = setUp();
  using _pool = pool;
  const first = fetchTo("/models/a.part");
  const second = fetchTo("/elsewhere/b.part");
  assert.deepEqual(workers.map(({ access }) => access.folders), [["/models"], ["/models", "/elsewhere"]]);
  assert.equal(workers[0]?.terminated, 0, "it is at work");
  workers[0]?.finish();
  await first;
  assert.equal(workers[0]?.terminated, 1);
  workers[1]?.finish();
  await second;
  const third = fetchTo("/models/c.part");
  workers[1]?.finish();
  await third;
  assert.equal(workers.length, 2, "the new one reaches both");
});

Deno.test("WorkerPool starts its first thread with the folders that are named, and that of the file", async () => {
  const { pool, workers, fetchTo } = setUp({ folders: [] });
  using _pool = pool;
  pool.admit("/mnt/a");
  const call = fetchTo("/b/c.part");
  workers[0]?.finish();
  await call;
  pool.admit("/d");
  const other = fetchTo("/mnt/a/e.part");
  workers[0]?.finish();
  await other;
  assert.deepEqual(workers.map(({ access }) => access.folders), [["/mnt/a", "/b"]]);
});

Deno.test("WorkerPool replaces no thread that may write everywhere", async () => {
  const { pool, workers, fetchTo } = setUp({ isConfined: false });
  using _pool = pool;
  for (const path of ["/models/a", "/b/c", "/d/e"]) {
    const call = fetchTo(path);
    workers[0]?.finish();
    await call;
  }
  assert.equal(workers.length, 1);
});
