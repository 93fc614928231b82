import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { followHash } from "../../../core/download/hash_follow.ts";
import { TransferSlots } from "../../../core/download/transfer_slots.ts";
import type { HashRequest } from "../../../core/download/worker_protocol.ts";
import { fillGenerated } from "../../../core/server/demo/generated_bytes.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const MIB = 1024 * 1024;

function bytesOf(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  fillGenerated(bytes, { seed: 7, position: 0 });
  return bytes;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function request(path: string, sizeBytes: number, changes: Partial<HashRequest> = {}): HashRequest {
  return { path, sizeBytes, algorithm: "sha256", pieceBytes: 0, ...changes };
}

Deno.test("followHash() hashes a file that is there", async () => {
  await using dir = await makeTempDir();
  for (const sizeBytes of [0, 1, MIB, 3 * MIB + 5]) {
    const bytes = bytesOf(sizeBytes);
    const path = await dir.write("a", bytes);
    const slots = new TransferSlots();
    const slot = slots.lease(0, sizeBytes);
    const signal = new AbortController().signal;
    const { digestHex } = await followHash(request(path, sizeBytes), { slots, slot, signal });
    assert.equal(digestHex, sha256(bytes));
    assert.equal(slots.position(slot), sizeBytes);
    const git = await followHash(request(path, sizeBytes, { algorithm: "git-sha1" }), {
      slots,
      slot,
      signal,
    });
    assert.equal(git.digestHex, createHash("sha1").update(`blob ${sizeBytes}\0`).update(bytes).digest("hex"));
  }
});

Deno.test("followHash() takes the digest of each prefix of whole pieces, the file itself not among them", async () => {
  await using dir = await makeTempDir();
  const pieceBytes = 700_000;
  for (const sizeBytes of [2_000_000, 2 * pieceBytes, pieceBytes, 5]) {
    const bytes = bytesOf(sizeBytes);
    const path = await dir.write("a", bytes);
    const slots = new TransferSlots();
    const slot = slots.lease(0, sizeBytes);
    const options = { slots, slot, signal: new AbortController().signal };
    const { digestHex, prefixDigests } = await followHash(request(path, sizeBytes, { pieceBytes }), options);
    assert.equal(digestHex, sha256(bytes));
    const wanted: string[] = [];
    for (let end = pieceBytes; end < sizeBytes; end += pieceBytes) {
      wanted.push(sha256(bytes.subarray(0, end)));
    }
    assert.deepEqual(prefixDigests, wanted);
  }
});

Deno.test("followHash() never reads beyond its limit, and goes on when it moves", async () => {
  await using dir = await makeTempDir();
  const bytes = bytesOf(2 * MIB);
  // What is not there yet reads as zeros.
  const path = await dir.write("a", new Uint8Array(bytes.length));
  using file = await Deno.open(path, { write: true });
  const slots = new TransferSlots();
  const slot = slots.lease(0, 0);
  const hashing = followHash(request(path, bytes.length), {
    slots,
    slot,
    signal: new AbortController().signal,
  });
  for (const end of [1, MIB - 3, MIB + 7, bytes.length]) {
    const start = slots.limit(slot);
    await file.seek(start, Deno.SeekMode.Start);
    file.writeSync(bytes.subarray(start, end));
    slots.setLimit(slot, end);
    while (slots.position(slot) < end) await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(slots.position(slot), end);
  }
  assert.equal((await hashing).digestHex, sha256(bytes));
});

Deno.test("followHash() stops at once when it is cancelled, also while it waits", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a", new Uint8Array(100));
  const slots = new TransferSlots();
  const slot = slots.lease(0, 50);
  const controller = new AbortController();
  const hashing = followHash(request(path, 100), { slots, slot, signal: controller.signal });
  const startedAt = performance.now();
  setTimeout(() => controller.abort(), 5);
  await assert.rejects(hashing, (error) => isModelManagerError(error) && error.code === "CANCELLED");
  assert.ok(performance.now() - startedAt < 500, "it waited for its safety net");
});

Deno.test("followHash() says when a file is shorter than it has to be, or gone", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("a", new Uint8Array(60));
  const slots = new TransferSlots();
  const slot = slots.lease(0, 100);
  const options = { slots, slot, signal: new AbortController().signal };
  await assert.rejects(followHash(request(path, 100), options), (error) => {
    assert.ok(isModelManagerError(error));
    assert.equal(error.code, "FAILED");
    assert.match(error.message, /ends at 60 bytes: wanted 100/);
    return true;
  });
  await assert.rejects(
    followHash(request(dir.join("none"), 100), options),
    (error) => isModelManagerError(error) && error.code === "FAILED",
  );
});
