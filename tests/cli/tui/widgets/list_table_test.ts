import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Column } from "../../../../cli/output/column_layout.ts";
import { listTable } from "../../../../cli/tui/widgets/list_table.ts";
import { testFrame } from "../../../support/tui_screens.ts";

interface Row {
  readonly name: string;
  readonly size: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { header: "NAME", cell: ({ name }) => name, minimum: 6, cut: "middle" },
  { header: "SIZE", cell: ({ size }) => size, align: "right", expendable: 1 },
];

const ROWS: readonly Row[] = Array.from({ length: 20 }, (_, index) => ({
  name: `acme/model-${index}`,
  size: `${index} GB`,
}));

Deno.test("listTable() marks the row of the cursor with a sign, and scrolls to it", () => {
  const frame = testFrame({ columns: 30, rows: 4 });
  deepStrictEqual(
    listTable({ columns: COLUMNS, rows: ROWS }, { frame, cursor: { index: 7, top: 6 } }),
    [
      "  NAME            SIZE",
      "  acme/model-6    6 GB",
      "› acme/model-7    7 GB".padEnd(30),
      "  acme/model-8    8 GB",
    ],
  );
});

Deno.test("listTable() shows what is chosen, and needs no more than ASCII", () => {
  const frame = testFrame({ columns: 40, rows: 3, unicode: false });
  const lines = listTable(
    { columns: COLUMNS, rows: ROWS.slice(0, 2), isMarked: ({ name }) => name.endsWith("1") },
    { frame, cursor: { index: 0, top: 0 } },
  );
  strictEqual(lines[1]?.trimEnd(), "> [ ] acme/model-0  0 GB");
  strictEqual(lines[2], "  [x] acme/model-1  1 GB");
});

Deno.test("listTable() leaves columns out and shortens names where there is no room", () => {
  const rows = [{ name: "acme/日本語モデル-with-a-long-name", size: "1 GB" }];
  for (const columns of [40, 24, 12]) {
    const frame = testFrame({ columns, rows: 5 });
    for (const line of listTable({ columns: COLUMNS, rows }, { frame, cursor: { index: 0, top: 0 } })) {
      ok(frame.measure(line) <= columns, `${columns}: ${line}`);
    }
  }
});

Deno.test("listTable() draws the rows anew when the columns are others", () => {
  const frame = testFrame({ columns: 30, rows: 3 });
  const [name] = COLUMNS;
  ok(name !== undefined);
  listTable({ columns: COLUMNS, rows: ROWS }, { frame, cursor: undefined });
  const lines = listTable({ columns: [name], rows: ROWS }, { frame, cursor: undefined });
  deepStrictEqual(lines, ["  NAME", "  acme/model-0", "  acme/model-1"]);
});
