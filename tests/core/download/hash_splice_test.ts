import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { followHash } from "../../../core/download/hash_follow.ts";
import { TransferSlots } from "../../../core/download/transfer_slots.ts";
import { fillGenerated } from "../../../core/server/demo/generated_bytes.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";

const PIECE = 1000;
const SIZE = 5 * PIECE + 123;

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function rightBytes(): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  fillGenerated(bytes, { seed: 3, position: 0 });
  return bytes;
}

function chain(bytes: Uint8Array): string[] {
  const ends = Array.from({ length: 6 }, (_, piece) => Math.min(SIZE, (piece + 1) * PIECE));
  return ends.map((end) => sha256(bytes.subarray(0, end)));
}

/** Hashes a damaged file; `supply` puts the piece that is asked for into the spare file. */
async function splice(
  dir: TempDir,
  damaged: Uint8Array,
  supply: (piece: number, times: number) => Uint8Array,
  signal: AbortSignal = new AbortController().signal,
) {
  const right = rightBytes();
  const path = await dir.write("a", damaged);
  const sparePath = await dir.write("a.part", new Uint8Array(SIZE));
  const slots = new TransferSlots();
  const asked: number[] = [];
  const result = await followHash({
    path,
    sizeBytes: SIZE,
    algorithm: "sha256",
    pieceBytes: PIECE,
    expected: chain(right),
    sparePath,
  }, {
    slots,
    slot: slots.lease(0, SIZE),
    signal,
    differs: async (piece) => {
      asked.push(piece);
      const spare = await Deno.open(sparePath, { write: true });
      await spare.seek(piece * PIECE, Deno.SeekMode.Start);
      await spare.write(supply(piece, asked.filter((one) => one === piece).length));
      spare.close();
    },
  });
  return { result, asked, right };
}

function pieceOf(bytes: Uint8Array, piece: number): Uint8Array {
  return bytes.subarray(piece * PIECE, (piece + 1) * PIECE);
}

Deno.test("spliceHash() asks for each wrong piece once and proves the file as it will be", async () => {
  await using dir = await makeTempDir();
  for (const bad of [[], [0], [2], [5], [0, 1, 4, 5], [0, 1, 2, 3, 4, 5]]) {
    const damaged = rightBytes();
    for (const piece of bad) damaged[piece * PIECE + 7] = (damaged[piece * PIECE + 7] ?? 0) ^ 1;
    const { result, asked, right } = await splice(dir, damaged, (piece) => pieceOf(rightBytes(), piece));
    assert.deepEqual(asked, bad);
    assert.deepEqual(result.replaced, bad);
    assert.equal(result.digestHex, sha256(right));
    assert.deepEqual(result.prefixDigests, chain(right).slice(0, -1));
  }
});

Deno.test("spliceHash() asks for all that is missing of a short file, and ignores what is too much", async () => {
  await using dir = await makeTempDir();
  const short = await splice(dir, rightBytes().slice(0, 2500), (piece) => pieceOf(rightBytes(), piece));
  assert.deepEqual(short.asked, [2, 3, 4, 5]);
  assert.equal(short.result.digestHex, sha256(short.right));
  const long = new Uint8Array(SIZE + 500);
  long.set(rightBytes());
  assert.deepEqual((await splice(dir, long, () => new Uint8Array())).asked, []);
});

Deno.test("spliceHash() never takes a piece that is wrong itself", async () => {
  await using dir = await makeTempDir();
  const damaged = rightBytes().fill(0, 3000, 3100);
  const { result, asked, right } = await splice(
    dir,
    damaged,
    (piece, times) => times < 3 ? new Uint8Array(PIECE) : pieceOf(rightBytes(), piece),
  );
  assert.deepEqual(asked, [3, 3, 3]);
  assert.deepEqual(result.replaced, [3]);
  assert.equal(result.digestHex, sha256(right));
});

Deno.test("spliceHash() that waits for a piece can be cancelled", async () => {
  await using dir = await makeTempDir();
  const stop = new AbortController();
  const path = await dir.write("a", new Uint8Array(SIZE));
  const slots = new TransferSlots();
  const hashing = followHash({
    path,
    sizeBytes: SIZE,
    algorithm: "sha256",
    pieceBytes: PIECE,
    expected: chain(rightBytes()),
    sparePath: path,
  }, {
    slots,
    slot: slots.lease(0, SIZE),
    signal: stop.signal,
    differs: () => {
      stop.abort();
      return new Promise(() => {});
    },
  });
  await assert.rejects(hashing, { code: "CANCELLED" });
});
