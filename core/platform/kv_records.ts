/**
 * The records of a Deno KV database that is damaged: all that stand on pages that can be relied on.
 *
 * @module
 */
import { decodeKvKey, decodeKvValue } from "./kv_encoding.ts";
import type { SqlitePages } from "./sqlite_pages.ts";
import { type PageContents, readPage, type SqliteRecord } from "./sqlite_records.ts";

/** A record as it was written. */
export interface KvRecord {
  readonly key: Deno.KvKey;
  readonly value: unknown;
  /** When it is to go, in milliseconds since 1970; `undefined`: never. */
  readonly expiresAtMs: number | undefined;
  /** Counts the changes of the whole store. */
  readonly version: number;
  /** The key as a text; different for different keys. */
  readonly name: string;
  /** What the key takes in the store. */
  readonly keyBytes: number;
  /** What key and value take. */
  readonly sizeBytes: number;
}

/** Where Deno KV's one table of records begins, unless the first page says otherwise. */
const USUAL_ROOT = 4;
const TABLE = "kv";
/** Key, value, encoding and version; the rest came later. */
const MIN_COLUMNS = 4;
const MAX_COLUMNS = 6;

function isSmaller(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return a.length < b.length;
}

function isRow(record: SqliteRecord): boolean {
  const [key, value, ...numbers] = record;
  return record.length >= MIN_COLUMNS && record.length <= MAX_COLUMNS && key instanceof Uint8Array &&
    value instanceof Uint8Array && numbers.every((number) => typeof number === "number");
}

/** A page of the table of records: every row on it is one, and they are sorted. */
function readTablePage(pages: SqlitePages, page: number): PageContents | undefined {
  const contents = readPage(pages, page);
  if (contents === undefined || contents.kind === "table-leaf" || !contents.records.every(isRow)) {
    return undefined;
  }
  let last: Uint8Array | undefined;
  for (const [key] of contents.records) {
    if (!(key instanceof Uint8Array) || (last !== undefined && !isSmaller(last, key))) return undefined;
    last = key;
  }
  return contents;
}

function rootOf(pages: SqlitePages): number {
  if (!pages.hasHeader) return USUAL_ROOT;
  for (const [, name, , root] of readPage(pages, 1)?.records ?? []) {
    const isTable = typeof name === "object" && name !== null && "text" in name && name.text === TABLE;
    if (isTable && typeof root === "number") return root;
  }
  return USUAL_ROOT;
}

/** Pages that are in no use, whose old records are none any more; `undefined` when it cannot be known. */
function freePages(pages: SqlitePages): ReadonlySet<number> | undefined {
  const first = pages.hasHeader ? pages.read(1) : undefined;
  if (first === undefined) return undefined;
  const header = new DataView(first.buffer, first.byteOffset, 100);
  const free = new Set<number>();
  for (let trunk = header.getUint32(32); trunk !== 0;) {
    const bytes = free.has(trunk) || trunk > pages.count ? undefined : pages.read(trunk);
    if (bytes === undefined) return undefined;
    free.add(trunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = view.getUint32(4);
    if (count > pages.pageBytes / 4 - 2) return undefined;
    for (let index = 0; index < count; index++) free.add(view.getUint32(8 + index * 4));
    trunk = view.getUint32(0);
  }
  return free.size === header.getUint32(36) ? free : undefined;
}

/** What is found from the root downward. */
interface Reached {
  readonly pages: readonly number[];
  /** These, and the pages that their rows continue on. */
  readonly used: ReadonlySet<number>;
  /** A page that leads to others may be lost. */
  readonly isBroken: boolean;
}

function reach(pages: SqlitePages, hasTime: () => boolean): Reached {
  const reached: number[] = [];
  const used = new Set<number>();
  let isBroken = false;
  const open = [rootOf(pages)];
  for (let page = open.pop(); page !== undefined && hasTime(); page = open.pop()) {
    const contents = used.has(page) || page > pages.count ? undefined : readTablePage(pages, page);
    if (contents === undefined) {
      isBroken = true;
      continue;
    }
    reached.push(page);
    used.add(page);
    for (const other of contents.overflow) used.add(other);
    open.push(...contents.children.toReversed());
  }
  return { pages: reached, used, isBroken };
}

function toRecord([key, value, encoding, version, , expires]: SqliteRecord): KvRecord | undefined {
  if (!(key instanceof Uint8Array && value instanceof Uint8Array)) return undefined;
  const decoded = decodeKvKey(key);
  const content = decodeKvValue(value, encoding);
  if (decoded === undefined || content === undefined) return undefined;
  return {
    key: decoded,
    value: content.value,
    expiresAtMs: typeof expires === "number" && expires > 0 ? expires : undefined,
    version: Number(version),
    name: key.toHex(),
    keyBytes: key.length,
    sizeBytes: key.length + value.length,
  };
}

function* recordsOf(pages: SqlitePages, page: number): Generator<KvRecord> {
  for (const row of readTablePage(pages, page)?.records ?? []) {
    const record = toRecord(row);
    if (record !== undefined) yield record;
  }
}

/** What the table still leads to, then what stands on pages that nothing leads to any more, the newest first. */
function* allRecords(pages: SqlitePages, hasTime: () => boolean): Generator<KvRecord> {
  const reached = reach(pages, hasTime);
  for (const page of reached.pages) yield* recordsOf(pages, page);
  const free = reached.isBroken ? freePages(pages) : undefined;
  if (free === undefined) return;
  const lost: KvRecord[] = [];
  for (let page = 2; page <= pages.count && hasTime(); page++) {
    if (!free.has(page) && !reached.used.has(page)) lost.push(...recordsOf(pages, page));
  }
  yield* lost.sort((a, b) => b.version - a.version);
}

/**
 * All records that can be read, each key once and as it was last.
 *
 * Pages that are lost to the table are taken only when it is known which pages were free: those hold what was deleted.
 */
export function* readableRecords(
  pages: SqlitePages,
  { hasTime }: { readonly hasTime: () => boolean },
): Generator<KvRecord> {
  const seen = new Set<string>();
  for (const record of allRecords(pages, hasTime)) {
    if (!hasTime()) return;
    if (seen.has(record.name)) continue;
    seen.add(record.name);
    yield record;
  }
}
