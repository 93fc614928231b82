/**
 * What stands on a page of an SQLite database: the records of a table, or the way to its other pages. A page on which
 * anything is not as it must be is refused as a whole, so that no chance bytes are taken for a record.
 *
 * @module
 */
import type { SqlitePages } from "./sqlite_pages.ts";

/** A column's value as SQLite keeps it; a text is given as its bytes. */
export type SqliteValue = null | number | bigint | { readonly text: string } | Uint8Array;

/** One row. */
export type SqliteRecord = readonly SqliteValue[];

/** What kinds of pages there are: of a table with row numbers, or of one that is sorted by its key. */
export type PageKind = "index-leaf" | "index-inner" | "table-leaf";

/** What a page holds. */
export interface PageContents {
  readonly kind: PageKind;
  /** The pages below, in the order of their keys. */
  readonly children: readonly number[];
  /** Rows; those that continue on other pages which cannot be read are not among them. */
  readonly records: readonly SqliteRecord[];
  /** Pages that rows continue on. */
  readonly overflow: readonly number[];
  /** How many rows could not be read. */
  readonly unreadable: number;
}

const KINDS: Readonly<Record<number, PageKind>> = { 2: "index-inner", 10: "index-leaf", 13: "table-leaf" };
const FIRST_PAGE_HEADER = 100;
/** More than a row of ours can have. */
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

/** A number of one to nine bytes, and where it ends; `undefined` when it is cut or larger than is exact. */
function readVarint(bytes: Uint8Array, at: number): readonly [number, number] | undefined {
  let value = 0n;
  for (let index = 0; index < 9; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    value = index === 8 ? (value << 8n) | BigInt(byte) : (value << 7n) | BigInt(byte & 0x7f);
    if (index < 8 && byte >= 0x80) continue;
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? [Number(value), at + index + 1] : undefined;
  }
  return undefined;
}

function sizeOfType(type: number): number | undefined {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][type];
}

function readInteger(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  value = BigInt.asIntN(bytes.length * 8, value);
  return BigInt(Number(value)) === value ? Number(value) : value;
}

function readValue(type: number, bytes: Uint8Array): SqliteValue {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
  if (type < 7) return readInteger(bytes);
  return type % 2 === 0 ? bytes : { text: new TextDecoder().decode(bytes) };
}

/** A row from its bytes; `undefined` when they are not exactly one row. */
export function readRecord(payload: Uint8Array): SqliteRecord | undefined {
  const header = readVarint(payload, 0);
  if (header === undefined) return undefined;
  const [headerBytes] = header;
  let at = header[1];
  let end = headerBytes;
  const values: SqliteValue[] = [];
  while (at < headerBytes) {
    const read = readVarint(payload, at);
    const size = read === undefined ? undefined : sizeOfType(read[0]);
    if (read === undefined || size === undefined || end + size > payload.length) return undefined;
    values.push(readValue(read[0], payload.subarray(end, end + size)));
    at = read[1];
    end += size;
  }
  return at === headerBytes && end === payload.length ? values : undefined;
}

/** How many bytes of a row stand on its own page; the rest is on others. */
function localBytes(
  payloadBytes: number,
  facts: { readonly usable: number; readonly kind: PageKind },
): number {
  const { usable, kind } = facts;
  const most = kind === "table-leaf" ? usable - 35 : Math.floor((usable - 12) * 64 / 255) - 23;
  if (payloadBytes <= most) return payloadBytes;
  const least = Math.floor((usable - 12) * 32 / 255) - 23;
  const fitting = least + (payloadBytes - least) % (usable - 4);
  return fitting <= most ? fitting : least;
}

interface Cell {
  readonly start: number;
  readonly end: number;
  readonly child: number | undefined;
  readonly payloadBytes: number;
  readonly local: Uint8Array;
  /** Where the row goes on; 0 when it is all here. */
  readonly next: number;
}

function readCell(
  bytes: Uint8Array,
  start: number,
  facts: { usable: number; kind: PageKind },
): Cell | undefined {
  const { usable, kind } = facts;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isInner = kind === "index-inner";
  const size = readVarint(bytes, isInner ? start + 4 : start);
  if (size === undefined || size[0] > MAX_PAYLOAD_BYTES) return undefined;
  const row = kind === "table-leaf" ? readVarint(bytes, size[1]) : size;
  if (row === undefined) return undefined;
  const [payloadBytes] = size;
  const at = row[1];
  const local = localBytes(payloadBytes, facts);
  const isCut = local < payloadBytes;
  const end = at + local + (isCut ? 4 : 0);
  if (end > usable) return undefined;
  return {
    start,
    end,
    child: isInner ? view.getUint32(start) : undefined,
    payloadBytes,
    local: bytes.subarray(at, at + local),
    next: isCut ? view.getUint32(at + local) : 0,
  };
}

/** The cells of a page in the order of their keys; none when one is wrong, or two lie over each other. */
function readCells(
  bytes: Uint8Array,
  facts: { usable: number; kind: PageKind; at: number },
): Cell[] | undefined {
  const { usable, kind, at } = facts;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint16(at + 3);
  const pointers = at + (kind === "index-inner" ? 12 : 8);
  const contentAt = view.getUint16(at + 5) || 65_536;
  if (pointers + count * 2 > contentAt || contentAt > usable || (bytes[at + 7] ?? 255) > 60) return undefined;
  const cells: Cell[] = [];
  for (let index = 0; index < count; index++) {
    const start = view.getUint16(pointers + index * 2);
    const cell = start >= contentAt && start < usable ? readCell(bytes, start, facts) : undefined;
    if (cell === undefined) return undefined;
    cells.push(cell);
  }
  const placed = [...cells].sort((a, b) => a.start - b.start);
  return placed.some((cell, index) => cell.start < (placed[index - 1]?.end ?? 0)) ? undefined : cells;
}

function isWiped(bytes: Uint8Array): boolean {
  const [first] = bytes;
  return (first === 0 || first === 0xff) && bytes.every((byte) => byte === first);
}

/** The whole row of a cell; the pages that it continues on are added to `used`. */
function gather(cell: Cell, pages: SqlitePages, used: number[]): Uint8Array | undefined {
  const usable = pages.pageBytes - pages.reservedBytes;
  const payload = new Uint8Array(cell.payloadBytes);
  payload.set(cell.local);
  let filled = cell.local.length;
  let next = cell.next;
  while (filled < payload.length) {
    const bytes = next <= pages.count ? pages.read(next) : undefined;
    if (bytes === undefined) return undefined;
    used.push(next);
    const part = bytes.subarray(4, Math.min(usable, 4 + payload.length - filled));
    // A page that was wiped names no further page either, as the last one.
    if (part.length > 16 && isWiped(part)) return undefined;
    payload.set(part, filled);
    filled += part.length;
    next = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  }
  // The last page names no other one.
  return next === 0 ? payload : undefined;
}

/** What stands on a page; `undefined` when it is no page of a table, or cannot be relied on. */
export function readPage(pages: SqlitePages, page: number): PageContents | undefined {
  const bytes = pages.read(page);
  if (bytes === undefined) return undefined;
  const at = page === 1 ? FIRST_PAGE_HEADER : 0;
  const kind = KINDS[bytes[at] ?? 0];
  if (kind === undefined) return undefined;
  const cells = readCells(bytes, { usable: pages.pageBytes - pages.reservedBytes, kind, at });
  if (cells === undefined) return undefined;
  const overflow: number[] = [];
  const records: SqliteRecord[] = [];
  for (const cell of cells) {
    const payload = gather(cell, pages, overflow);
    const record = payload === undefined ? undefined : readRecord(payload);
    if (record !== undefined) records.push(record);
    // What stands on the page itself was found sound: then it is the page itself that cannot be relied on.
    else if (cell.next === 0) return undefined;
  }
  const children = cells.flatMap(({ child }) => child ?? []);
  if (kind === "index-inner") {
    children.push(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at + 8));
  }
  return { kind, children, records, overflow, unreadable: cells.length - records.length };
}
