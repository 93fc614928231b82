/**
 * Sums over history records: pure, fed one record after the other.
 *
 * @module
 */
import type { HistoryCounts, HistoryRecord, HistoryStatistics } from "./history_record.ts";

/** What the sums are made of. */
export type CountedRecord = Pick<
  HistoryRecord,
  | "repo"
  | "status"
  | "bytesFetched"
  | "bytesResumed"
  | "averageBytesPerSecond"
  | "retries"
  | "endedAt"
>;

/** Sums of one group; changed in place, for there may be 100,000 records. */
class Counts {
  completed = 0;
  failed = 0;
  cancelled = 0;
  bytesFetched = 0;
  bytesResumed = 0;
  peakBytesPerSecond = 0;
  retries = 0;
  seconds = 0;

  add(record: CountedRecord, peakBytesPerSecond: number): void {
    this[record.status] += 1;
    this.bytesFetched += record.bytesFetched;
    this.bytesResumed += record.bytesResumed;
    this.retries += record.retries;
    if (peakBytesPerSecond > this.peakBytesPerSecond) this.peakBytesPerSecond = peakBytesPerSecond;
    // An attempt that moved nothing says nothing of speed.
    if (record.averageBytesPerSecond > 0) this.seconds += record.bytesFetched / record.averageBytesPerSecond;
  }

  /** Takes in what another group has. */
  merge(other: Counts): void {
    this.completed += other.completed;
    this.failed += other.failed;
    this.cancelled += other.cancelled;
    this.bytesFetched += other.bytesFetched;
    this.bytesResumed += other.bytesResumed;
    this.peakBytesPerSecond = Math.max(this.peakBytesPerSecond, other.peakBytesPerSecond);
    this.retries += other.retries;
    this.seconds += other.seconds;
  }

  result(): HistoryCounts {
    const { completed, failed, cancelled, bytesFetched, bytesResumed, peakBytesPerSecond, retries } = this;
    const total = completed + failed + cancelled;
    return {
      total,
      completed,
      failed,
      cancelled,
      successRate: total === 0 ? 0 : completed / total,
      bytesFetched,
      bytesResumed,
      averageBytesPerSecond: this.seconds === 0 ? 0 : bytesFetched / this.seconds,
      peakBytesPerSecond,
      retries,
    };
  }
}

/** `YYYY-MM-DD` in UTC, of a date that {@link Date.toISOString} wrote or one that only means the same. */
function dayOf(date: string): string {
  return date.length === 24 && date.endsWith("Z")
    ? date.slice(0, 10)
    : new Date(date).toISOString().slice(0, 10);
}

function groupOf(groups: Map<string, Counts>, name: string): Counts {
  let counts = groups.get(name);
  if (counts === undefined) groups.set(name, counts = new Counts());
  return counts;
}

/** Adds records up: all of them, by day, and by repository. */
export class StatisticsCounter {
  readonly #days = new Map<string, Counts>();
  readonly #repos = new Map<string, Counts>();

  /** Takes a record in, and its peak, which may not be in it; the order does not matter. */
  add(record: CountedRecord, peakBytesPerSecond: number): void {
    groupOf(this.#days, dayOf(record.endedAt)).add(record, peakBytesPerSecond);
    groupOf(this.#repos, record.repo).add(record, peakBytesPerSecond);
  }

  /** The sums so far. */
  result(): Omit<HistoryStatistics, "damaged"> {
    const perDay = [...this.#days].map(([date, counts]) => ({ date, ...counts.result() }));
    const perRepo = [...this.#repos].map(([repo, counts]) => ({ repo, ...counts.result() }));
    const all = new Counts();
    for (const counts of this.#days.values()) all.merge(counts);
    return {
      ...all.result(),
      perDay: perDay.sort((a, b) => a.date < b.date ? -1 : 1),
      perRepo: perRepo.sort((a, b) => b.bytesFetched - a.bytesFetched || (a.repo < b.repo ? -1 : 1)),
    };
  }
}
