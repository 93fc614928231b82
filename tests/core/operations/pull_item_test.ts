import assert from "node:assert/strict";
import {
  beginWait,
  endWait,
  recordPull,
  startItem,
  TransferTally,
} from "../../../core/operations/pull_item.ts";
import { HistoryStore } from "../../../core/state/history.ts";
import { openStore } from "../../../core/platform/kv.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";
import { openOperations } from "./operation_fixture.ts";

Deno.test("recordPull() tells times that fit together when somebody sets the clock meanwhile", async () => {
  await using dir = await makeTempDir();
  using operations = openOperations(dir);
  await using store = await openStore(":memory:");
  for (const jumpMs of [0, -3 * 3_600_000, 3 * 3_600_000]) {
    const clock = new TestClock();
    const history = new HistoryStore(store.kv, { clock });
    const context = { ...operations.context, clock, history: () => Promise.resolve(history) };
    const item = startItem(context, "acme/m");
    await clock.advance(60_000);
    clock.jumpTo(clock.now() + jumpMs);
    await recordPull(context, item);
    const [record] = await history.list({ limit: 1000 }).then((all) =>
      all.filter(({ endedAt }) => Date.parse(endedAt) === clock.now())
    );
    const elapsedMs = Date.parse(record?.endedAt ?? "") - Date.parse(record?.startedAt ?? "");
    assert.ok(elapsedMs >= 60_000, `${elapsedMs} ms`);
    if (jumpMs <= 0) assert.equal(elapsedMs, 60_000);
  }
});

Deno.test("recordPull() writes one record, whatever happens after it", async () => {
  await using dir = await makeTempDir();
  using operations = openOperations(dir);
  await using store = await openStore(":memory:");
  const clock = new TestClock();
  const history = new HistoryStore(store.kv, { clock });
  const context = { ...operations.context, clock, history: () => Promise.resolve(history) };
  const item = startItem(context, "acme/m");
  await recordPull(context, item);
  await recordPull(context, item, new Error("too late"));
  assert.deepEqual((await history.list()).map(({ status }) => status), ["completed"]);
});

Deno.test("the time in which a reference waited for others is no part of its record", async () => {
  await using dir = await makeTempDir();
  using operations = openOperations(dir);
  await using store = await openStore(":memory:");
  const clock = new TestClock();
  const history = new HistoryStore(store.kv, { clock });
  const context = { ...operations.context, clock, history: () => Promise.resolve(history) };
  const item = startItem(context, "acme/m");
  await clock.advance(2_000);
  beginWait(context, item);
  await clock.advance(3_600_000);
  endWait(context, item);
  endWait(context, item);
  await clock.advance(3_000);
  await recordPull(context, item);
  const [record] = await history.list();
  assert.equal(Date.parse(record?.endedAt ?? ""), clock.now());
  assert.equal(Date.parse(record?.startedAt ?? ""), clock.now() - 5_000);
});

Deno.test("TransferTally counts bytes, retries and the highest speed over all files", async () => {
  const clock = new TestClock();
  const tally = new TransferTally(clock);
  const file = (name: string) => ({ file: name, totalBytes: 10_000 });
  tally.count({ type: "started", ...file("a"), receivedBytes: 4_000, resumedBytes: 4_000 });
  tally.count({ type: "started", ...file("b"), receivedBytes: 0, resumedBytes: 0 });
  assert.deepEqual([tally.receivedBytes, tally.resumedBytes, tally.retries], [4_000, 4_000, 0]);
  await clock.advance(1_000);
  tally.count({ type: "progress", ...file("a"), receivedBytes: 5_000, connections: 1 });
  tally.count({ type: "progress", ...file("b"), receivedBytes: 2_000, connections: 1 });
  await clock.advance(1_000);
  tally.count({ type: "progress", ...file("b"), receivedBytes: 2_500, connections: 1 });
  const error = { code: "NETWORK_ERROR", message: "gone", hints: [], causes: [] } as const;
  tally.count({ type: "retrying", ...file("b"), receivedBytes: 1_500, attempt: 1, delayMs: 5, error });
  tally.count({ type: "started", ...file("b"), receivedBytes: 1_500, resumedBytes: 0 });
  tally.count({ type: "finished", ...file("a"), receivedBytes: 10_000, path: "/a" });
  assert.deepEqual([tally.receivedBytes, tally.resumedBytes, tally.retries], [11_500, 4_000, 1]);
  assert.equal(tally.peakBytesPerSecond, 3_000);
  assert.deepEqual([tally.isFinished("a"), tally.isFinished("b")], [true, false]);
});

Deno.test("TransferTally tells what was taken from elsewhere from what was resumed, and forgets what was of no use", () => {
  const tally = new TransferTally(new TestClock());
  const counts = { totalBytes: 1_000, receivedBytes: 1_000 };
  tally.count({ type: "started", file: "a", ...counts, resumedBytes: 1_000, from: "/else/a" });
  tally.count({ type: "started", file: "b", ...counts, resumedBytes: 1_000, from: "/else/b" });
  assert.deepEqual([tally.receivedBytes, tally.heldBytes, tally.resumedBytes], [2_000, 2_000, 0]);
  // The copy of b was wrong: what an earlier run had left of it is gone on with.
  tally.count({ type: "started", file: "b", totalBytes: 1_000, receivedBytes: 300, resumedBytes: 300 });
  assert.deepEqual([tally.receivedBytes, tally.heldBytes, tally.resumedBytes], [1_300, 1_300, 300]);
});
