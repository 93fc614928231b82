import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { parseRangeHeader } from "../../../core/server/range_header.ts";

Deno.test("parseRangeHeader() reads single, open-ended and suffix ranges and cuts them at the end", () => {
  deepStrictEqual(parseRangeHeader("bytes=0-0", 10), { start: 0, end: 1 });
  deepStrictEqual(parseRangeHeader("bytes=3-5", 10), { start: 3, end: 6 });
  deepStrictEqual(parseRangeHeader("bytes=3-500", 10), { start: 3, end: 10 });
  deepStrictEqual(parseRangeHeader("bytes=3-99999999999999999999", 10), { start: 3, end: 10 });
  deepStrictEqual(parseRangeHeader("bytes=-99999999999999999999", 10), { start: 0, end: 10 });
  deepStrictEqual(parseRangeHeader("bytes=9-", 10), { start: 9, end: 10 });
  deepStrictEqual(parseRangeHeader("bytes=-4", 10), { start: 6, end: 10 });
  deepStrictEqual(parseRangeHeader("bytes=-400", 10), { start: 0, end: 10 });
  deepStrictEqual(parseRangeHeader("BYTES = 1-2".replace(" = ", "="), 10), { start: 1, end: 3 });
});

Deno.test("parseRangeHeader() calls a range behind the end, an empty suffix and any range of an empty file unsatisfiable", () => {
  for (
    const [header, size] of [
      ["bytes=10-", 10],
      ["bytes=18446744073709551616-", 10],
      ["bytes=10-12", 10],
      ["bytes=-0", 10],
      ["bytes=0-0", 0],
      [
        "bytes=-5",
        0,
      ],
    ] as const
  ) {
    strictEqual(parseRangeHeader(header, size), "unsatisfiable", header);
  }
});

Deno.test("parseRangeHeader() wants the whole file when the header is absent, malformed, in another unit or multiple", () => {
  const headers = [
    null,
    "",
    "bytes=",
    "bytes=-",
    "bytes=5-3",
    "bytes=a-b",
    "items=0-1",
    "bytes=0-1,4-5",
    "bytes=1.5-2",
    "0-1",
  ];
  for (const header of headers) strictEqual(parseRangeHeader(header, 10), undefined, String(header));
});

Deno.test("parseRangeHeader() stays inside the file when given any numbers", () => {
  fc.assert(fc.property(fc.nat(1000), fc.nat(1200), fc.nat(1200), (size, first, last) => {
    const range = parseRangeHeader(`bytes=${first}-${last}`, size);
    if (last < first) return range === undefined;
    if (first >= size) return range === "unsatisfiable";
    return typeof range === "object" && range.start === first && range.end === Math.min(last + 1, size);
  }));
});
