import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import type { ByteRange } from "../../../core/base/byte_range.ts";
import type { FileTask } from "../../../core/download/file_task.ts";
import type { Fault } from "../../support/faults.ts";
import { type EngineFixture, MIB, openFixture } from "./engine_fixture.ts";

const SIZE = 6 * MIB + 77;
const FILE = { path: "m.gguf", sizeBytes: SIZE };
const CORRUPT: Fault["effect"] = { type: "corrupt", position: 1234 };

interface Damaged {
  readonly task: FileTask;
  readonly path: string;
  readonly before: Uint8Array;
  /** What was to be put into the file. */
  readonly patches: (readonly ByteRange[])[];
}

/** A file in its place with a wrong byte in each of these pieces, and the task of its repair. */
async function damage(fixture: EngineFixture, bad: readonly number[]): Promise<Damaged> {
  const right = await fixture.expected(FILE.path);
  const prefixes: string[] = [];
  for (let end = MIB; end < SIZE; end += MIB) {
    prefixes.push(createHash("sha256").update(right.subarray(0, end)).digest("hex"));
  }
  const before = right.slice();
  for (const piece of bad) before[piece * MIB + 50] = (before[piece * MIB + 50] ?? 0) ^ 0xff;
  const path = fixture.dir.join("damaged");
  await writeFile(path, before);
  const patches: (readonly ByteRange[])[] = [];
  const task = await fixture.task(FILE.path, {
    repairs: { path, sizeBytes: SIZE, pieces: { pieceBytes: MIB, prefixes } },
    publish: (_pieces, mended) => {
      patches.push(mended);
      return Promise.resolve(path);
    },
  });
  return { task, path, before, patches };
}

Deno.test("runTransfers() gathers only the wrong pieces of a damaged file, and only reads the file", async () => {
  await using fixture = await openFixture({ files: [FILE] });
  const { task, path, before, patches } = await damage(fixture, [1, 2, 6]);
  const result = await fixture.run([task]);
  assert.equal(result.error, undefined);
  assert.deepEqual(patches, [[{ start: MIB, end: 3 * MIB }, { start: 6 * MIB, end: SIZE }]]);
  assert.equal(result.outcomes?.[0]?.bytesFetched, 2 * MIB + 77);
  // A lane that takes over another's rest cuts a connection on which more was under way.
  assert.ok(fixture.hub.bodyBytes() < 4 * MIB, `${fixture.hub.bodyBytes()} bytes served`);
  const staged = await readFile(task.stagedPath);
  const right = await fixture.expected(FILE.path);
  assert.deepEqual(staged.subarray(MIB, 3 * MIB), Buffer.from(right.subarray(MIB, 3 * MIB)));
  assert.ok((await readFile(path)).equals(before));
});

Deno.test("runTransfers() fetches a piece that comes wrong once more, and gives up when it stays wrong", async () => {
  for (const times of [1, Infinity]) {
    await using fixture = await openFixture({ files: [FILE], faults: [{ times, effect: CORRUPT }] });
    const { task, path, before, patches } = await damage(fixture, [3]);
    const result = await fixture.run([task]);
    assert.equal(result.error?.code, times === 1 ? undefined : "CHECKSUM_MISMATCH");
    assert.deepEqual(patches, times === 1 ? [[{ start: 3 * MIB, end: 4 * MIB }]] : []);
    assert.ok((await readFile(path)).equals(before));
  }
});

Deno.test("runTransfers() asks nobody about a file that turns out to be right", async () => {
  await using fixture = await openFixture({ files: [FILE] });
  const { task, patches } = await damage(fixture, []);
  const result = await fixture.run([task]);
  assert.deepEqual(result.outcomes?.[0]?.mended, []);
  assert.deepEqual(patches, [[]]);
  assert.deepEqual(fixture.hub.requests, []);
});

Deno.test("runTransfers() uses pieces that an earlier repair has fetched, when they are right", async () => {
  for (const isRight of [true, false]) {
    await using fixture = await openFixture({ files: [FILE] });
    const { task } = await damage(fixture, [2]);
    const staged = isRight ? await fixture.expected(FILE.path) : new Uint8Array(SIZE);
    await writeFile(task.stagedPath, staged);
    const kept = [{ start: 2 * MIB, end: 3 * MIB }];
    const result = await fixture.run([{ ...task, kept, keptSynced: kept }]);
    assert.equal(result.error, undefined);
    assert.equal(result.outcomes?.[0]?.bytesFetched, isRight ? 0 : MIB);
  }
});

Deno.test("runTransfers() repairs from a server that knows no ranges", async () => {
  await using fixture = await openFixture({ files: [FILE], faults: [{ effect: { type: "ignore-range" } }] });
  const { task, patches } = await damage(fixture, [4]);
  const result = await fixture.run([task]);
  assert.equal(result.error, undefined);
  assert.deepEqual(patches, [[{ start: 4 * MIB, end: 5 * MIB }]]);
});
