/**
 * The fault table as a test: every row has to pass. The table itself is printed at the end, or by `deno task faults`.
 *
 * @module
 */
import { deepStrictEqual } from "node:assert/strict";
import { formatTable, playTable } from "./faults/fault_table.ts";

Deno.test("mm pull survives every fault of the table, or says what it is and keeps what it has", async () => {
  const lines = await playTable();
  // deno-lint-ignore no-console -- the table is worth reading
  console.log(formatTable(lines));
  deepStrictEqual(
    lines.filter(({ passed }) => !passed).map(({ name, target, problem }) =>
      `${name} (${target}): ${problem}`
    ),
    [],
  );
});
