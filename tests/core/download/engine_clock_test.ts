import assert from "node:assert/strict";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { LaneAllowance } from "../../../core/download/allowance.ts";
import { runTransfers } from "../../../core/download/engine.ts";
import type { FileTask } from "../../../core/download/file_task.ts";
import { RateLimiter } from "../../../core/download/rate_limiter.ts";
import { WorkerPool } from "../../../core/download/worker_pool.ts";
import type { ToWorker, WorkerHandle } from "../../../core/download/worker_protocol.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { settle, TestClock } from "../../support/test_clock.ts";

const SIZE = 4 * 1024 * 1024;
const DIGEST = { algorithm: "sha256", hex: "ab".repeat(32) } as const;
const TICK_MS = 25;

/** A worker whose server never sends a byte. */
function silentWorker(received: ToWorker[]): WorkerHandle {
  const handle: WorkerHandle = {
    onMessage: () => {},
    onCrash: () => {},
    terminate: () => {},
    postMessage: (message) => {
      received.push(message);
      if (message.type !== "cancel") return;
      const error = { code: "CANCELLED", message: "Cancelled", hints: [], causes: [] } as const;
      const failure = { kind: "cancelled", error } as const;
      queueMicrotask(() => handle.onMessage({ type: "failed", id: message.id, failure }));
    },
  };
  return handle;
}

function task(dir: TempDir): FileTask {
  const path = "a.gguf";
  const locate = () => Promise.resolve({ url: "http://files.test/a", headers: {} });
  return {
    source: { path, sizeBytes: SIZE, digest: DIGEST, locate },
    identity: { repo: "acme/tiny", commit: "c".repeat(40), path, digest: DIGEST, sizeBytes: SIZE },
    stagedPath: dir.join("a.part"),
    journalPath: dir.join("a.journal"),
    quarantinePath: dir.join("a.bad"),
    kept: [],
    keptSynced: [],
    publish: () => Promise.resolve("/a"),
  };
}

interface SilentRun {
  /** Lets time pass, tick by tick; before each, `onTick`. */
  pass(ms: number, onTick?: () => void): Promise<void>;
  readonly limiter: RateLimiter;
  readonly pool: WorkerPool;
  readonly cancels: () => number;
  /** The code of the error that ended the run, after stopping it if it still runs. */
  end(): Promise<string>;
}

async function startSilentRun(dir: TempDir, options: { readonly timeoutMs: number }): Promise<SilentRun> {
  const clock = new TestClock();
  const received: ToWorker[] = [];
  const pool = new WorkerPool({
    spawnWorker: () => silentWorker(received),
    downloadWorkers: 1,
    hashWorkers: 1,
    connections: 2,
  });
  const limiter = new RateLimiter({ slots: pool.slots, clock });
  const stop = new AbortController();
  const events = runTransfers([task(dir)], {
    pool,
    clock,
    limiter,
    connections: 2,
    maxConnections: 2,
    stallTimeoutMs: 10_000,
    maxRetries: 1000,
    bootId: undefined,
    signal: stop.signal,
    ...options,
  });
  const ended = (async () => {
    try {
      while (!(await events.next()).done);
    } catch (error) {
      if (isModelManagerError(error)) return error.code;
      throw error;
    }
    return "published";
  })();
  const requests = () => received.filter((message) => message.type === "segment").length;
  while (requests() < 2) await settle();
  return {
    limiter,
    pool,
    cancels: () => received.filter((message) => message.type === "cancel").length,
    pass: async (ms, onTick) => {
      for (let passed = 0; passed < ms; passed += TICK_MS) {
        onTick?.();
        await clock.advance(TICK_MS);
      }
    },
    end: async () => {
      stop.abort();
      const code = await ended;
      pool[Symbol.dispose]();
      return code;
    },
  };
}

Deno.test("runTransfers() cuts lanes that stand still after the stall timeout, and not before", async () => {
  await using dir = await makeTempDir();
  const run = await startSilentRun(dir, { timeoutMs: 300_000 });
  await run.pass(9900);
  assert.equal(run.cancels(), 0);
  await run.pass(200);
  assert.equal(run.cancels(), 2);
  assert.equal(await run.end(), "CANCELLED");
});

Deno.test("runTransfers() takes no lane for dead that the rate limit holds back", async () => {
  await using dir = await makeTempDir();
  const run = await startSilentRun(dir, { timeoutMs: 20_000 });
  run.limiter.setLimit(1_000_000);
  // A lane of another run uses all that is allowed.
  const other = new LaneAllowance(run.pool.slots.allowance);
  await run.pass(60_000, () => {
    for (let bytes = other.next(); bytes !== undefined; bytes = other.next()) other.spend(bytes);
  });
  assert.equal(run.cancels(), 0);
  other.release();
  // Nobody uses it any more: now the limit is no excuse.
  await run.pass(12_000);
  assert.equal(run.cancels(), 2);
  assert.equal(await run.end(), "CANCELLED");
});

Deno.test("runTransfers() fails after the timeout without a byte", async () => {
  await using dir = await makeTempDir();
  const run = await startSilentRun(dir, { timeoutMs: 20_000 });
  await run.pass(21_000);
  assert.equal(await run.end(), "NETWORK_ERROR");
});
