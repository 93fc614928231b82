import assert from "node:assert/strict";
import { HistorySweep, sweepHistory } from "../../../core/operations/history_sweep.ts";
import { openStore } from "../../../core/platform/kv.ts";
import { HistoryStore } from "../../../core/state/history.ts";
import { settle, TestClock } from "../../support/test_clock.ts";

const DAY = 86_400_000;
const signal = new AbortController().signal;

interface Fixture extends AsyncDisposable {
  readonly clock: TestClock;
  readonly history: HistoryStore;
  /** Adds a record that ended so many days before now. */
  add(daysAgo: number): Promise<void>;
  /** How many days ago the records ended. */
  ages(): Promise<number[]>;
}

async function openFixture(): Promise<Fixture> {
  const store = await openStore(":memory:");
  const clock = new TestClock();
  const history = new HistoryStore(store.kv, { clock });
  return {
    clock,
    history,
    async add(daysAgo) {
      const endedAt = new Date(clock.now() - daysAgo * DAY).toISOString();
      await history.append({
        reference: "acme/m",
        repo: "acme/m",
        revision: undefined,
        commit: undefined,
        files: [],
        status: "completed",
        bytesFetched: 1,
        bytesResumed: 0,
        averageBytesPerSecond: 1,
        peakBytesPerSecond: 1,
        retries: 0,
        startedAt: endedAt,
        endedAt,
      });
    },
    ages: async () =>
      (await history.list()).map(({ endedAt }) => Math.round((clock.now() - Date.parse(endedAt)) / DAY)),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

Deno.test("sweepHistory() deletes what is older than is kept, once a day", async () => {
  await using fixture = await openFixture();
  const { clock, history, add, ages } = fixture;
  for (const daysAgo of [40, 31, 29, 1, 0]) await add(daysAgo);
  const sweep = () => sweepHistory(history, { clock, keepMs: 30 * DAY, signal });
  assert.equal(await sweep(), 2);
  assert.deepEqual(await ages(), [0, 1, 29]);
  await add(50);
  assert.equal(await sweep(), 0, "it was done today");
  await clock.advance(DAY - 1);
  assert.equal(await sweep(), 0);
  await clock.advance(1);
  assert.equal(await sweep(), 1);
});

Deno.test("sweepHistory() keeps the last day, however little is to be kept", async () => {
  await using fixture = await openFixture();
  const { clock, history, add, ages } = fixture;
  for (const daysAgo of [3, 0.9, 0]) await add(daysAgo);
  assert.equal(await sweepHistory(history, { clock, keepMs: 1, signal }), 1);
  assert.deepEqual(await ages(), [0, 1]);
});

Deno.test("sweepHistory() keeps the last day of a history when the clock is set forward by years", async () => {
  await using fixture = await openFixture();
  const { clock, history, add } = fixture;
  for (const daysAgo of [3, 0.5, 0]) await add(daysAgo);
  clock.jumpTo(clock.now() + 3000 * DAY);
  await sweepHistory(history, { clock, keepMs: 30 * DAY, signal });
  assert.equal((await history.list()).length, 2);
});

Deno.test("sweepHistory() does not wait for a time that lies ahead because the clock was set back", async () => {
  await using fixture = await openFixture();
  const { clock, history, add } = fixture;
  await add(0);
  await sweepHistory(history, { clock, keepMs: DAY, signal });
  clock.jumpTo(clock.now() - 100 * DAY);
  await add(50);
  await add(0);
  assert.equal(await sweepHistory(history, { clock, keepMs: 10 * DAY, signal }), 1);
});

Deno.test("sweepHistory() has nothing to do for an empty history, and notes nothing", async () => {
  await using fixture = await openFixture();
  const { clock, history } = fixture;
  assert.equal(await sweepHistory(history, { clock, keepMs: DAY, signal }), 0);
  assert.equal(await history.sweptAtMs(), 0);
});

Deno.test("sweepHistory() that is stopped gets a little further each time, until it is done", async () => {
  await using fixture = await openFixture();
  const { clock, history, add } = fixture;
  for (let n = 0; n < 1000; n++) await add(40);
  await add(0);
  const sweep = () => sweepHistory(history, { clock, keepMs: DAY, signal: AbortSignal.abort() });
  const deleted = [await sweep(), await sweep(), await sweep(), await sweep()];
  assert.deepEqual(deleted, [400, 400, 200, 0]);
});

Deno.test("HistorySweep works in the background, is waited for at the end, and never begins without a setting", async () => {
  await using fixture = await openFixture();
  const { clock, history, add, ages } = fixture;
  for (const daysAgo of [40, 0]) await add(daysAgo);
  const off = new HistorySweep({ clock, keepMs: 0 });
  off.start(history);
  await off.close();
  assert.deepEqual(await ages(), [0, 40]);
  const sweep = new HistorySweep({ clock, keepMs: 30 * DAY });
  sweep.start(history);
  sweep.start(history);
  while ((await ages()).length > 1) await settle();
  await sweep.close();
  assert.deepEqual(await ages(), [0]);
  await add(50);
  sweep.start(history);
  await sweep.close();
  assert.deepEqual(await ages(), [0, 50], "nothing begins after the end");
});

Deno.test("HistorySweep does not fail whom it serves", async () => {
  const broken = new Proxy({} as HistoryStore, {
    get: () => () => Promise.reject(new Error("disk I/O error")),
  });
  const sweep = new HistorySweep({ clock: new TestClock(), keepMs: DAY });
  sweep.start(broken);
  await sweep.close();
});
