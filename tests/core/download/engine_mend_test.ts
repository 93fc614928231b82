/**
 * Wrong bytes of large files: the bad piece is looked for, and only what has to be is fetched again.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { EngineEvent } from "../../../core/download/engine_options.ts";
import { pieceRange } from "../../../core/download/pieces.ts";
import type { Fault } from "../../support/faults.ts";
import { eventsOf, MIB, openFixture, stagePrefix } from "./engine_fixture.ts";

const SIZE = 48 * MIB + 12_345;
const FILE = { path: "m.gguf", sizeBytes: SIZE };
const PIECE = { sizeBytes: SIZE, pieceBytes: MIB };
const MOST_AHEAD = 36 * MIB;

/** The reply that begins at this byte has a wrong one, the first time. */
function badReplyAt(start: number, position = 10): Fault {
  return {
    times: 1,
    when: (request) => request.headers.get("range")?.startsWith(`bytes=${start}-`) === true,
    effect: { type: "corrupt", position },
  };
}

function bodies(events: readonly EngineEvent[]): readonly unknown[] {
  return events.flatMap((event) => event.type === "verified" ? event.mended ?? [] : []);
}

Deno.test("runTransfers() mends a large file with less than the whole fetched again, and says where", async () => {
  await using fixture = await openFixture({ files: [FILE], faults: [badReplyAt(0, 2 * MIB + 5)] });
  const task = await fixture.task(FILE.path);
  const result = await fixture.run([task], { connections: 2 });
  assert.equal(result.error, undefined);
  assert.ok(await fixture.isRight(FILE.path));
  const [retrying] = eventsOf(result, "retrying");
  assert.equal(retrying?.error.code, "CHECKSUM_MISMATCH");
  assert.match(retrying.error.message, /expected sha256:.*, got sha256:/);
  assert.deepEqual(bodies(result.events), [pieceRange(2, PIECE)]);
  const [outcome] = result.outcomes ?? [];
  assert.deepEqual(outcome?.mended, [pieceRange(2, PIECE)]);
  assert.ok(outcome.bytesFetched < SIZE + MOST_AHEAD, `${outcome.bytesFetched} bytes were fetched`);
  assert.ok(outcome.bytesFetched > SIZE);
  // A lane that was cut off may have been sent more than it took.
  assert.ok(fixture.hub.bodyBytes() >= outcome.bytesFetched);
  assert.equal(await readFile(task.quarantinePath).catch(() => undefined), undefined);
  assert.equal(await fixture.journal(task), undefined);
});

Deno.test("runTransfers() mends what an earlier run left wrong, and counts only what it fetched", async () => {
  await using fixture = await openFixture({ files: [FILE] });
  const task = await stagePrefix(fixture, FILE.path, SIZE);
  const file = await Deno.open(task.stagedPath, { write: true });
  await file.seek(5 * MIB + 1, Deno.SeekMode.Start);
  await file.write(new Uint8Array(3));
  file.close();
  const result = await fixture.run([task]);
  assert.equal(result.error, undefined);
  assert.ok(await fixture.isRight(FILE.path));
  const [outcome] = result.outcomes ?? [];
  assert.deepEqual(outcome?.mended, [pieceRange(5, PIECE)]);
  assert.ok(outcome.bytesFetched >= 6 * MIB && outcome.bytesFetched < SIZE, `${outcome.bytesFetched}`);
  assert.equal(outcome.bytesResumed, 0);
});

Deno.test("runTransfers() mends several bad pieces, and one at the very end", async () => {
  for (const bad of [[1, 4, 40], [0, 1, 2, 3, 20, 30, 47], [48]]) {
    await using fixture = await openFixture({ files: [FILE] });
    const task = await stagePrefix(fixture, FILE.path, SIZE);
    const file = await Deno.open(task.stagedPath, { write: true });
    for (const piece of bad) {
      await file.seek(piece * MIB + 100, Deno.SeekMode.Start);
      await file.write(new Uint8Array([1, 2, 3, 4, 5]));
    }
    file.close();
    const result = await fixture.run([task]);
    assert.equal(result.error, undefined);
    assert.ok(await fixture.isRight(FILE.path));
    const [outcome] = result.outcomes ?? [];
    assert.ok(outcome !== undefined);
    const found = (piece: number): boolean => {
      const { start, end } = pieceRange(piece, PIECE);
      return outcome.mended.some((range) => range.start <= start && range.end >= end);
    };
    // What came again along with it may have been wrong as well: that shows nowhere.
    assert.ok(found(bad[0] ?? -1), JSON.stringify(outcome.mended));
    assert.ok(outcome.bytesFetched <= SIZE);
    assert.equal(outcome.retries, 1);
  }
});

Deno.test("runTransfers() that is stopped while it looks for the bad piece trusts only what it fetched again", async () => {
  await using fixture = await openFixture({ files: [FILE], faults: [badReplyAt(0, 30)] });
  const task = await fixture.task(FILE.path);
  const stop = new AbortController();
  let looking = false;
  const broken = await fixture.run([task], {
    connections: 1,
    signal: stop.signal,
    onEvent: (event) => {
      looking ||= event.type === "retrying";
      if (looking && event.type === "progress") stop.abort();
    },
  });
  assert.equal(broken.error?.code, "CANCELLED");
  const again = await fixture.again(task);
  const kept = again.kept.reduce((sum, { start, end }) => sum + end - start, 0);
  assert.ok(kept < SIZE, "bytes that were proved wrong are kept");
  const result = await fixture.run([again]);
  assert.equal(result.error, undefined);
  assert.ok(await fixture.isRight(FILE.path));
});

Deno.test("runTransfers() mends a file of a server that knows no ranges", async () => {
  await using fixture = await openFixture({
    files: [FILE],
    faults: [{ times: 2, effect: { type: "ignore-range" } }, { effect: { type: "ignore-range" } }],
  });
  const task = await stagePrefix(fixture, FILE.path, SIZE);
  const file = await Deno.open(task.stagedPath, { write: true });
  await file.seek(7 * MIB, Deno.SeekMode.Start);
  await file.write(new Uint8Array(9));
  file.close();
  const result = await fixture.run([task]);
  assert.equal(result.error, undefined);
  assert.ok(await fixture.isRight(FILE.path));
});

Deno.test("runTransfers() gets there when bytes come wrong in one place, and in another when they are fetched again", async () => {
  for (const [first, second] of [[40, 3], [3, 30], [20, 21]] as const) {
    const flips = [first, second].map((piece, index) => ({ at: piece * MIB + 7, time: index }));
    const sent = new Map<number, number>();
    await using fixture = await openFixture({
      files: [FILE],
      hub: {
        // Whoever comes to the byte for the n-th time gets the n-th flip.
        wrapFileHost: (handler) => async (request) => {
          const response = await handler(request);
          const stated = /bytes (\d+)-(\d+)/.exec(response.headers.get("content-range") ?? "");
          if (stated === null) return response;
          const bytes = new Uint8Array(await response.arrayBuffer());
          const start = Number(stated[1]);
          for (const { at, time } of flips) {
            if (at < start || at >= start + bytes.length) continue;
            const times = sent.get(at) ?? 0;
            sent.set(at, times + 1);
            if (times === time) bytes[at - start] = (bytes[at - start] ?? 0) ^ 0xff;
          }
          return new Response(bytes, { status: response.status, headers: response.headers });
        },
      },
    });
    const result = await fixture.run([await fixture.task(FILE.path)], { connections: 2 });
    assert.equal(result.error, undefined, `${first}, ${second}: ${result.error?.message}`);
    assert.ok(await fixture.isRight(FILE.path));
    const attempts = eventsOf(result, "retrying").map(({ attempt }) => attempt);
    assert.ok(attempts.length <= 2, `${attempts}`);
  }
});

Deno.test("runTransfers() repairs once when the same wrong bytes come again", async () => {
  const when = (request: Request) => request.headers.get("range")?.startsWith("bytes=0-") === true;
  const small = { path: "s.gguf", sizeBytes: 5 * MIB };
  await using fixture = await openFixture({
    files: [small],
    faults: [{ when, effect: { type: "corrupt", position: 30 } }],
  });
  const task = await fixture.task(small.path);
  const result = await fixture.run([task]);
  assert.equal(result.error?.code, "CHECKSUM_MISMATCH");
  assert.match(result.error?.message ?? "", /expected sha256:[0-9a-f]{64}, got sha256:[0-9a-f]{64}$/);
  assert.equal(eventsOf(result, "retrying").length, 1);
  assert.equal((await readFile(task.quarantinePath)).length, small.sizeBytes);
  assert.equal(await fixture.published(small.path), undefined);
});
