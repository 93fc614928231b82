import assert from "node:assert/strict";
import { totalLength } from "../../../core/base/byte_range.ts";
import type { FileTask } from "../../../core/download/file_task.ts";
import { requestsFor } from "../../support/faults.ts";
import { type EngineFixture, eventsOf, MIB, openFixture, stagePrefix } from "./engine_fixture.ts";

const PATH = "a.gguf";
const SIZE = 8 * MIB + 5;
const FILES = [{ path: PATH, sizeBytes: SIZE }];
const SLOW = { when: requestsFor(PATH), effect: { type: "slow", bytesPerSecond: 4 * MIB } as const };

/** What the file host was asked for, as half-open ranges. */
function requestedRanges(fixture: EngineFixture): { start: number; end: number }[] {
  return fixture.hub.fileRequests(PATH).flatMap(({ method, range }) => {
    const match = /^bytes=(\d+)-(\d+)$/.exec(range ?? "");
    return method === "GET" && match !== null ? [{ start: Number(match[1]), end: Number(match[2]) + 1 }] : [];
  });
}

/** A run that is cancelled when so many bytes are there. @returns whether that came before its end. */
async function interrupted(fixture: EngineFixture, task: FileTask, afterBytes: number): Promise<boolean> {
  const controller = new AbortController();
  const { error } = await fixture.run([task], {
    signal: controller.signal,
    onEvent: ({ receivedBytes }) => receivedBytes >= afterBytes && controller.abort(),
  });
  assert.ok(error === undefined || error.code === "CANCELLED");
  return error !== undefined;
}

Deno.test("runTransfers() does not fetch again what an earlier run left", async () => {
  await using fixture = await openFixture({ files: FILES });
  const kept = [{ start: 0, end: 2 * MIB }, { start: 3 * MIB, end: 5 * MIB + 1 }];
  const task = await fixture.task(PATH);
  const bytes = await fixture.expected(PATH);
  const staged = new Uint8Array(SIZE);
  for (const { start, end } of kept) staged.set(bytes.subarray(start, end), start);
  await Deno.writeFile(task.stagedPath, staged);
  const { outcomes } = await fixture.run([{ ...task, kept, keptSynced: [] }]);
  assert.ok(await fixture.isRight(PATH));
  assert.equal(outcomes?.[0]?.bytesResumed, totalLength(kept));
  assert.equal(outcomes?.[0]?.bytesFetched, SIZE - totalLength(kept));
  for (const range of requestedRanges(fixture)) {
    for (const { start, end } of kept) {
      assert.ok(range.end <= start || range.start >= end, JSON.stringify(range));
    }
  }
});

Deno.test("runTransfers() notes what is on disk when it is stopped, and a second run fetches only the rest", async () => {
  await using fixture = await openFixture({ files: FILES, faults: [SLOW] });
  const task = await fixture.task(PATH);
  assert.ok(await interrupted(fixture, task, 2 * MIB));

  const journal = await fixture.journal(task);
  const bytes = await fixture.expected(PATH);
  const staged = await Deno.readFile(task.stagedPath);
  assert.equal(staged.length, SIZE);
  assert.ok(totalLength(journal?.written ?? []) >= 2 * MIB);
  for (const { start, end } of journal?.written ?? []) {
    assert.deepEqual(staged.subarray(start, end), bytes.subarray(start, end), "the journal is not ahead");
  }

  fixture.hub.clear();
  const again = await fixture.again(task);
  const { outcomes } = await fixture.run([again]);
  assert.ok(await fixture.isRight(PATH));
  assert.equal(outcomes?.[0]?.bytesResumed, totalLength(again.kept));
  assert.equal(outcomes?.[0]?.bytesFetched, SIZE - totalLength(again.kept));
});

Deno.test("runTransfers() gets there however often it is stopped", async () => {
  await using fixture = await openFixture({
    files: FILES,
    faults: [{ ...SLOW, effect: { type: "slow", bytesPerSecond: 8 * MIB } }],
  });
  let task = await fixture.task(PATH);
  let stops = 0;
  while (await interrupted(fixture, task, totalLength(task.kept) + MIB)) {
    const next = await fixture.again(task);
    assert.ok(totalLength(next.kept) > totalLength(task.kept), "each run gets further");
    task = next;
    stops++;
  }
  assert.ok(stops > 1);
  assert.ok(await fixture.isRight(PATH));
});

Deno.test("runTransfers() hashes and publishes without a request when every byte is there", async () => {
  await using fixture = await openFixture({ files: FILES });
  await fixture.run([await stagePrefix(fixture, PATH, SIZE)]);
  assert.ok(await fixture.isRight(PATH));
  assert.deepEqual(fixture.hub.requests, []);
});

Deno.test("runTransfers() has noted every byte when it is stopped while it hashes", async () => {
  // A worker that hashes for ever, and hears nothing.
  const workers = { delivers: (_message: unknown, kind: string) => kind !== "hash" };
  await using fixture = await openFixture({ files: FILES, workers });
  const task = await fixture.task(PATH);
  const controller = new AbortController();
  const { error } = await fixture.run([task], {
    signal: controller.signal,
    onEvent: (event) => event.type === "verifying" && controller.abort(),
  });
  assert.equal(error?.code, "CANCELLED");
  assert.deepEqual((await fixture.journal(task))?.written, [{ start: 0, end: SIZE }]);
});

Deno.test("runTransfers() starts anew when the staged file is gone or cut though the journal is there", async () => {
  for (const damage of ["gone", "cut"] as const) {
    await using fixture = await openFixture({ files: FILES });
    const task = await stagePrefix(fixture, PATH, 5 * MIB);
    if (damage === "gone") await Deno.remove(task.stagedPath);
    else await Deno.truncate(task.stagedPath, 3 * MIB);
    const result = await fixture.run([task]);
    assert.equal(result.error, undefined);
    assert.ok(await fixture.isRight(PATH), damage);
    assert.equal(result.outcomes?.[0]?.bytesResumed, 0);
    const [started] = eventsOf(result, "started");
    assert.deepEqual([started?.resumedBytes, started?.receivedBytes], [0, 0]);
    assert.equal(eventsOf(result, "retrying").length, 0, "nothing was wrong on the way");
  }
});

Deno.test("runTransfers() finds bytes that went bad on the disk, and fetches the file again", async () => {
  await using fixture = await openFixture({ files: FILES });
  const task = await stagePrefix(fixture, PATH, 5 * MIB);
  using file = await Deno.open(task.stagedPath, { write: true });
  await file.seek(4 * MIB, Deno.SeekMode.Start);
  await file.write(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
  const { outcomes } = await fixture.run([task]);
  assert.ok(await fixture.isRight(PATH));
  assert.deepEqual([outcomes?.[0]?.bytesResumed, outcomes?.[0]?.retries], [0, 1]);
});

Deno.test("runTransfers() trusts after a restart of the machine only what was synced", async () => {
  await using fixture = await openFixture({ files: FILES, faults: [SLOW] });
  const task = await fixture.task(PATH);
  assert.ok(await interrupted(fixture, task, 2 * MIB));
  const rebooted = await fixture.again(task, "boot-2");
  assert.deepEqual(rebooted.kept, (await fixture.journal(task))?.synced);
  await fixture.run([rebooted], { bootId: "boot-2" });
  assert.ok(await fixture.isRight(PATH));
});

Deno.test("runTransfers() writes no address into the journal", async () => {
  await using fixture = await openFixture({ files: FILES, faults: [SLOW] });
  const task = await fixture.task(PATH);
  assert.ok(await interrupted(fixture, task, MIB));
  assert.doesNotMatch(await Deno.readTextFile(task.journalPath), /http|Signature/);
});
