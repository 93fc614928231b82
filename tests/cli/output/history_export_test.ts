import assert from "node:assert/strict";
import fc from "fast-check";
import { csvCell, exportText, type HistoryFormat } from "../../../cli/output/history_export.ts";
import type { HistoryRecord } from "../../../core/state/history_record.ts";
import { RECORDS } from "../../support/fake_manager.ts";

async function* stream(records: readonly HistoryRecord[]): AsyncGenerator<HistoryRecord> {
  await Promise.resolve();
  yield* records;
}

async function textOf(records: readonly HistoryRecord[], format: HistoryFormat): Promise<string> {
  return (await Array.fromAsync(exportText(stream(records), format))).join("");
}

/** A reader by the letter of RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const match = cell.exec(text);
    if (match === null) throw new Error(`No CSV from ${at}: ${JSON.stringify(text.slice(at, at + 40))}`);
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

const [first, second] = RECORDS;
assert.ok(first !== undefined && second !== undefined);

Deno.test("exportText() writes CSV with a header and one row a record", async () => {
  const rows = parseCsv(await textOf(RECORDS, "csv"));
  assert.deepEqual(rows, [
    [
      "id",
      "reference",
      "repo",
      "revision",
      "commit",
      "status",
      "startedAt",
      "endedAt",
      "bytesFetched",
      "bytesResumed",
      "averageBytesPerSecond",
      "peakBytesPerSecond",
      "retries",
      "errorCode",
      "errorMessage",
      "files",
    ],
    [
      first.id,
      first.reference,
      first.repo,
      "main",
      String(first.commit),
      "completed",
      first.startedAt,
      first.endedAt,
      "1500000000",
      "519377440",
      "25000000",
      "31000000",
      "1",
      "",
      "",
      first.files.join("; "),
    ],
    [
      "1",
      "acme/none",
      "acme/none",
      "",
      "",
      "failed",
      second.startedAt,
      second.endedAt,
      ..."00000",
      "NOT_FOUND",
      'Repository "acme/none" does not exist',
      "",
    ],
  ]);
  assert.equal(parseCsv(await textOf([], "csv")).length, 1);
});

Deno.test("exportText() writes text into CSV that comes out of it again, and is never a formula", async () => {
  const text = fc.string({ unit: "binary" });
  const odd = fc.oneof(text, fc.tuple(fc.constantFrom(..."=+-@\t\r\n＝＋－＠"), text).map(([a, b]) => a + b));
  await fc.assert(
    fc.asyncProperty(odd, odd, fc.array(odd), async (reference, message, files) => {
      const record = { ...first, reference, files, error: { code: "FAILED", message } };
      const [, row] = parseCsv(await textOf([record], "csv"));
      const cells = [reference, message, files.join("; ")];
      assert.deepEqual(
        [row?.[1], row?.[14], row?.[15]].map((cell) => cell?.replace(/^'/, "")),
        cells.map((cell) => cell.replace(/^'/, "")),
      );
      for (const cell of row ?? []) assert.doesNotMatch(cell, /^[=+\-@\t\r\n＝＋－＠]/);
    }),
  );
});

Deno.test("csvCell() quotes what needs it, and leaves numbers alone", () => {
  assert.equal(csvCell("plain"), "plain");
  assert.equal(csvCell('a "b", c'), '"a ""b"", c"');
  assert.equal(csvCell("two\r\nlines"), '"two\r\nlines"');
  assert.equal(csvCell('=HYPERLINK("x")'), `"'=HYPERLINK(""x"")"`);
  assert.equal(csvCell("-1"), "'-1");
  assert.equal(csvCell(-1), "-1");
});

Deno.test("exportText() writes JSON in the shape of mm history list, one record a line", async () => {
  const text = await textOf(RECORDS, "json");
  const nulled = JSON.parse(
    JSON.stringify({ records: RECORDS }, (_key, value) => value === undefined ? null : value),
  );
  assert.deepEqual(JSON.parse(text), nulled);
  assert.equal(text.split("\n").length, RECORDS.length + 3);
  assert.deepEqual(JSON.parse(await textOf([], "json")), { records: [] });
});

Deno.test("exportText() asks for records only as they are written", async () => {
  let asked = 0;
  const endless = async function* (): AsyncGenerator<HistoryRecord> {
    await Promise.resolve();
    while (true) {
      asked += 1;
      yield first;
    }
  };
  for (const format of ["json", "csv"] as const) {
    asked = 0;
    for await (const _piece of exportText(endless(), format)) if (asked >= 5) break;
    assert.equal(asked, 5);
  }
});
