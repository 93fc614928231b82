/**
 * The transfer history in Deno KV.
 *
 * Keys are ordered by the time a transfer ended, so that "newest first" and "of the last 30 days" are ranges of
 * keys. Sums are worked out by reading all records (measured: 100,000 in half a second): counters would need
 * read-then-write transactions, which other processes make fail.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { withKvRetry } from "../platform/kv.ts";
import { deleteKeys } from "./delete_keys.ts";
import type { History, HistoryQuery, HistoryRecord, HistoryStatistics } from "./history_record.ts";

/** How a history store works. */
export interface HistoryStoreOptions {
  readonly clock?: Clock;
}

/** A record as it is stored. */
interface StoredRecord extends HistoryRecord {
  /** Version of this shape. */
  readonly v: 1;
  /** How many further values hold file names that did not fit. */
  readonly fileParts?: number;
}

const RECORDS = "history";
const FILES = "history_files";
/** The most that Deno KV reads at once. */
const READ_BATCH = 1000;
const DEFAULT_LIMIT = 50;
/** Bytes of file names in one value: a value may have 64 KiB, names take up to twice that as UTF-16. */
const PART_BYTES = 24 * 1024;
const INLINE_BYTES = 8 * 1024;
const MAX_FILE_PARTS = 64;

type Filter = Omit<HistoryQuery, "limit">;

function isStoredRecord(value: unknown): value is StoredRecord {
  return typeof value === "object" && value !== null && "v" in value && value.v === 1;
}

/** Nine digits of base 36 reach to the year 5188, so that ids sort as times do. */
function timeKey(ms: number): string {
  return Math.max(0, Math.trunc(ms)).toString(36).padStart(9, "0");
}

/** File names in lists small enough for one value each; the first one goes with the record. */
function splitFiles(files: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  let room = INLINE_BYTES;
  for (const file of files) {
    const size = file.length * 2 + 8;
    if (size > room) {
      parts.push([]);
      room = PART_BYTES;
    }
    parts.at(-1)?.push(file);
    room -= size;
  }
  return parts.slice(0, MAX_FILE_PARTS + 1);
}

function toRecord(stored: StoredRecord, moreFiles: readonly string[]): HistoryRecord {
  const { v: _, fileParts: __, ...record } = stored;
  return moreFiles.length === 0 ? record : { ...record, files: [...record.files, ...moreFiles] };
}

/**
 * The history of this machine.
 *
 * @example
 * ```ts ignore
 * const history = new HistoryStore(kv);
 * await history.append({ reference, repo, … });
 * const [last] = await history.list({ limit: 1 });
 * ```
 */
export class HistoryStore implements History {
  readonly #kv: Deno.Kv;
  readonly #clock: Clock;
  #last: { readonly time: string; readonly chance: number } | undefined;

  constructor(kv: Deno.Kv, options: HistoryStoreOptions = {}) {
    this.#kv = kv;
    this.#clock = options.clock ?? systemClock;
  }

  /** Adds a record; it gets its id here. */
  async append(record: Omit<HistoryRecord, "id">): Promise<HistoryRecord> {
    const endedAtMs = Date.parse(record.endedAt);
    const id = this.#nextId(Number.isNaN(endedAtMs) ? this.#clock.now() : endedAtMs);
    const [files = [], ...parts] = splitFiles(record.files);
    const stored: StoredRecord = {
      ...record,
      id,
      files,
      v: 1,
      ...(parts.length === 0 ? {} : { fileParts: parts.length }),
    };
    // The parts first, each in its own write: together they may be more than one transaction takes.
    for (const [index, part] of parts.entries()) await this.#write([FILES, id, index], part);
    await this.#write([RECORDS, id], stored);
    return { ...record, id };
  }

  /** Left to chance where processes could meet; what one store adds within a millisecond keeps its order. */
  #nextId(endedAtMs: number): string {
    const time = timeKey(endedAtMs);
    const chance = this.#last?.time === time
      ? this.#last.chance + 1
      : Math.floor(this.#clock.random() * (36 ** 8 / 2));
    this.#last = { time, chance };
    return `${time}-${chance.toString(36).padStart(8, "0")}`;
  }

  async list(query: HistoryQuery = {}): Promise<HistoryRecord[]> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const records: HistoryRecord[] = [];
    if (limit <= 0) return records;
    for await (const stored of this.#select(query, { reverse: true, atOnce: Math.min(limit, READ_BATCH) })) {
      records.push(toRecord(stored, await this.#moreFiles(stored)));
      if (records.length >= limit) break;
    }
    return records;
  }

  async stats(query: Filter = {}): Promise<HistoryStatistics> {
    const counts = { completed: 0, failed: 0, cancelled: 0 };
    let total = 0, bytesFetched = 0, bytesResumed = 0, seconds = 0;
    for await (const record of this.#select(query, { reverse: false, atOnce: READ_BATCH })) {
      total += 1;
      counts[record.status] += 1;
      bytesFetched += record.bytesFetched;
      bytesResumed += record.bytesResumed;
      // The time in which bytes moved: hashing and waiting are not in the record's average either.
      if (record.averageBytesPerSecond > 0) seconds += record.bytesFetched / record.averageBytesPerSecond;
    }
    return {
      total,
      ...counts,
      successRate: total === 0 ? 0 : counts.completed / total,
      bytesFetched,
      bytesResumed,
      averageBytesPerSecond: seconds === 0 ? 0 : bytesFetched / seconds,
    };
  }

  async clear(query: Filter = {}): Promise<number> {
    let deleted = 0;
    const select = (): AsyncIterable<StoredRecord> =>
      this.#select(query, { reverse: false, atOnce: READ_BATCH });
    const keys = async function* (): AsyncGenerator<Deno.KvKey, void, undefined> {
      for await (const record of select()) {
        for (let part = 0; part < (record.fileParts ?? 0); part++) yield [FILES, record.id, part];
        yield [RECORDS, record.id];
        deleted += 1;
      }
    };
    await deleteKeys(this.#kv, keys(), { clock: this.#clock });
    return deleted;
  }

  async *#select(
    query: Filter,
    options: { readonly reverse: boolean; readonly atOnce: number },
  ): AsyncGenerator<StoredRecord, void, undefined> {
    const prefix = [RECORDS];
    const since = query.sinceMs === undefined ? undefined : timeKey(this.#clock.now() - query.sinceMs);
    const selector = since === undefined ? { prefix } : { prefix, start: [RECORDS, since] };
    const entries = this.#kv.list<unknown>(selector, { reverse: options.reverse, batchSize: options.atOnce });
    for await (const { value } of entries) {
      // What a later version has written is not ours to read or to delete.
      if (!isStoredRecord(value)) continue;
      if (query.repo !== undefined && value.repo !== query.repo) continue;
      if (query.status !== undefined && value.status !== query.status) continue;
      yield value;
    }
  }

  async #moreFiles(record: StoredRecord): Promise<string[]> {
    const files: string[] = [];
    for (let index = 0; index < (record.fileParts ?? 0); index++) {
      const { value } = await this.#kv.get<readonly string[]>([FILES, record.id, index]);
      files.push(...value ?? []);
    }
    return files;
  }

  async #write(key: Deno.KvKey, value: unknown): Promise<void> {
    await withKvRetry(() => this.#kv.set(key, value), { clock: this.#clock });
  }
}
