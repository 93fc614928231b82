/**
 * Sums over the history: of all that is wanted, by day and by repository.
 *
 * @module
 */
import type {
  History,
  HistoryCounts,
  HistoryDay,
  HistoryFilter,
  HistoryRecord,
  HistoryRepo,
} from "../../../core/state/history_record.ts";
import { isOfRepo } from "./history_choice.ts";

/** Bytes that were moved on one day. */
export type DayBytes = Pick<HistoryDay, "date" | "bytesFetched">;

/** The sums. */
export interface HistoryFigures {
  readonly counts: HistoryCounts;
  /** The one with the most bytes first. */
  readonly repos: readonly HistoryRepo[];
  readonly days: readonly DayBytes[];
  /** Records that cannot be read; 0 when only some repositories are looked at. */
  readonly damaged: number;
  /** The last day that counts, in milliseconds since 1970. */
  readonly endMs: number;
}

/** How the sums are worked out. */
export interface FiguresRequest {
  readonly filter: HistoryFilter;
  /** A part of the name of the repository; empty for all. */
  readonly repo: string;
  readonly nowMs: number;
  /** Asked again and again: once it says no, nothing more is read. */
  readonly isWanted: () => boolean;
}

/** Days of which the bytes are wanted at most. */
const MAX_DAYS = 30;
const DAY_MS = 86_400_000;

/** Sums over sums: exact, but for the average speed, which is as exact as the ones that it is made of. */
export function sumCounts(all: readonly HistoryCounts[]): HistoryCounts {
  const sum = (value: (counts: HistoryCounts) => number): number =>
    all.reduce((total, counts) => total + value(counts), 0);
  const [total, completed] = [sum((counts) => counts.total), sum((counts) => counts.completed)];
  const moved = all.filter(({ averageBytesPerSecond }) => averageBytesPerSecond > 0);
  const movedBytes = moved.reduce((bytes, { bytesFetched }) => bytes + bytesFetched, 0);
  const seconds = moved.reduce((time, each) => time + each.bytesFetched / each.averageBytesPerSecond, 0);
  return {
    total,
    completed,
    failed: sum(({ failed }) => failed),
    cancelled: sum(({ cancelled }) => cancelled),
    successRate: total === 0 ? 0 : completed / total,
    bytesFetched: sum(({ bytesFetched }) => bytesFetched),
    bytesResumed: sum(({ bytesResumed }) => bytesResumed),
    averageBytesPerSecond: seconds === 0 ? 0 : movedBytes / seconds,
    peakBytesPerSecond: all.reduce((most, { peakBytesPerSecond }) => Math.max(most, peakBytesPerSecond), 0),
    retries: sum(({ retries }) => retries),
  };
}

/** Bytes by the day (UTC) on which records ended. */
async function bytesByDay(
  records: AsyncIterable<HistoryRecord>,
  { repo, isWanted }: Pick<FiguresRequest, "repo" | "isWanted">,
): Promise<DayBytes[]> {
  const bytes = new Map<string, number>();
  for await (const record of records) {
    if (!isWanted()) break;
    if (!isOfRepo(record, repo)) continue;
    const date = record.endedAt.slice(0, 10);
    bytes.set(date, (bytes.get(date) ?? 0) + record.bytesFetched);
  }
  return [...bytes].map(([date, bytesFetched]) => ({ date, bytesFetched }));
}

/** Works the sums out. */
export async function readFigures(
  history: Pick<History, "records" | "stats">,
  request: FiguresRequest,
): Promise<HistoryFigures> {
  const { filter, repo, nowMs } = request;
  const { perDay, perRepo, damaged, ...counts } = await history.stats(filter);
  if (repo.trim() === "") return { counts, repos: perRepo, days: perDay, damaged, endMs: nowMs };
  const repos = perRepo.filter((each) => isOfRepo(each, repo));
  const endedFromMs = Math.max(filter.endedFromMs ?? 0, nowMs - MAX_DAYS * DAY_MS);
  const days = repos.length === 0
    ? []
    : await bytesByDay(history.records({ ...filter, endedFromMs }), request);
  return { counts: sumCounts(repos), repos, days, damaged: 0, endMs: nowMs };
}
