import assert from "node:assert/strict";
import { InkInput, InkOutput } from "../../../cli/tui/ink_streams.ts";
import { settle } from "../../support/test_clock.ts";

Deno.test("InkOutput writes what comes in one turn in one piece", async () => {
  const written: string[] = [];
  const output = new InkOutput({
    size: () => ({ columns: 80, rows: 24 }),
    write: (text) => written.push(text),
  }, { unicode: true });
  assert.deepEqual([output.columns, output.rows, output.isTTY], [80, 24, true]);
  let isDone = false;
  output.write("a");
  output.write("b", () => isDone = true);
  assert.deepEqual([written, isDone], [[], false]);
  await settle(1);
  assert.deepEqual([written, isDone], [["ab"], true]);
  output.write("", () => isDone = false);
  await settle(1);
  assert.deepEqual([written, isDone], [["ab"], false]);
});

Deno.test("InkOutput writes our signs in ASCII where a terminal shows nothing else, and leaves names alone", async () => {
  for (const [unicode, expected] of [[true, "█░ looking… · 模型"], [false, "#- looking~ - 模型"]] as const) {
    const written: string[] = [];
    const size = () => ({ columns: 80, rows: 24 });
    const output = new InkOutput({ size, write: (text) => written.push(text) }, { unicode });
    output.write("█░ looking… · 模型");
    await settle(1);
    assert.deepEqual(written, [expected]);
  }
});

Deno.test("InkOutput tells of another size", () => {
  const output = new InkOutput({ size: () => ({ columns: 80, rows: 24 }), write() {} }, { unicode: true });
  const sizes: number[] = [];
  output.on("resize", () => sizes.push(output.columns, output.rows));
  output.resize({ columns: 40, rows: 12 });
  assert.deepEqual(sizes, [40, 12]);
});

Deno.test("InkInput hands on a piece at a time", () => {
  const input = new InkInput();
  const read: (string | null)[] = [];
  input.on("readable", () => read.push(input.read(), input.read(), input.read()));
  input.push([]);
  assert.deepEqual(read, []);
  input.push(["a", "\r"]);
  assert.deepEqual(read, ["a", "\r", null]);
});
