import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ByteRange,
  contiguousEnd,
  formatRangeHeader,
  mergeRanges,
  parseContentRange,
  rangeLength,
  subtractRanges,
  totalLength,
} from "../../../core/base/byte_range.ts";

const SIZE = 64;

/** Any range over a small file, empty and backward ones included. */
const anyRange = fc.record({ start: fc.nat(SIZE), end: fc.nat(SIZE) });
const wholeRange = anyRange.map(({ start, end }) => ({
  start: Math.min(start, end),
  end: Math.max(start, end),
}));
const rangeSet = fc.array(anyRange, { maxLength: 12 });

/** The model: one flag a byte. */
function bitmap(ranges: readonly ByteRange[]): boolean[] {
  const bytes = new Array<boolean>(SIZE).fill(false);
  for (const range of ranges) for (let at = range.start; at < range.end; at++) bytes[at] = true;
  return bytes;
}

function assertNormal(ranges: readonly ByteRange[]): void {
  let end = -1;
  for (const range of ranges) {
    assert.ok(range.start > end, "ranges are sorted, disjoint and do not touch");
    assert.ok(range.end > range.start, "no range is empty");
    end = range.end;
  }
}

Deno.test("mergeRanges() holds the same bytes as sorted, disjoint ranges", () => {
  fc.assert(fc.property(rangeSet, (ranges) => {
    const merged = mergeRanges(ranges);
    assertNormal(merged);
    assert.deepEqual(bitmap(merged), bitmap(ranges));
  }));
});

Deno.test("mergeRanges() joins ranges that touch and changes nothing it was given", () => {
  const given = [{ start: 4, end: 8 }, { start: 0, end: 4 }];
  assert.deepEqual(mergeRanges(given), [{ start: 0, end: 8 }]);
  assert.deepEqual(given, [{ start: 4, end: 8 }, { start: 0, end: 4 }]);
});

Deno.test("subtractRanges() returns what whole has and parts do not", () => {
  fc.assert(fc.property(wholeRange, rangeSet, (whole, parts) => {
    const missing = subtractRanges(whole, parts);
    assertNormal(missing);
    const has = bitmap(parts);
    assert.deepEqual(bitmap(missing), bitmap([whole]).map((wanted, at) => wanted && !has[at]));
  }));
});

Deno.test("subtractRanges() and its parts make up the whole", () => {
  fc.assert(fc.property(wholeRange, rangeSet, (whole, parts) => {
    const inside = parts.map(({ start, end }) => ({
      start: Math.max(start, whole.start),
      end: Math.min(end, whole.end),
    }));
    const all = mergeRanges([...subtractRanges(whole, parts), ...inside]);
    assert.deepEqual(all, mergeRanges([whole]));
  }));
});

Deno.test("contiguousEnd() is the first byte that is missing", () => {
  fc.assert(fc.property(rangeSet, (ranges) => {
    const gap = bitmap(ranges).indexOf(false);
    assert.equal(contiguousEnd(ranges), gap < 0 ? SIZE : gap);
  }));
});

Deno.test("totalLength() counts the bytes of disjoint ranges", () => {
  fc.assert(fc.property(rangeSet, (ranges) => {
    assert.equal(totalLength(mergeRanges(ranges)), bitmap(ranges).filter(Boolean).length);
  }));
  assert.equal(rangeLength({ start: 3, end: 10 }), 7);
});

Deno.test("ranges beyond 32 bits keep every byte", () => {
  const whole = { start: 0, end: 100 * 2 ** 30 };
  const part = { start: 5 * 2 ** 30 + 1, end: 100 * 2 ** 30 };
  assert.deepEqual(subtractRanges(whole, [part]), [{ start: 0, end: 5 * 2 ** 30 + 1 }]);
});

Deno.test("formatRangeHeader() names the last byte, as HTTP does", () => {
  assert.equal(formatRangeHeader({ start: 0, end: 100 }), "bytes=0-99");
  assert.equal(formatRangeHeader({ start: 2 ** 32, end: 2 ** 32 + 1 }), "bytes=4294967296-4294967296");
});

Deno.test("parseContentRange() reads all three forms", () => {
  assert.deepEqual(parseContentRange("bytes 0-99/1234"), { range: { start: 0, end: 100 }, total: 1234 });
  assert.deepEqual(parseContentRange("bytes 5-5/*"), { range: { start: 5, end: 6 }, total: undefined });
  assert.deepEqual(parseContentRange("bytes */1234"), { range: undefined, total: 1234 });
  assert.deepEqual(parseContentRange(" Bytes 0-0/1 "), { range: { start: 0, end: 1 }, total: 1 });
});

Deno.test("parseContentRange() answers a request's own range", () => {
  fc.assert(fc.property(fc.nat(), fc.nat(1e6), fc.nat(), (start, length, rest) => {
    const range = { start, end: start + length + 1 };
    const total = range.end + rest;
    const header = `${formatRangeHeader(range).replace("=", " ")}/${total}`;
    assert.deepEqual(parseContentRange(header), { range, total });
  }));
});

for (
  const text of [
    null,
    "",
    "bytes",
    "bytes 0-99",
    "bytes 9-0/100",
    "bytes 0-100/100",
    "items 0-1/2",
    "bytes -1-5/10",
    "bytes 0-1/2, 4-5/9",
    "bytes 0-99999999999999999999/*",
  ]
) {
  Deno.test(`parseContentRange() refuses ${JSON.stringify(text)}`, () => {
    assert.equal(parseContentRange(text), undefined);
  });
}
