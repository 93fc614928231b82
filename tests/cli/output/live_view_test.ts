import assert from "node:assert/strict";
import { LiveView, RESIZE_SETTLE_MS } from "../../../cli/output/live_view.ts";
import { measureNarrow } from "../../../cli/output/text_width.ts";
import { FakeTerminal } from "../../support/fake_terminal.ts";
import { TestClock } from "../../support/test_clock.ts";

/** What a terminal of `columns` shows after these bytes; knows the few sequences that the view uses. */
function screen(output: string, columns: number): string[] {
  const rows: string[] = [""];
  let row = 0;
  let column = 0;
  // deno-lint-ignore no-control-regex
  for (const [token] of output.matchAll(/\x1b\[(\d*)([AKJ])|[^]/g)) {
    const up = /(\d+)A$/.exec(token);
    if (up !== null && token.length > 1) row = Math.max(0, row - Number(up[1]));
    else if (token.endsWith("K") && token.length > 1) rows[row] = (rows[row] ?? "").slice(0, column);
    else if (token.endsWith("J") && token.length > 1) {
      rows.length = row + 1;
      rows[row] = (rows[row] ?? "").slice(0, column);
    } else if (token === "\r") column = 0;
    else if (token === "\n") [row, column] = [row + 1, 0];
    else {
      if (column === columns) [row, column] = [row + 1, 0];
      rows[row] = (rows[row] ?? "").slice(0, column) + token + (rows[row] ?? "").slice(column + 1);
      column++;
    }
    rows[row] ??= "";
  }
  return rows;
}

/** A view of lines that a test sets. */
function start(size: { columns: number; rows: number }) {
  const terminal = new FakeTerminal(size);
  const clock = new TestClock();
  let lines: readonly string[] = ["one", "two"];
  const view = new LiveView({ terminal, clock, measure: measureNarrow, frame: () => lines });
  return { terminal, clock, view, show: (next: readonly string[]) => lines = next };
}

Deno.test("LiveView redraws its lines in place ten times a second, and not when nothing has changed", async () => {
  const { terminal, clock, view, show } = start({ columns: 40, rows: 10 });
  assert.deepEqual(screen(terminal.stderr, 40), ["one", "two", ""]);
  const before = terminal.stderr.length;
  await clock.advance(1000);
  assert.equal(terminal.stderr.length, before);
  show(["three"]);
  await clock.advance(100);
  assert.deepEqual(screen(terminal.stderr, 40), ["three", ""]);
  assert.deepEqual(new Set(clock.sleeps), new Set([100]));
  view[Symbol.dispose]();
});

Deno.test("LiveView lets printed lines stay above", async () => {
  const { terminal, clock, view, show } = start({ columns: 40, rows: 10 });
  view.print("first done");
  view.print("second done");
  show(["rest"]);
  await clock.advance(100);
  assert.deepEqual(screen(terminal.stderr, 40), ["first done", "second done", "rest", ""]);
  view.print("last done");
  view[Symbol.dispose]();
  assert.deepEqual(screen(terminal.stderr, 40), ["first done", "second done", "last done", ""]);
  view.print("after");
  assert.ok(terminal.stderr.endsWith("after\n"));
});

Deno.test("LiveView writes each frame at once and never clears more than it has drawn", async () => {
  const terminal = new FakeTerminal({ columns: 40, rows: 10 });
  const writes: string[] = [];
  const write = terminal.writeErr.bind(terminal);
  terminal.writeErr = (text) => {
    writes.push(text);
    write(text);
  };
  const clock = new TestClock();
  let count = 0;
  terminal.writeErr("$ mm pull\n");
  const view = new LiveView({ terminal, clock, measure: measureNarrow, frame: () => [`count ${count++}`] });
  await clock.advance(300);
  view[Symbol.dispose]();
  assert.equal(writes.length, 1 + 1 + 3 + 1);
  assert.deepEqual(screen(terminal.stderr, 40), ["$ mm pull", ""]);
});

Deno.test("LiveView finds its first line again when the terminal has become narrower", async () => {
  const size = { columns: 40, rows: 10 };
  const { terminal, clock, view, show } = start(size);
  show(["a line of more than twenty characters"]);
  await clock.advance(100);
  Object.defineProperty(terminal, "size", { value: () => ({ columns: 20, rows: 10 }) });
  show(["short"]);
  await clock.advance(100 + RESIZE_SETTLE_MS);
  const last = terminal.stderr.slice(terminal.stderr.lastIndexOf("\x1b[2A"));
  assert.ok(last.startsWith("\x1b[2A\r\x1b[Jshort"), JSON.stringify(last));
  view[Symbol.dispose]();
});

Deno.test("LiveView draws nothing while the terminal is being resized, and redraws after it even the same", async () => {
  const { terminal, clock, view, show } = start({ columns: 40, rows: 10 });
  const before = terminal.stderr.length;
  for (const columns of [36, 30, 25, 21]) {
    Object.defineProperty(terminal, "size", { configurable: true, value: () => ({ columns, rows: 10 }) });
    show([`for ${columns}`]);
    await clock.advance(RESIZE_SETTLE_MS / 2);
  }
  assert.equal(terminal.stderr.length, before);
  view.print("kept");
  await clock.advance(RESIZE_SETTLE_MS);
  assert.deepEqual(screen(terminal.stderr, 21), ["kept", "for 21", ""]);
  const drawn = terminal.stderr.length;
  Object.defineProperty(terminal, "size", { configurable: true, value: () => ({ columns: 50, rows: 10 }) });
  await clock.advance(2 * RESIZE_SETTLE_MS);
  assert.ok(terminal.stderr.length > drawn);
  view[Symbol.dispose]();
});

Deno.test("LiveView goes up no further than the screen is high", async () => {
  const { terminal, clock, view, show } = start({ columns: 40, rows: 5 });
  show(["x".repeat(39), "y".repeat(39)]);
  await clock.advance(100);
  Object.defineProperty(terminal, "size", { value: () => ({ columns: 10, rows: 5 }) });
  await clock.advance(100 + RESIZE_SETTLE_MS);
  assert.ok(terminal.stderr.includes("\x1b[4A\r\x1b[J"), JSON.stringify(terminal.stderr));
  for (const rows of [5, 6, 7, 8]) assert.ok(!terminal.stderr.includes(`\x1b[${rows}A`), String(rows));
  view[Symbol.dispose]();
});

Deno.test("LiveView stops its clock when it is disposed", async () => {
  const { clock, view } = start({ columns: 40, rows: 10 });
  view[Symbol.dispose]();
  view[Symbol.dispose]();
  await clock.advance(1000);
  assert.equal(clock.sleeping, 0);
});
