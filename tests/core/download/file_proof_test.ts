import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { FileProof } from "../../../core/download/file_proof.ts";
import { FileTransfer } from "../../../core/download/file_transfer.ts";
import { WorkerPool } from "../../../core/download/worker_pool.ts";
import { spawnInProcessWorker } from "../../support/in_process_worker.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

const SIZE_BYTES = 2_000_000;

Deno.test("FileProof.follow() leaves the slot alone that a finished hash has given back", async () => {
  await using dir = await makeTempDir();
  const bytes = new Uint8Array(SIZE_BYTES).fill(7);
  const hex = createHash("sha256").update(bytes).digest("hex");
  const digest = { algorithm: "sha256", hex } as const;
  const path = "a.gguf";
  const stagedPath = await dir.write("a.part", bytes);
  using pool = new WorkerPool({
    spawnWorker: spawnInProcessWorker,
    downloadWorkers: 1,
    hashWorkers: 1,
    connections: 1,
  });
  const { signal } = new AbortController();
  const kept = [{ start: 0, end: SIZE_BYTES }];
  const transfer = new FileTransfer({
    source: { path, sizeBytes: SIZE_BYTES, digest, locate: () => Promise.reject(new Error("Not asked")) },
    identity: { repo: "acme/tiny", commit: "c".repeat(40), path, digest, sizeBytes: SIZE_BYTES },
    stagedPath,
    journalPath: dir.join("a.journal"),
    quarantinePath: dir.join("a.bad"),
    kept,
    keptSynced: kept,
    publish: () => Promise.resolve(dir.join(path)),
  }, { slots: pool.slots, clock: new TestClock(), maxRetries: 0, lanes: 1, signal });
  const proof = new FileProof(transfer, { pool, signal });

  const probe = pool.slots.lease(0, 0);
  pool.slots.release(probe);
  const { digestHex } = await proof.finish();
  assert.equal(digestHex, hex);
  assert.equal(proof.hashedBytes, SIZE_BYTES);

  // The hash of another file has the slot now, and may go no further than its own bytes.
  const slot = pool.slots.lease(0, 1000);
  assert.equal(slot, probe);
  proof.follow();
  assert.equal(pool.slots.limit(slot), 1000);
  assert.equal(proof.hashedBytes, SIZE_BYTES);
  assert.equal((await proof.finish()).digestHex, hex);
  pool.slots.release(slot);
});
