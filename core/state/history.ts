/**
 * The transfer history in Deno KV.
 *
 * Keys are ordered by the time a transfer ended, so that "newest first" and "of the last 30 days" are ranges of
 * keys. Sums are worked out by reading all records (measured: 100,000 in half a second): so they are exact with every
 * filter, whoever writes and deletes meanwhile, and whatever is damaged. Counters would need read-then-write
 * transactions, which other processes make fail, and would have to follow every deletion.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { withKvRetry } from "../platform/kv.ts";
import { deleteKeys } from "./delete_keys.ts";
import type { HistoryFilter, HistoryQuery, HistoryRecord, HistoryStatistics } from "./history_record.ts";
import { StatisticsCounter } from "./history_statistics.ts";
import { peakOf, readRecord, type StoredRecord, toRecord, toStored } from "./history_value.ts";
import { isOpenAttempt, type OpenAttempt, type OpenAttemptEntry, withListsThatFit } from "./open_attempt.ts";

/** How a history store works. */
export interface HistoryStoreOptions {
  readonly clock?: Clock;
  /** Other machines use the store as well. @default {false} */
  readonly isShared?: boolean;
  /** Id of this installation, where machines share the store. */
  readonly installation?: string | undefined;
  /** Told, once, of records that cannot be read. */
  readonly onNotice?: (message: string) => void;
}

const RECORDS = "history";
const FILES = "history_files";
const OPEN = "history_open";
/** When old records were last deleted. */
const SWEPT: Deno.KvKey = ["history_swept"];
/** The most that Deno KV reads at once. */
const READ_BATCH = 1000;
const DEFAULT_LIMIT = 50;
/** The last time whose nine digits of base 36 sort as times do, in the year 5188. */
const LAST_TIME_MS = 36 ** 9 - 1;

function timeKey(ms: number): string {
  return Math.min(LAST_TIME_MS, Math.max(0, Math.ceil(ms))).toString(36).padStart(9, "0");
}

/**
 * The history of this machine.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { HistoryStore } from "./history.ts";
 *
 * using kv = await Deno.openKv(":memory:");
 * const history = new HistoryStore(kv);
 * await history.append({
 *   reference: "acme/tiny:Q8_0",
 *   repo: "acme/tiny",
 *   revision: "main",
 *   commit: "0123456789abcdef0123456789abcdef01234567",
 *   files: ["tiny-Q8_0.gguf"],
 *   status: "completed",
 *   bytesFetched: 1_000_000,
 *   bytesResumed: 0,
 *   averageBytesPerSecond: 500_000,
 *   peakBytesPerSecond: 600_000,
 *   retries: 0,
 *   startedAt: "2026-01-01T00:00:00.000Z",
 *   endedAt: "2026-01-01T00:00:02.000Z",
 * });
 * const [last] = await history.list({ limit: 1 });
 * assert.equal(last?.repo, "acme/tiny");
 * ```
 */
export class HistoryStore {
  /** Other machines use the store as well. */
  readonly isShared: boolean;
  /** Id of this installation, where machines share the store. */
  readonly installation: string | undefined;
  readonly #kv: Deno.Kv;
  readonly #clock: Clock;
  readonly #onNotice: (message: string) => void;
  #last: { readonly time: string; readonly chance: number } | undefined;
  #saidDamaged = false;

  constructor(kv: Deno.Kv, options: HistoryStoreOptions = {}) {
    this.#kv = kv;
    this.#clock = options.clock ?? systemClock;
    this.#onNotice = options.onNotice ?? (() => {});
    this.isShared = options.isShared ?? false;
    this.installation = options.installation;
  }

  /** Adds a record; it gets its id here. */
  async append(record: Omit<HistoryRecord, "id">): Promise<HistoryRecord> {
    const { added, value } = await this.#prepare(record);
    await this.#retry(() => this.#kv.set([RECORDS, added.id], value));
    return added;
  }

  /** Notes that an attempt has begun. @returns what ends it. */
  async open(attempt: OpenAttempt): Promise<OpenAttemptEntry> {
    const kept = withListsThatFit(attempt);
    const { versionstamp } = await this.#retry(() => this.#kv.set([OPEN, attempt.id], { ...kept, v: 1 }));
    return { attempt: kept, version: versionstamp };
  }

  /** Attempts that have begun and not ended; those of processes that were killed among them. */
  async openAttempts(): Promise<OpenAttemptEntry[]> {
    return await this.#retry(async () => {
      const entries: OpenAttemptEntry[] = [];
      for await (const { value, versionstamp } of this.#kv.list<unknown>({ prefix: [OPEN] })) {
        if (!isOpenAttempt(value)) continue;
        const { v: _, ...attempt } = value;
        entries.push({ attempt, version: versionstamp });
      }
      return entries;
    });
  }

  /**
   * Ends an attempt, with its record when there is one, at once: of all who end it, one succeeds.
   *
   * @returns whether this was the one.
   */
  async close(entry: OpenAttemptEntry, record?: Omit<HistoryRecord, "id">): Promise<boolean> {
    const key = [OPEN, entry.attempt.id];
    const prepared = record === undefined ? undefined : await this.#prepare(record);
    const { ok } = await this.#retry(() => {
      const transaction = this.#kv.atomic().check({ key, versionstamp: entry.version }).delete(key);
      if (prepared !== undefined) transaction.set([RECORDS, prepared.added.id], prepared.value);
      return transaction.commit();
    });
    const unused = ok || prepared === undefined ? [] : fileKeys(prepared.added.id, prepared.fileParts);
    for (const part of unused) await this.#retry(() => this.#kv.delete(part));
    return ok;
  }

  /** Records, newest first. */
  async list(query: HistoryQuery = {}): Promise<HistoryRecord[]> {
    return await Array.fromAsync(this.records({ ...query, limit: query.limit ?? DEFAULT_LIMIT }));
  }

  /** All records that match, newest first, as they are read. */
  async *records(query: HistoryQuery = {}): AsyncGenerator<HistoryRecord, void, undefined> {
    const { limit = Infinity } = query;
    if (limit <= 0) return;
    let count = 0;
    const damaged: string[] = [];
    const how = { reverse: true, atOnce: Math.min(limit, READ_BATCH), damaged };
    try {
      for await (const stored of this.#select(query, how)) {
        yield toRecord(stored, await this.#moreFiles(stored));
        if (++count >= limit) return;
      }
    } finally {
      this.#sayDamaged(damaged);
    }
  }

  /** The records whose id begins so: none, one, or two when it is not unique. */
  async find(id: string): Promise<HistoryRecord[]> {
    const found: HistoryRecord[] = [];
    const range = { start: [RECORDS, id], end: [RECORDS, `${id}\u{10ffff}`] };
    for await (const { key, value } of this.#kv.list<unknown>(range)) {
      const stored = readRecord(key[1], value);
      if (typeof stored === "string") continue;
      const record = toRecord(stored, await this.#moreFiles(stored));
      if (record.id === id) return [record];
      found.push(record);
      if (found.length === 2) break;
    }
    return found;
  }

  /** Sums over the records that match. */
  async stats(query: HistoryFilter = {}): Promise<HistoryStatistics> {
    const counter = new StatisticsCounter();
    const damaged: string[] = [];
    const selector = this.#selector(query);
    // Without a generator in between: it would cost a tenth of the time that many records take.
    for await (const entry of this.#entries(selector, { reverse: false, atOnce: READ_BATCH })) {
      const stored = readMatching(entry, query, damaged);
      if (stored !== undefined) counter.add(stored, peakOf(stored));
    }
    this.#sayDamaged(damaged);
    return { ...counter.result(), damaged: damaged.length };
  }

  /**
   * Deletes the records that match; without a filter also those that cannot be read.
   *
   * @param options.atMost So many of them, the oldest first. @default all
   * @returns how many records were deleted.
   */
  async clear(query: HistoryFilter = {}, options: { readonly atMost?: number } = {}): Promise<number> {
    const { atMost = Infinity } = options;
    let deleted = 0;
    const damaged: string[] = [];
    const select = () => this.#select(query, { reverse: false, atOnce: READ_BATCH, damaged });
    const isAll = Object.values(query).every((value) => value === undefined);
    const keys = async function* (): AsyncGenerator<Deno.KvKey, void, undefined> {
      for await (const record of select()) {
        if (deleted >= atMost) return;
        yield* fileKeys(record.id, record.fileParts);
        yield [RECORDS, record.id];
        deleted += 1;
      }
      for (const id of isAll ? damaged : []) {
        yield [RECORDS, id];
        deleted += 1;
      }
    };
    await deleteKeys(this.#kv, keys(), { clock: this.#clock });
    return deleted;
  }

  /** When old records were last deleted, in milliseconds since 1970; 0 when they never were. */
  async sweptAtMs(): Promise<number> {
    const { value } = await this.#retry(() => this.#kv.get<unknown>(SWEPT));
    return typeof value === "number" ? value : 0;
  }

  /** Notes that old records have been deleted. */
  async noteSwept(atMs: number): Promise<void> {
    await this.#retry(() => this.#kv.set(SWEPT, atMs));
  }

  async #prepare(
    record: Omit<HistoryRecord, "id">,
  ): Promise<{ readonly added: HistoryRecord; readonly value: Uint8Array; readonly fileParts: number }> {
    const endedAtMs = Date.parse(record.endedAt);
    const id = this.#nextId(Number.isNaN(endedAtMs) ? this.#clock.now() : endedAtMs);
    const added = { id, ...record };
    const { value, parts } = toStored(added);
    // The parts first, each in its own write: together they may be more than one transaction takes.
    for (const [index, part] of parts.entries()) {
      await this.#retry(() => this.#kv.set([FILES, id, index], part));
    }
    return { added, value, fileParts: parts.length };
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

  /** The range of keys of a time; `undefined` when it is empty. */
  #selector(query: HistoryFilter): Deno.KvListSelector | undefined {
    const { sinceMs, endedFromMs, endedBeforeMs } = query;
    const fromMs = Math.max(
      endedFromMs ?? -Infinity,
      sinceMs === undefined ? -Infinity : this.#clock.now() - sinceMs,
    );
    const prefix = [RECORDS];
    const start = [RECORDS, timeKey(fromMs)];
    if (endedBeforeMs === undefined) return fromMs === -Infinity ? { prefix } : { prefix, start };
    const end = [RECORDS, timeKey(endedBeforeMs)];
    if (fromMs === -Infinity) return { prefix, end };
    return fromMs < endedBeforeMs ? { start, end } : undefined;
  }

  async *#select(
    query: HistoryFilter,
    options: {
      readonly reverse: boolean;
      readonly atOnce: number;
      /** Takes the ids of what cannot be read. */
      readonly damaged: string[];
    },
  ): AsyncGenerator<StoredRecord, void, undefined> {
    const { damaged, ...how } = options;
    for await (const entry of this.#entries(this.#selector(query), how)) {
      const stored = readMatching(entry, query, damaged);
      if (stored !== undefined) yield stored;
    }
  }

  #entries(
    selector: Deno.KvListSelector | undefined,
    { reverse, atOnce }: { readonly reverse: boolean; readonly atOnce: number },
  ): AsyncIterable<Deno.KvEntry<unknown>> | [] {
    return selector === undefined ? [] : this.#kv.list<unknown>(selector, { reverse, batchSize: atOnce });
  }

  #sayDamaged({ length, 0: first }: readonly string[]): void {
    if (first === undefined || this.#saidDamaged) return;
    this.#saidDamaged = true;
    const what = length === 1
      ? `a damaged record of the history (${first}); it stays`
      : `${length} damaged records of the history (${first} and others); they stay`;
    this.#onNotice(`Skipped ${what} until all of it is deleted: mm history clear`);
  }

  async #moreFiles(record: StoredRecord): Promise<string[]> {
    const files: string[] = [];
    for (const key of fileKeys(record.id, record.fileParts)) {
      const { value } = await this.#kv.get<readonly string[]>(key);
      if (Array.isArray(value)) files.push(...value);
    }
    return files;
  }

  #retry<T>(operation: () => Promise<T>): Promise<T> {
    return withKvRetry(operation, { clock: this.#clock });
  }
}

/** The record that an entry holds, if it fits; damage is noted. */
function readMatching(
  { key, value }: Deno.KvEntry<unknown>,
  { repo, status }: HistoryFilter,
  damaged: string[],
): StoredRecord | undefined {
  const stored = readRecord(key[1], value);
  if (stored === "damaged") damaged.push(String(key[1]));
  if (typeof stored === "string") return undefined;
  const fits = (repo === undefined || stored.repo === repo) &&
    (status === undefined || stored.status === status);
  return fits ? stored : undefined;
}

function* fileKeys(id: string, parts = 0): Generator<Deno.KvKey, void, undefined> {
  for (let part = 0; part < parts; part++) yield [FILES, id, part];
}
