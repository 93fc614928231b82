import assert from "node:assert/strict";
import fc from "fast-check";
import { type Column, renderTable } from "../../../cli/output/table.ts";
import { loadMeasure } from "../../../cli/output/text_width.ts";
import { PLAIN_THEME } from "../../../cli/output/theme.ts";

interface Row {
  readonly name: string;
  readonly size: string;
  readonly note: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { header: "NAME", cell: ({ name }) => name, minimum: 8, cut: "middle" },
  { header: "SIZE", cell: ({ size }) => size, align: "right" },
  { header: "NOTE", cell: ({ note }) => note, expendable: 1 },
];
const ROWS: readonly Row[] = [
  { name: "short", size: "9 B", note: "first" },
  { name: "a-name-that-is-rather-long.gguf", size: "1.23 GB", note: "second" },
];

async function lines(rows: readonly Row[], width: number): Promise<readonly string[]> {
  return (await renderTable({ columns: COLUMNS, rows }, { width, theme: PLAIN_THEME })).lines;
}

Deno.test("renderTable() aligns text left and numbers right, without blanks at the ends", async () => {
  assert.deepEqual(await lines(ROWS, Infinity), [
    "NAME                                SIZE  NOTE",
    "short                                9 B  first",
    "a-name-that-is-rather-long.gguf  1.23 GB  second",
  ]);
});

Deno.test("renderTable() shortens what may be shortened before it leaves anything out", async () => {
  assert.deepEqual(await lines(ROWS, 33), [
    "NAME                 SIZE  NOTE",
    "short                 9 B  first",
    "a-name…long.gguf  1.23 GB  second",
  ]);
});

Deno.test("renderTable() leaves out the expendable column and says so", async () => {
  const table = await renderTable({ columns: COLUMNS, rows: ROWS }, { width: 20, theme: PLAIN_THEME });
  assert.deepEqual(table.hidden, ["NOTE"]);
  assert.deepEqual(table.lines, ["NAME            SIZE", "short            9 B", "a-na…g.gguf  1.23 GB"]);
});

Deno.test("renderTable() does not show an expendable column in which nothing stands", async () => {
  const rows = ROWS.map((row) => ({ ...row, note: "" }));
  const table = await renderTable({ columns: COLUMNS, rows }, { width: Infinity, theme: PLAIN_THEME });
  assert.deepEqual([table.hidden, table.lines[0]], [[], "NAME                                SIZE"]);
});

Deno.test("renderTable() colours the text only, and text with a dollar sign too", async () => {
  const columns: readonly Column<Row>[] = [
    { header: "N", cell: ({ name }) => name, style: () => (text) => `<${text}>` },
    { header: "S", cell: ({ size }) => size, align: "right" },
  ];
  const rows = [{ name: "$&", size: "1", note: "" }, { name: "long", size: "22", note: "" }];
  const table = await renderTable({ columns, rows }, { width: 80, theme: PLAIN_THEME });
  assert.deepEqual(table.lines, ["N      S", "<$&>     1", "<long>  22"]);
});

Deno.test("renderTable() lets no control character through", async () => {
  const [, line] = await lines([{ name: "a\x1b[31m\nb", size: "", note: "\u202eevil" }], Infinity);
  assert.equal(line, "a?[31m?b        ?evil");
});

Deno.test("renderTable() is never wider than the terminal while the least widths fit, whatever the text", async () => {
  const measure = await loadMeasure();
  const text = fc.oneof(fc.string({ unit: "grapheme", maxLength: 30 }), fc.constant("日本語のモデル名"));
  const row = fc.record({ name: text, size: fc.string({ maxLength: 9 }), note: text });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 21, max: 90 }),
      async (rows, width) => {
        const all = await lines(rows, width);
        assert.equal(all.length, rows.length + 1);
        for (const line of all) assert.ok(measure(line) <= width, `${measure(line)} > ${width}: ${line}`);
      },
    ),
  );
});
