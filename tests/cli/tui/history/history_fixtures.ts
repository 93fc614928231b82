/**
 * A history for tests: 45 downloads of some weeks, with wide characters, a hostile name and every way to end.
 *
 * @module
 */
import type { ModelManager } from "../../../../mod.ts";
import type {
  History,
  HistoryCounts,
  HistoryFilter,
  HistoryQuery,
  HistoryRecord,
} from "../../../../core/state/history_record.ts";
import { COMMIT } from "../../../support/fake_manager.ts";
import { NOW_MS } from "../../../support/tui_screens.ts";

const HOUR_MS = 3_600_000;
const REPOS = [
  "acme/Llama-3.2-3B-Instruct-GGUF",
  "日本語モデル/とても長い名前のモデル-GGUF",
  `acme/${"very-long-name-".repeat(20)}GGUF`,
  "tiny/llama🦙-GGUF",
  "evil/\u001b[31mred\u202e-GGUF",
];
const STATUSES = ["completed", "completed", "failed", "completed", "cancelled"] as const;

/** One record; the number counts back from now, 11 hours each. */
export function record(number: number, change: Partial<HistoryRecord> = {}): HistoryRecord {
  const status = STATUSES[number % STATUSES.length] ?? "completed";
  const repo = REPOS[(number + Math.floor(number / 5)) % REPOS.length] ?? "acme/tiny";
  const endedMs = NOW_MS - number * 11 * HOUR_MS - 60_000;
  const bytesFetched = status === "completed" ? (number % 7 + 1) * 1_100_000_000 : number * 1_000_000;
  const seconds = 20 + number;
  return {
    id: String(10_000 - number),
    reference: `${repo}:Q4_K_M`,
    repo,
    revision: "main",
    commit: COMMIT,
    files: status === "completed" ? [`model-${number}.gguf`, "mmproj-F16.gguf"].slice(0, 1 + number % 2) : [],
    status,
    bytesFetched,
    bytesResumed: number % 3 * 500_000_000,
    averageBytesPerSecond: bytesFetched / seconds,
    peakBytesPerSecond: bytesFetched / seconds * 1.5,
    retries: number % 4,
    startedAt: new Date(endedMs - seconds * 1000).toISOString(),
    endedAt: new Date(endedMs).toISOString(),
    ...(status === "failed"
      ? { error: { code: "NETWORK_ERROR", message: 'Cannot reach "huggingface.co": connection refused' } }
      : {}),
    ...change,
  };
}

/** All of them, newest first. */
export const MANY: readonly HistoryRecord[] = Array.from({ length: 45 }, (_, number) => record(number));

/** The sums of some records. */
export function countsOf(records: readonly HistoryRecord[]): HistoryCounts {
  const sum = (value: (each: HistoryRecord) => number): number =>
    records.reduce((total, each) => total + value(each), 0);
  const count = (status: string): number => records.filter((each) => each.status === status).length;
  const moved = records.filter(({ averageBytesPerSecond }) => averageBytesPerSecond > 0);
  const seconds = moved.reduce((time, each) => time + each.bytesFetched / each.averageBytesPerSecond, 0);
  const bytesFetched = sum((each) => each.bytesFetched);
  return {
    total: records.length,
    completed: count("completed"),
    failed: count("failed"),
    cancelled: count("cancelled"),
    successRate: count("completed") / Math.max(1, records.length),
    bytesFetched,
    bytesResumed: sum((each) => each.bytesResumed),
    averageBytesPerSecond: seconds === 0 ? 0 : bytesFetched / seconds,
    peakBytesPerSecond: Math.max(0, ...records.map((each) => each.peakBytesPerSecond)),
    retries: sum((each) => each.retries),
  };
}

function groups<Key extends string>(
  records: readonly HistoryRecord[],
  keyOf: (record: HistoryRecord) => string,
  name: Key,
): (HistoryCounts & Readonly<Record<Key, string>>)[] {
  const keys = [...new Set(records.map(keyOf))];
  return keys.map((key) =>
    ({ [name]: key, ...countsOf(records.filter((each) => keyOf(each) === key)) }) as
      & HistoryCounts
      & Record<Key, string>
  );
}

/** A history of records that can be changed, and the questions that it was asked. */
export function fakeHistory(
  records: readonly HistoryRecord[] = MANY,
  { damaged = 0 } = {},
): { readonly history: History; readonly queries: HistoryQuery[]; readonly cleared: HistoryFilter[] } {
  let kept = [...records];
  const queries: HistoryQuery[] = [];
  const cleared: HistoryFilter[] = [];
  const fits = (query: HistoryFilter) => (each: HistoryRecord): boolean =>
    (query.repo === undefined || each.repo === query.repo) &&
    (query.status === undefined || each.status === query.status) &&
    Date.parse(each.endedAt) >= (query.endedFromMs ?? 0) &&
    Date.parse(each.endedAt) < (query.endedBeforeMs ?? Infinity);
  const history: History = {
    list: (query = {}) => Promise.resolve(kept.filter(fits(query)).slice(0, query.limit ?? 50)),
    async *records(query = {}) {
      queries.push(query);
      await Promise.resolve();
      yield* kept.filter(fits(query));
    },
    find: (id) => Promise.resolve(kept.filter((each) => each.id === id)),
    stats: (query = {}) => {
      const found = kept.filter(fits(query));
      const perDay = groups(found, ({ endedAt }) => endedAt.slice(0, 10), "date").toReversed();
      const perRepo = groups(found, ({ repo }) => repo, "repo").toSorted((a, b) =>
        b.bytesFetched - a.bytesFetched
      );
      return Promise.resolve({ ...countsOf(found), perDay, perRepo, damaged });
    },
    clear: (query = {}) => {
      cleared.push(query);
      const before = kept.length;
      kept = kept.filter((each) => !fits(query)(each));
      return Promise.resolve(before - kept.length);
    },
  };
  return { history, queries, cleared };
}

/** The same as a part of a manager. */
export function withHistory(history: History): Partial<ModelManager> {
  return { history };
}
