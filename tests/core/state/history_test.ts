import assert from "node:assert/strict";
import fc from "fast-check";
import { HistoryStore } from "../../../core/state/history.ts";
import type { HistoryRecord } from "../../../core/state/history_record.ts";
import { openStore } from "../../../core/platform/kv.ts";
import { runDeno, startDeno } from "../../support/run_deno.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { TestClock } from "../../support/test_clock.ts";

const NOW = Date.UTC(2025, 0, 1);
const DAY = 86_400_000;

function record(fields: Partial<HistoryRecord> = {}, agoMs = 0): Omit<HistoryRecord, "id"> {
  return {
    reference: "acme/m:Q4_K_M",
    repo: "acme/m",
    revision: undefined,
    commit: "c".repeat(40),
    files: ["m-Q4_K_M.gguf"],
    status: "completed",
    bytesFetched: 1000,
    bytesResumed: 0,
    averageBytesPerSecond: 100,
    retries: 0,
    startedAt: new Date(NOW - agoMs - 10_000).toISOString(),
    endedAt: new Date(NOW - agoMs).toISOString(),
    ...fields,
  };
}

async function withHistory(run: (history: HistoryStore, kv: Deno.Kv) => Promise<void>): Promise<void> {
  await using store = await openStore(":memory:");
  const clock = new TestClock({ startMs: NOW, random: Math.random });
  await run(new HistoryStore(store.kv, { clock }), store.kv);
}

Deno.test("HistoryStore.list() gives records back whole, newest first", () =>
  withHistory(async (history) => {
    const error = { code: "NETWORK_ERROR", message: "gone" };
    const old = await history.append(record({ status: "failed", error }, DAY));
    const recent = await history.append(record());
    assert.deepEqual(await history.list(), [recent, old]);
    assert.deepEqual(old, { ...record({ status: "failed", error }, DAY), id: old.id });
    assert.ok(old.id < recent.id);
  }));

Deno.test("HistoryStore.list() keeps the order of records that ended in the same millisecond", () =>
  withHistory(async (history) => {
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) ids.unshift((await history.append(record())).id);
    assert.deepEqual((await history.list()).map(({ id }) => id), ids);
  }));

Deno.test("HistoryStore.list() selects by repository, status, age and number", () =>
  withHistory(async (history) => {
    await history.append(record({}, 40 * DAY));
    await history.append(record({ repo: "acme/other" }, 20 * DAY));
    await history.append(record({ status: "cancelled" }, 10 * DAY));
    await history.append(record({ status: "failed" }, DAY));
    const ages = async (query: Parameters<HistoryStore["list"]>[0]): Promise<number[]> =>
      (await history.list(query)).map(({ endedAt }) => Math.round((NOW - Date.parse(endedAt)) / DAY));
    assert.deepEqual(await ages({ repo: "acme/m" }), [1, 10, 40]);
    assert.deepEqual(await ages({ status: "failed" }), [1]);
    assert.deepEqual(await ages({ sinceMs: 30 * DAY }), [1, 10, 20]);
    assert.deepEqual(await ages({ sinceMs: 20 * DAY }), [1, 10, 20], "the border is in");
    assert.deepEqual(await ages({ limit: 2 }), [1, 10]);
    assert.deepEqual(await ages({ repo: "acme/m", limit: 1, sinceMs: 60 * DAY, status: "cancelled" }), [10]);
    assert.deepEqual(await ages({ limit: 0 }), []);
  }));

Deno.test("HistoryStore.list() gives 50 records unless told otherwise", () =>
  withHistory(async (history) => {
    for (let n = 0; n < 60; n++) await history.append(record({}, n * 1000));
    assert.equal((await history.list()).length, 50);
    assert.equal((await history.list({ limit: 1000 })).length, 60);
  }));

Deno.test("HistoryStore.stats() sums up what it selects", () =>
  withHistory(async (history) => {
    assert.deepEqual(await history.stats(), {
      total: 0,
      completed: 0,
      failed: 0,
      cancelled: 0,
      successRate: 0,
      bytesFetched: 0,
      bytesResumed: 0,
      averageBytesPerSecond: 0,
    });
    await history.append(record({ bytesFetched: 3000, averageBytesPerSecond: 100 }));
    await history.append(record({ bytesFetched: 1000, averageBytesPerSecond: 1000, bytesResumed: 5 }));
    await history.append(record({ status: "failed", bytesFetched: 0, averageBytesPerSecond: 0 }));
    await history.append(record({ status: "cancelled", repo: "acme/x", bytesFetched: 100 }, 9 * DAY));
    const stats = await history.stats({ sinceMs: DAY });
    assert.deepEqual([stats.total, stats.completed, stats.failed, stats.cancelled], [3, 2, 1, 0]);
    assert.equal(stats.successRate, 2 / 3);
    assert.deepEqual([stats.bytesFetched, stats.bytesResumed], [4000, 5]);
    assert.equal(stats.averageBytesPerSecond, 4000 / 31, "30 s for the first, 1 s for the second");
    assert.equal((await history.stats()).cancelled, 1);
    assert.equal((await history.stats({ repo: "acme/x" })).total, 1);
  }));

Deno.test("HistoryStore.clear() deletes what it selects, with everything that belongs to it", () =>
  withHistory(async (history, kv) => {
    const many = Array.from(
      { length: 900 },
      (_, index) => `folder/${"x".repeat(60)}/file-${index}.safetensors`,
    );
    for (let n = 0; n < 30; n++) {
      await history.append(record({ files: many, repo: n % 2 ? "acme/a" : "acme/b" }));
    }
    assert.equal(await history.clear({ repo: "acme/a" }), 15);
    assert.deepEqual((await history.list()).map(({ repo }) => repo), Array(15).fill("acme/b"));
    assert.equal(await history.clear(), 15);
    assert.deepEqual(await Array.fromAsync(kv.list({ prefix: [] })), []);
  }));

Deno.test("HistoryStore keeps lists of files of any length", () =>
  withHistory(async (history) => {
    const name = fc.string({ minLength: 1, maxLength: 200, unit: "binary" });
    const lists = fc.oneof(
      fc.array(name),
      fc.integer({ min: 0, max: 4000 }).map((n) => Array(n).fill("dir/файл.gguf")),
    );
    await fc.assert(
      fc.asyncProperty(lists, async (files) => {
        await history.clear();
        await history.append(record({ files }));
        assert.deepEqual((await history.list())[0]?.files, files);
      }),
      { numRuns: 30 },
    );
  }));

Deno.test("HistoryStore leaves records of a later version alone", () =>
  withHistory(async (history, kv) => {
    await kv.set(["history", "zzz"], { v: 2, anything: true });
    await history.append(record());
    assert.equal((await history.list()).length, 1);
    assert.equal((await history.stats()).total, 1);
    assert.equal(await history.clear(), 1);
    assert.notEqual((await kv.get(["history", "zzz"])).value, null);
  }));

Deno.test("HistoryStore takes records of several processes at once", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("state.kv");
  const urls = ["platform/kv.ts", "state/history.ts"].map((name) =>
    JSON.stringify(new URL(`../../../core/${name}`, import.meta.url).href)
  );
  const script = `import { openStore } from ${urls[0]};
    import { HistoryStore } from ${urls[1]};
    await using store = await openStore(Deno.args[0]);
    const history = new HistoryStore(store.kv);
    const record = ${JSON.stringify(record())};
    await Promise.all(Array.from({ length: 50 }, () => history.append(record)));`;
  const runs = await Promise.all([1, 2, 3].map(() => runDeno(script, [path])));
  for (const run of runs) assert.equal(run.code, 0, run.stderr);
  await using store = await openStore(path);
  assert.equal((await new HistoryStore(store.kv, { clock: new TestClock() }).stats()).total, 150);
});

Deno.test("HistoryStore loses and doubles nothing when eight processes write at once and one of them is killed", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("state.kv");
  const urls = ["platform/kv.ts", "state/history.ts"].map((name) =>
    JSON.stringify(new URL(`../../../core/${name}`, import.meta.url).href)
  );
  const script = `import { openStore } from ${urls[0]};
    import { HistoryStore } from ${urls[1]};
    const [path, repo, count] = Deno.args;
    const record = ${JSON.stringify(record())};
    for (let round = 0; round < Number(count); round++) {
      await using store = await openStore(path);
      const history = new HistoryStore(store.kv);
      for (let index = 0; index < 3; index++) {
        await history.append({ ...record, repo, reference: String(3 * round + index) });
      }
      console.log("round " + round);
    }`;
  const victim = startDeno(script, [path, "victim", "100000"]);
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  const runs = Promise.all(names.map((name) => runDeno(script, [path, name, "5"])));
  await victim.printed("round 3");
  await victim.kill();
  for (const run of await runs) assert.equal(run.code, 0, run.stderr);
  await using store = await openStore(path);
  assert.deepEqual(store.warnings, [], "nothing is damaged");
  const records = await new HistoryStore(store.kv, { clock: new TestClock() }).list({ limit: 1_000_000 });
  const ofVictim = records.filter(({ repo }) => repo === "victim");
  assert.ok(ofVictim.length >= 12, `${ofVictim.length} of its records`);
  assert.equal(records.length - ofVictim.length, names.length * 15);
  assert.equal(new Set(records.map(({ repo, reference }) => `${repo} ${reference}`)).size, records.length);
  assert.equal(new Set(records.map(({ id }) => id)).size, records.length);
});
