import assert from "node:assert/strict";
import fc from "fast-check";
import { HistoryStore } from "../../../core/state/history.ts";
import type { HistoryRecord } from "../../../core/state/history_record.ts";
import type { OpenAttempt } from "../../../core/state/open_attempt.ts";
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
    peakBytesPerSecond: 200,
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
    assert.deepEqual(await ages({ endedFromMs: NOW - 20 * DAY }), [1, 10, 20], "the beginning is in");
    assert.deepEqual(await ages({ endedBeforeMs: NOW - 10 * DAY }), [20, 40], "the end is not");
    assert.deepEqual(await ages({ endedFromMs: NOW - 20 * DAY, endedBeforeMs: NOW - DAY }), [10, 20]);
    assert.deepEqual(await ages({ endedFromMs: NOW - 20 * DAY, sinceMs: 5 * DAY }), [1], "all of it counts");
    assert.deepEqual(await ages({ endedFromMs: NOW, endedBeforeMs: NOW - DAY }), [], "there is no such time");
    assert.deepEqual(await ages({ endedFromMs: -1e20, endedBeforeMs: 1e20 }), [1, 10, 20, 40]);
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
      peakBytesPerSecond: 0,
      retries: 0,
      perDay: [],
      perRepo: [],
      damaged: 0,
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
    await kv.set(["history", "zzz"], new TextEncoder().encode('{"v":2,"anything":true}'));
    await history.append(record());
    assert.equal((await history.list()).length, 1);
    assert.equal((await history.stats()).total, 1);
    assert.equal(await history.clear(), 1);
    assert.notEqual((await kv.get(["history", "zzz"])).value, null);
  }));

Deno.test("HistoryStore.records() gives all records, newest first, with all their files", () =>
  withHistory(async (history) => {
    const files = Array.from({ length: 1000 }, (_, index) => `folder/file-${index}.safetensors`);
    for (let n = 0; n < 60; n++) await history.append(record({ files: n === 59 ? files : [] }, n * 1000));
    const all = await Array.fromAsync(history.records());
    assert.equal(all.length, 60);
    assert.deepEqual(all.at(-1)?.files, files);
    assert.deepEqual(all, await history.list({ limit: 60 }));
    assert.equal((await Array.fromAsync(history.records({ limit: 2 }))).length, 2);
  }));

Deno.test("HistoryStore.find() takes ids and unique beginnings of them", () =>
  withHistory(async (history) => {
    const one = await history.append(record({}, DAY));
    const other = await history.append(record());
    assert.deepEqual(await history.find(one.id), [one]);
    assert.deepEqual(await history.find(other.id.slice(0, -3)), [other]);
    assert.equal((await history.find(one.id.slice(0, 2))).length, 2);
    assert.deepEqual(await history.find("x"), []);
  }));

Deno.test("HistoryStore gives records of earlier releases the peak that they had at least", () =>
  withHistory(async (history, kv) => {
    const { id } = await history.append(record());
    const { peakBytesPerSecond: _, ...earlier } = record();
    await kv.set(["history", id], { ...earlier, id, v: 1 });
    assert.equal((await history.list())[0]?.peakBytesPerSecond, 100);
    assert.equal((await history.stats()).peakBytesPerSecond, 100);
  }));

Deno.test("HistoryStore skips damaged records, says so once, and keeps them until all is deleted", async () => {
  await using store = await openStore(":memory:");
  const { kv } = store;
  const notices: string[] = [];
  const history = new HistoryStore(kv, {
    clock: new TestClock({ startMs: NOW }),
    onNotice: (message) => notices.push(message),
  });
  const sound = await history.append(record());
  const stored = { ...sound, v: 1 };
  const key = (n: number): Deno.KvKey => ["history", `${sound.id.slice(0, 9)}-damaged${n}`];
  const damaged = [
    null,
    "text",
    { ...stored },
    { ...stored, id: String(key(3)[1]), bytesFetched: "many" },
    { ...stored, id: String(key(4)[1]), status: "fine" },
    { ...stored, id: String(key(5)[1]), endedAt: "yesterday" },
    { ...stored, id: String(key(6)[1]), files: undefined },
    { ...stored, id: String(key(7)[1]), retries: -1 },
    { ...stored, id: String(key(8)[1]), error: { message: 5 } },
    new TextEncoder().encode('{"v":1,"torn'),
    new Uint8Array(),
  ];
  for (const [index, value] of damaged.entries()) await kv.set(key(index), value);
  assert.deepEqual(await history.list(), [sound]);
  const { total, damaged: counted } = await history.stats();
  assert.deepEqual([total, counted], [1, damaged.length]);
  assert.deepEqual(await Array.fromAsync(history.records()), [sound]);
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? "", /^Skipped 11 damaged records .*: mm history clear$/);
  assert.equal(await history.clear({ repo: "acme/m" }), 1);
  assert.equal((await history.stats()).damaged, damaged.length);
  assert.equal(await history.clear({}), damaged.length);
  assert.deepEqual(await Array.fromAsync(kv.list({ prefix: [] })), []);
});

Deno.test("HistoryStore.clear() deletes the oldest first when it is not to delete all at once", () =>
  withHistory(async (history) => {
    for (let n = 0; n < 20; n++) {
      await history.append(record({ repo: n % 2 === 0 ? "acme/a" : "acme/b" }, n * DAY));
    }
    assert.equal(await history.clear({ repo: "acme/a" }, { atMost: 3 }), 3);
    const [, last] = await history.list({ repo: "acme/a" }).then((left) => left.toReversed());
    assert.equal(last?.endedAt, record({}, 10 * DAY).endedAt);
    assert.equal(await history.clear({}, { atMost: 100 }), 17);
  }));

const ATTEMPT: OpenAttempt = {
  id: "a",
  lockPath: "/models/a.lock",
  host: "laptop",
  reference: "acme/m",
  repo: "acme/m",
  revision: "main",
  commit: "c".repeat(40),
  names: ["m.gguf"],
  folder: "/models/acme/m",
  files: [{ name: "m.gguf", sizeBytes: 5, keptBytes: 1, journalPath: "/models/m.journal" }],
  startedAt: new Date(NOW).toISOString(),
};

Deno.test("HistoryStore.close() records an attempt once, whoever is first", () =>
  withHistory(async (history, kv) => {
    const entry = await history.open(ATTEMPT);
    assert.deepEqual(await history.openAttempts(), [entry]);
    const many = Array.from({ length: 900 }, (_, index) => `${"x".repeat(60)}/${index}`);
    const other = new HistoryStore(kv, { clock: new TestClock({ startMs: NOW, random: Math.random }) });
    const closed = await Promise.all(
      [history, other, history].map((store) => store.close(entry, record({ files: many }))),
    );
    assert.deepEqual(closed.filter(Boolean).length, 1);
    assert.deepEqual(await history.openAttempts(), []);
    assert.equal((await history.list()).length, 1);
    const parts = await Array.fromAsync(kv.list({ prefix: ["history_files"] }));
    assert.deepEqual(new Set(parts.map(({ key }) => key[1])), new Set([(await history.list())[0]?.id]));
  }));

Deno.test("HistoryStore.open() keeps of endless lists what fits, and reads no damage", () =>
  withHistory(async (history, kv) => {
    for (const letter of ["x", "ж"]) {
      const names = Array.from({ length: 5000 }, (_, index) => `${letter.repeat(40)}/${index}`);
      const files = names.map((name) => ({
        name,
        sizeBytes: 1e12,
        keptBytes: 1e11,
        journalPath: `/${name}`,
      }));
      const { attempt } = await history.open({ ...ATTEMPT, id: letter, names, files });
      assert.ok(attempt.files.length > 50 && attempt.names.length > 50);
      assert.deepEqual(attempt.names, names.slice(0, attempt.names.length));
    }
    await kv.set(["history_open", "b"], { v: 1, id: "b" });
    await kv.set(["history_open", "c"], { ...ATTEMPT, v: 2 });
    assert.deepEqual((await history.openAttempts()).map(({ attempt }) => attempt.id), ["x", "ж"]);
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

Deno.test("HistoryStore.stats() works the success rate out of all, what was stopped among them", () =>
  withHistory(async (history) => {
    const paused = { code: "CANCELLED", message: "Paused" };
    await history.append(record({ status: "cancelled", error: paused }));
    assert.equal((await history.stats()).successRate, 0, "what was paused has not completed");
    await history.append(record({}));
    const stats = await history.stats();
    assert.deepEqual([stats.total, stats.cancelled, stats.successRate], [2, 1, 0.5]);
  }));
