/**
 * The history, some records at a time.
 *
 * @module
 */
import type { History, HistoryFilter, HistoryRecord } from "../../../core/state/history_record.ts";
import { isOfRepo } from "./history_choice.ts";

/** Which records are read. */
export interface PageRequest {
  readonly filter: HistoryFilter;
  /** A part of the name of the repository. */
  readonly repo: string;
  /** Records that are there already, newest first: what is older follows. */
  readonly known: readonly HistoryRecord[];
  /** At most so many. */
  readonly size: number;
  /** Asked again and again: once it says no, nothing more is read. */
  readonly isWanted: () => boolean;
}

/** Records, newest first. */
export interface HistoryPage {
  readonly records: readonly HistoryRecord[];
  /** There are older ones. */
  readonly hasMore: boolean;
}

/** Reads records; of many that ended within the same millisecond, each comes once. */
export async function readPage(
  history: Pick<History, "records">,
  { filter, repo, known, size, isWanted }: PageRequest,
): Promise<HistoryPage> {
  const last = known.at(-1);
  const ids = new Set(known.map(({ id }) => id));
  const endedBeforeMs = last === undefined ? NaN : Date.parse(last.endedAt) + 1;
  const records: HistoryRecord[] = [];
  const query = Number.isNaN(endedBeforeMs) ? filter : { ...filter, endedBeforeMs };
  for await (const record of history.records(query)) {
    if (!isWanted()) break;
    if (ids.has(record.id) || !isOfRepo(record, repo)) continue;
    if (records.length === size) return { records, hasMore: true };
    records.push(record);
  }
  return { records, hasMore: false };
}
