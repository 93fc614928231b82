/**
 * History records as the store keeps them: their shape, what of it is damage, and lists of files of any length.
 *
 * A record is stored as the bytes of its JSON: 100,000 of them are read in two thirds of the time that objects take.
 *
 * @module
 */
import type { HistoryRecord } from "./history_record.ts";

/** A record as it is stored; what is not known is left out. */
export interface StoredRecord extends Omit<HistoryRecord, "peakBytesPerSecond" | "revision" | "commit"> {
  readonly revision?: string | undefined;
  readonly commit?: string | undefined;
  /** Version of this shape. */
  readonly v: 1;
  /** Records of earlier releases have none. */
  readonly peakBytesPerSecond?: number;
  /** How many further values hold file names that did not fit. */
  readonly fileParts?: number;
}

/** What cannot be read: by a later release, not ours to read or delete; or damage. */
export type Unreadable = "later" | "damaged";

/** Bytes of file names in one value: a value may have 64 KiB, names take up to twice that as UTF-16. */
const PART_BYTES = 24 * 1024;
const INLINE_BYTES = 8 * 1024;
const MAX_FILE_PARTS = 64;

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value < Infinity;
}

/** Days are counted by it: in the form that it is written in, or in any other that is a date. */
function isDate(value: unknown): boolean {
  return typeof value === "string" && (UTC_DATE.test(value) || !Number.isNaN(Date.parse(value)));
}

const UTC_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Reads what is stored under an id. */
export function readRecord(id: unknown, value: unknown): StoredRecord | Unreadable {
  const decoded = value instanceof Uint8Array ? parse(value) : value;
  if (typeof decoded !== "object" || decoded === null || !("v" in decoded)) return "damaged";
  if (typeof decoded.v === "number" && decoded.v > 1) return "later";
  return isSound(decoded, id) ? decoded : "damaged";
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

function isSound(value: object, id: unknown): value is StoredRecord {
  const record = value as Partial<StoredRecord>;
  const { status, error, fileParts, peakBytesPerSecond, bytesReused } = record;
  return record.v === 1 && record.id === id && isText(record.repo) && isText(record.reference) &&
    (status === "completed" || status === "failed" || status === "cancelled") &&
    Array.isArray(record.files) && (fileParts === undefined || isCount(fileParts)) &&
    isCount(record.bytesFetched) && isCount(record.bytesResumed) && isCount(record.averageBytesPerSecond) &&
    (bytesReused === undefined || isCount(bytesReused)) &&
    (peakBytesPerSecond === undefined || isCount(peakBytesPerSecond)) && isCount(record.retries) &&
    isDate(record.endedAt) && isText(record.startedAt) &&
    (error === undefined || (isText(error?.code) && isText(error?.message)));
}

/** The peak, where it is not known the least that it can have been. */
export function peakOf({ peakBytesPerSecond, averageBytesPerSecond }: StoredRecord): number {
  return peakBytesPerSecond ?? averageBytesPerSecond;
}

/** A record from its stored form, with the file names that were stored apart from it. */
export function toRecord(stored: StoredRecord, moreFiles: readonly string[]): HistoryRecord {
  const { v: _, fileParts: __, ...record } = stored;
  return {
    ...record,
    revision: stored.revision,
    commit: stored.commit,
    files: moreFiles.length === 0 ? stored.files : [...stored.files, ...moreFiles],
    peakBytesPerSecond: peakOf(stored),
  };
}

/** What a record is stored as, and the file names that are stored apart from it. */
export function toStored(
  record: HistoryRecord,
): { readonly value: Uint8Array; readonly parts: readonly (readonly string[])[] } {
  const [files = [], ...parts] = splitNames(record.files, { firstBytes: INLINE_BYTES });
  const fileParts = parts.length === 0 ? {} : { fileParts: parts.length };
  const stored: StoredRecord = { ...record, files, v: 1, ...fileParts };
  return { value: encoder.encode(JSON.stringify(stored)), parts };
}

/** Names in lists small enough for one value each; only the very longest lists lose their end. */
function splitNames(names: readonly string[], options: { readonly firstBytes: number }): string[][] {
  const parts: string[][] = [[]];
  let room = options.firstBytes;
  for (const name of names) {
    const size = sizeOf(name);
    if (size > room) {
      parts.push([]);
      room = PART_BYTES;
    }
    parts.at(-1)?.push(name);
    room -= size;
  }
  return parts.slice(0, MAX_FILE_PARTS + 1);
}

function sizeOf(text: string): number {
  return text.length * 2 + 8;
}
