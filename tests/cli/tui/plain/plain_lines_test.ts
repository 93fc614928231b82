import assert from "node:assert/strict";
import fc from "fast-check";
import { changedLines, firstPage, newLines, PAGE_LINES } from "../../../../cli/tui/plain/plain_lines.ts";

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index + 1}.`);

Deno.test("firstPage() says how many lines are left, and never leaves a single one", () => {
  assert.deepEqual(firstPage(numbered(PAGE_LINES + 1)), { lines: numbered(PAGE_LINES + 1), rest: [] });
  const { lines, rest } = firstPage(numbered(PAGE_LINES + 2));
  assert.equal(lines.length, PAGE_LINES + 1);
  assert.equal(lines.at(-1), "2 more lines: type more");
  assert.deepEqual(rest, numbered(PAGE_LINES + 2).slice(-2));
});

Deno.test("firstPage() loses no line, page by page", () => {
  fc.assert(fc.property(fc.nat(200), (count) => {
    const seen: string[] = [];
    for (let left: readonly string[] = numbered(count);;) {
      const page = firstPage(left);
      seen.push(...(page.rest.length === 0 ? page.lines : page.lines.slice(0, -1)));
      if (page.rest.length === 0) break;
      left = page.rest;
    }
    assert.deepEqual(seen, numbered(count));
  }));
});

Deno.test("newLines() counts lines that are alike", () => {
  assert.deepEqual(newLines(["a", "b"], ["a", "a", "c", "b"]), ["a", "c"]);
  assert.deepEqual(newLines(["a"], ["a"]), []);
});

Deno.test("changedLines() says what is new, or all when much is new or has gone", () => {
  const before = ["a", "b", "c", "d"];
  assert.deepEqual(changedLines(before, ["a", "x", "c", "d"]), ["x"]);
  assert.deepEqual(changedLines(before, ["a", "x", "y", "d"]), ["a", "x", "y", "d"]);
  assert.deepEqual(changedLines(before, ["a", "b"]), ["a", "b"]);
  assert.deepEqual(changedLines(before, before), []);
});
