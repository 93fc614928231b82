import assert from "node:assert/strict";
import fc from "fast-check";
import { sweepHistory } from "../../../core/operations/history_sweep.ts";
import { openStore } from "../../../core/platform/kv.ts";
import { HistoryStore } from "../../../core/state/history.ts";
import type { HistoryCounts, HistoryFilter, HistoryRecord } from "../../../core/state/history_record.ts";
import { TestClock } from "../../support/test_clock.ts";

const DAY = 86_400_000;
const START = Date.UTC(2025, 0, 10, 12);
const REPOS = ["acme/a", "acme/b", "acme/c"] as const;
const STATUSES = ["completed", "failed", "cancelled"] as const;

type NewRecord = Omit<HistoryRecord, "id">;

const newRecord: fc.Arbitrary<(nowMs: number) => NewRecord> = fc.record({
  repo: fc.constantFrom(...REPOS),
  status: fc.constantFrom(...STATUSES),
  bytesFetched: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1e12 })),
  bytesResumed: fc.integer({ min: 0, max: 1e10 }),
  averageBytesPerSecond: fc.integer({ min: 0, max: 1e9 }),
  more: fc.integer({ min: 0, max: 1e9 }),
  retries: fc.integer({ min: 0, max: 9 }),
  agoMs: fc.integer({ min: 0, max: 20 * DAY }),
}).map(({ agoMs, more, ...fields }) => (nowMs) => ({
  ...fields,
  reference: fields.repo,
  revision: "main",
  commit: undefined,
  files: [],
  peakBytesPerSecond: fields.averageBytesPerSecond + more,
  startedAt: new Date(nowMs - agoMs - 1000).toISOString(),
  endedAt: new Date(nowMs - agoMs).toISOString(),
}));

const filter: fc.Arbitrary<(nowMs: number) => HistoryFilter> = fc.record({
  repo: fc.option(fc.constantFrom(...REPOS), { nil: undefined }),
  status: fc.option(fc.constantFrom(...STATUSES), { nil: undefined }),
  sinceMs: fc.option(fc.integer({ min: 0, max: 25 * DAY }), { nil: undefined }),
  from: fc.option(fc.integer({ min: 0, max: 25 * DAY }), { nil: undefined }),
  before: fc.option(fc.integer({ min: -DAY, max: 25 * DAY }), { nil: undefined }),
}).map(({ repo, status, sinceMs, from, before }) => (nowMs) => ({
  ...(repo === undefined ? {} : { repo }),
  ...(status === undefined ? {} : { status }),
  ...(sinceMs === undefined ? {} : { sinceMs }),
  ...(from === undefined ? {} : { endedFromMs: nowMs - from }),
  ...(before === undefined ? {} : { endedBeforeMs: nowMs - before }),
}));

/** The other way to say which records fit. */
function fits(record: NewRecord, by: HistoryFilter, nowMs: number): boolean {
  const ended = Date.parse(record.endedAt);
  return [
    by.repo === undefined || record.repo === by.repo,
    by.status === undefined || record.status === by.status,
    by.sinceMs === undefined || ended >= nowMs - by.sinceMs,
    by.endedFromMs === undefined || ended >= by.endedFromMs,
    by.endedBeforeMs === undefined || ended < by.endedBeforeMs,
  ].every(Boolean);
}

function sum(records: readonly NewRecord[], pick: (record: NewRecord) => number): number {
  return records.reduce((total, record) => total + pick(record), 0);
}

/** An independent count, without the speed, which is a quotient of sums in some order. */
function count(records: readonly NewRecord[]): Omit<HistoryCounts, "averageBytesPerSecond"> {
  const of = (status: string): number => records.filter((record) => record.status === status).length;
  return {
    total: records.length,
    completed: of("completed"),
    failed: of("failed"),
    cancelled: of("cancelled"),
    successRate: records.length === 0 ? 0 : of("completed") / records.length,
    bytesFetched: sum(records, (record) => record.bytesFetched),
    bytesResumed: sum(records, (record) => record.bytesResumed),
    peakBytesPerSecond: Math.max(0, ...records.map((record) => record.peakBytesPerSecond)),
    retries: sum(records, (record) => record.retries),
  };
}

function averageOf(records: readonly NewRecord[]): number {
  const moved = records.filter((record) => record.averageBytesPerSecond > 0);
  const seconds = sum(moved, (record) => record.bytesFetched / record.averageBytesPerSecond);
  return seconds === 0 ? 0 : sum(records, (record) => record.bytesFetched) / seconds;
}

function checkCounts(counts: HistoryCounts, records: readonly NewRecord[]): void {
  const { averageBytesPerSecond, ...exact } = counts;
  assert.deepEqual(exact, count(records));
  const wanted = averageOf(records);
  assert.ok(
    Math.abs(averageBytesPerSecond - wanted) <= wanted * 1e-9,
    `${averageBytesPerSecond}, not ${wanted}`,
  );
}

async function check(
  history: HistoryStore,
  expected: readonly NewRecord[],
  by: HistoryFilter,
): Promise<void> {
  const { perDay, perRepo, damaged, ...all } = await history.stats(by);
  assert.equal(damaged, 0);
  checkCounts(all, expected);
  const days = [...new Set(expected.map(({ endedAt }) => endedAt.slice(0, 10)))].sort();
  assert.deepEqual(perDay.map(({ date }) => date), days);
  for (const { date, ...counts } of perDay) {
    checkCounts(counts, expected.filter(({ endedAt }) => endedAt.startsWith(date)));
  }
  assert.deepEqual(
    perRepo.map(({ repo }) => repo).sort(),
    [...new Set(expected.map(({ repo }) => repo))].sort(),
  );
  for (const { repo, ...counts } of perRepo) {
    checkCounts(counts, expected.filter((record) => record.repo === repo));
  }
  const bytes = perRepo.map(({ bytesFetched }) => bytesFetched);
  assert.deepEqual(bytes, bytes.toSorted((a, b) => b - a), "the most bytes come first");
  assert.equal((await Array.fromAsync(history.records(by))).length, expected.length);
}

type Step =
  | { readonly type: "add"; readonly record: (nowMs: number) => NewRecord }
  | { readonly type: "clear"; readonly by: (nowMs: number) => HistoryFilter }
  | { readonly type: "sweep"; readonly keepDays: number }
  | { readonly type: "wait"; readonly ms: number }
  | { readonly type: "look"; readonly by: (nowMs: number) => HistoryFilter };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: newRecord.map((record) => ({ type: "add" as const, record })) },
  { weight: 1, arbitrary: filter.map((by) => ({ type: "clear" as const, by })) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 15 }).map((keepDays) => ({ type: "sweep" as const, keepDays })),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 2 * DAY }).map((ms) => ({ type: "wait" as const, ms })),
  },
  { weight: 3, arbitrary: filter.map((by) => ({ type: "look" as const, by })) },
);

Deno.test("HistoryStore.stats() equals an independent count, whatever was added, cleared and cleaned up", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      await using store = await openStore(":memory:");
      const clock = new TestClock({ startMs: START, random: Math.random });
      const history = new HistoryStore(store.kv, { clock });
      let model: NewRecord[] = [];
      let sweptAtMs = -Infinity;
      for (const each of steps) {
        const nowMs = clock.now();
        if (each.type === "add") {
          const { id: _, ...added } = await history.append(each.record(nowMs));
          model.push(added);
        } else if (each.type === "clear") {
          const by = each.by(nowMs);
          const kept = model.filter((record) => !fits(record, by, nowMs));
          assert.equal(await history.clear(by), model.length - kept.length);
          model = kept;
        } else if (each.type === "sweep") {
          const { signal } = new AbortController();
          await sweepHistory(history, { clock, keepMs: each.keepDays * DAY, signal });
          const newest = Math.max(...model.map(({ endedAt }) => Date.parse(endedAt)));
          const before = Math.min(nowMs - each.keepDays * DAY, newest - DAY);
          if (nowMs - sweptAtMs < DAY || model.length === 0) continue;
          sweptAtMs = nowMs;
          model = model.filter(({ endedAt }) => Date.parse(endedAt) >= before);
        } else if (each.type === "wait") await clock.advance(each.ms);
        else {
          const by = each.by(nowMs);
          await check(history, model.filter((record) => fits(record, by, nowMs)), by);
        }
      }
      await check(history, model, {});
    }),
    { numRuns: 150 },
  );
});
