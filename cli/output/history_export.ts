/**
 * The history as a file: JSON in the shape of `mm history list --json`, or CSV by RFC 4180. Both are made record by
 * record, however many there are.
 *
 * @module
 */
import type { HistoryRecord } from "../../core/state/history_record.ts";
import { toJson } from "./output.ts";

/** How the history can be exported. */
export const HISTORY_FORMATS = ["json", "csv"] as const;
/** One of {@link HISTORY_FORMATS}. */
export type HistoryFormat = typeof HISTORY_FORMATS[number];

const CSV_COLUMNS: readonly (readonly [name: string, cell: (record: HistoryRecord) => string | number])[] = [
  ["id", ({ id }) => id],
  ["reference", ({ reference }) => reference],
  ["repo", ({ repo }) => repo],
  ["revision", ({ revision }) => revision ?? ""],
  ["commit", ({ commit }) => commit ?? ""],
  ["status", ({ status }) => status],
  ["startedAt", ({ startedAt }) => startedAt],
  ["endedAt", ({ endedAt }) => endedAt],
  ["bytesFetched", ({ bytesFetched }) => bytesFetched],
  ["bytesResumed", ({ bytesResumed }) => bytesResumed],
  ["averageBytesPerSecond", ({ averageBytesPerSecond }) => averageBytesPerSecond],
  ["peakBytesPerSecond", ({ peakBytesPerSecond }) => peakBytesPerSecond],
  ["retries", ({ retries }) => retries],
  ["errorCode", ({ error }) => error?.code ?? ""],
  ["errorMessage", ({ error }) => error?.message ?? ""],
  ["files", ({ files }) => files.join("; ")],
];

/** What a spreadsheet would take for a formula when a cell begins with it. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A cell of a CSV file. Text that a spreadsheet would carry out gets an apostrophe before it. */
export function csvCell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

async function* toCsv(records: AsyncIterable<HistoryRecord>): AsyncGenerator<string, void, undefined> {
  yield csvLine(CSV_COLUMNS.map(([name]) => name));
  for await (const record of records) yield csvLine(CSV_COLUMNS.map(([, cell]) => cell(record)));
}

/** One record a line, so that other programs can take it apart by lines, too. */
async function* toJsonDocument(
  records: AsyncIterable<HistoryRecord>,
): AsyncGenerator<string, void, undefined> {
  let separator = "\n";
  yield '{"records":[';
  for await (const record of records) {
    yield separator + toJson(record);
    separator = ",\n";
  }
  yield "\n]}\n";
}

/** The text of the export, in pieces. */
export function exportText(
  records: AsyncIterable<HistoryRecord>,
  format: HistoryFormat,
): AsyncGenerator<string, void, undefined> {
  return format === "csv" ? toCsv(records) : toJsonDocument(records);
}
