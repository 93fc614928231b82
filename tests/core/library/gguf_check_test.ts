import assert from "node:assert/strict";
import fc from "fast-check";
import { checkGguf, type GgufCheck } from "../../../core/library/gguf_check.ts";
import type { RandomReader } from "../../../core/library/gguf_reader.ts";
import { ggufTensorBytes } from "../../../core/library/gguf_types.ts";
import { ggufFile, ggufShards } from "../../../core/server/demo/gguf_file.ts";
import { modelMetadata } from "../../../core/server/demo/gguf_metadata.ts";

/** A file in memory that counts what is read of it and refuses reads that are not asked for properly. */
class MemoryFile implements RandomReader {
  readonly sizeBytes: number;
  bytesRead = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, sizeBytes = bytes.length) {
    this.#bytes = bytes;
    this.sizeBytes = sizeBytes;
  }

  read(buffer: Uint8Array, position: number): Promise<number> {
    assert.ok(buffer.length > 0 && buffer.length <= 256 * 1024);
    assert.ok(position >= 0 && position <= this.sizeBytes);
    const part = this.#bytes.subarray(position, position + buffer.length);
    buffer.set(part);
    const count = Math.min(buffer.length, this.sizeBytes - position);
    if (count > part.length) buffer.fill(0, part.length, count);
    this.bytesRead += count;
    return Promise.resolve(count);
  }
}

/** Writes headers by hand. */
class Writer {
  readonly #parts: Uint8Array[] = [];
  readonly #little: boolean;

  constructor(little = true) {
    this.#little = little;
  }

  raw(bytes: Uint8Array | string): this {
    this.#parts.push(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
    return this;
  }

  u32(value: number): this {
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, value, this.#little);
    return this.raw(new Uint8Array(view.buffer));
  }

  u64(value: bigint | number): this {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, BigInt(value), this.#little);
    return this.raw(new Uint8Array(view.buffer));
  }

  text(value: string): this {
    return this.u64(new TextEncoder().encode(value).length).raw(value);
  }

  tensor(
    name: string,
    facts: { dimensions?: readonly number[]; type?: number; offset?: number | bigint },
  ): this {
    const { dimensions = [32], type = 0, offset = 0 } = facts;
    this.text(name).u32(dimensions.length);
    for (const dimension of dimensions) this.u64(dimension);
    return this.u32(type).u64(offset);
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}

function header(tensors: number | bigint, pairs: number | bigint, little = true): Writer {
  return new Writer(little).raw("GGUF").u32(3).u64(tensors).u64(pairs);
}

async function problemOf(bytes: Uint8Array, sizeBytes?: number): Promise<string> {
  const check = await checkGguf(new MemoryFile(bytes, sizeBytes));
  return check.status === "broken" ? check.problem : check.status;
}

const MEASURES = {
  contextLength: 512,
  width: 64,
  layers: 2,
  feedForward: 128,
  heads: 4,
  vocabulary: 300,
};
const MODEL = {
  path: "m.gguf",
  metadata: modelMetadata(
    { architecture: "llama", name: "Tiny", sizeLabel: "1M", measures: MEASURES, chatTemplate: "{{ x }}" },
    "Q8_0",
  ),
  tensors: [{ name: "a.weight", dimensions: [64, 64] }, { name: "b.weight", dimensions: [64, 300] }, {
    name: "c.bias",
    dimensions: [64],
  }],
  quant: "Q8_0",
  seed: 1,
} as const;

async function modelBytes(): Promise<Uint8Array> {
  const file = await ggufFile(MODEL);
  return await file.read({ start: 0, end: file.sizeBytes });
}

Deno.test("checkGguf() finds a model and each of its shards sound, and reads only the header", async () => {
  const bytes = await modelBytes();
  assert.deepEqual(await checkGguf(new MemoryFile(bytes)), { status: "sound" });
  for (const shard of await ggufShards(MODEL, 3)) {
    const part = await shard.read({ start: 0, end: shard.sizeBytes });
    assert.deepEqual(await checkGguf(new MemoryFile(part)), { status: "sound" }, shard.path);
  }
  const huge = header(1, 0).tensor("a", { dimensions: [1024, 1024, 1024] }).bytes();
  const file = new MemoryFile(huge, 5 * 1024 ** 3);
  assert.deepEqual(await checkGguf(file), { status: "sound" });
  assert.ok(file.bytesRead <= 256 * 1024);
});

Deno.test("checkGguf() finds a model broken that is one byte too short, of zeros, or a page", async () => {
  const bytes = await modelBytes();
  assert.match(
    await problemOf(bytes.subarray(0, -32)),
    /^its tensor "c\.bias" ends at byte \d+, the file at \d+$/,
  );
  assert.equal(await problemOf(new Uint8Array(1000)), 'it does not begin with "GGUF"');
  assert.equal(await problemOf(new TextEncoder().encode("<!DOCTYPE html>")), 'it does not begin with "GGUF"');
  assert.equal(await problemOf(new Uint8Array()), 'it does not begin with "GGUF"');
  assert.match(await problemOf(bytes.subarray(0, 100)), /^it(?:s header tells| ends within its header)/);
});

Deno.test("checkGguf() reads the other byte order and the first version, and claims nothing of later ones", async () => {
  const big = header(1, 0, false).tensor("a", {}).raw(new Uint8Array(200)).bytes();
  assert.equal(await problemOf(big), "sound");
  const first = new Writer().raw("GGUF").u32(1).u32(1).u32(0).u32(1).raw("a").u32(1).u32(32).u32(0).u64(0)
    .raw(new Uint8Array(200)).bytes();
  assert.equal(await problemOf(first), "sound");
  assert.equal(await problemOf(new Writer().raw("GGUF").u32(4).u64(1).u64(1).bytes()), "unknown");
  assert.equal(await problemOf(new Writer().raw("GGUF").u32(0).bytes()), "it claims to be of version 0");
  assert.match(await problemOf(new Writer().raw("GGUF").u32(0x12345678).bytes()), /of version 305419896$/);
});

Deno.test("checkGguf() judges tensors of unknown types by their beginning only", async () => {
  const at = (offset: number) => header(1, 0).tensor("x", { type: 9999, dimensions: [2 ** 40], offset });
  assert.equal(await problemOf(at(64).raw(new Uint8Array(200)).bytes()), "sound");
  assert.match(await problemOf(at(6400).raw(new Uint8Array(200)).bytes()), /^its tensor "x" ends at byte/);
  assert.equal(ggufTensorBytes(9999, 32), undefined);
  assert.equal(ggufTensorBytes(8, 64), 68);
});

Deno.test("checkGguf() refuses hostile headers at once, whatever they claim", async () => {
  const most = 2n ** 64n - 1n;
  const cases: readonly (readonly [Writer, RegExp])[] = [
    [header(most, 0), /tensors$/],
    [header(0, most), /key-value pairs$/],
    [header(0, 1).u64(most).raw("x"), /a name of \d+ bytes/],
    [header(0, 1).text("k").u32(8).u64(most), /tells of \d+ bytes where 0 are left/],
    [header(0, 1).text("k").u32(9).u32(4).u64(most), /tells of \d+ bytes where 0 are left/],
    [header(0, 1).text("k").u32(9).u32(8).u64(most), /a list of \d+ values/],
    [header(0, 1).text("k").u32(13), /unknown type 13/],
    [
      header(0, 1).text("k").u32(9).u32(9).u64(1).u32(9).u64(1).u32(9).u64(1).u32(9).u64(1).u32(9).u64(1).raw(
        new Uint8Array(100),
      ),
      /unknown type 9/,
    ],
    [header(0, 1).text("general.alignment").u32(4).u32(0), /an alignment of 0 bytes/],
    [header(0, 1).text("general.alignment").u32(4).u32(48), /an alignment of 48 bytes/],
    [header(1, 0).text("t").u32(4_000_000), /4000000 dimensions/],
    [header(1, 0).tensor("t", { offset: 31 }), /not aligned/],
    [header(1, 0).tensor("t", { dimensions: [2 ** 52, 2 ** 52, 2 ** 52] }), /ends at byte/],
  ];
  for (const [writer, problem] of cases) assert.match(await problemOf(writer.bytes()), problem);
});

Deno.test("checkGguf() stops at a header without end", async () => {
  // A list of empty texts as long as the file: 8 zeros each.
  const bytes = header(0, 1).text("k").u32(9).u32(8).u64(2 ** 40).bytes();
  const file = new MemoryFile(bytes, 2 ** 41);
  assert.match((await checkGguf(file) as GgufCheck & { problem: string }).problem, /larger than 256 MiB/);
  assert.ok(file.bytesRead <= 257 * 1024 * 1024);
});

Deno.test("checkGguf() of truncated and altered headers always comes to a verdict", async () => {
  const bytes = await modelBytes();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat({ max: 6000 }), fc.nat({ max: 255 })), { maxLength: 4 }),
      fc.nat({ max: bytes.length }),
      fc.boolean(),
      async (changes, length, cut) => {
        const altered = bytes.slice(0, cut ? length : bytes.length);
        for (const [at, value] of changes) if (at < altered.length) altered[at] = value;
        const file = new MemoryFile(altered);
        const { status } = await checkGguf(file);
        assert.ok(["sound", "broken", "unknown"].includes(status));
        if (cut && length < bytes.length - 32 && changes.length === 0) assert.equal(status, "broken");
        // A window may be read again where something was skipped.
        assert.ok(file.bytesRead <= 4 * bytes.length);
      },
    ),
    { numRuns: 300 },
  );
});
