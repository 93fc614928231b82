import assert from "node:assert/strict";
import fc from "fast-check";
import { formatByteRate, formatByteSize, parseByteSize } from "../../../core/base/byte_size.ts";

const readable: readonly (readonly [string, number])[] = [
  ["0", 0],
  ["1234", 1234],
  ["5B", 5],
  ["20M", 20e6],
  ["20MB", 20e6],
  ["20 mb/s", 20e6],
  ["900 kB", 900e3],
  ["1.5GiB", 1.5 * 2 ** 30],
  ["1.5Gi", 1.5 * 2 ** 30],
  ["4KiB", 4096],
  [" 2t ", 2e12],
  ["1PB", 1e15],
];

for (const [text, bytes] of readable) {
  Deno.test(`parseByteSize() reads ${JSON.stringify(text)}`, () => {
    assert.equal(parseByteSize(text), bytes);
  });
}

for (
  const text of [
    "",
    "M",
    "-1",
    "1,5G",
    "1.G",
    "20Mbit",
    "5 constructor",
    "1 i",
    "1iB",
    "0x10",
    "1e3",
    "9999P",
  ]
) {
  Deno.test(`parseByteSize() refuses ${JSON.stringify(text)} and says how to write it`, () => {
    assert.throws(() => parseByteSize(text), (error: unknown) => {
      assert.ok(error instanceof Error && "code" in error && "hints" in error);
      assert.equal(error.code, "USAGE_ERROR");
      assert.ok(error.message.includes(`"${text}"`));
      assert.deepEqual(error.hints, ["Write it like 500M, 20MB or 1.5GiB"]);
      return true;
    });
  });
}

const shown: readonly (readonly [number, string])[] = [
  [0, "0 B"],
  [999, "999 B"],
  [999.4, "999 B"],
  [999.6, "1.00 kB"],
  [1000, "1.00 kB"],
  [9_994, "9.99 kB"],
  [9_996, "10.0 kB"],
  [99_949, "99.9 kB"],
  [99_960, "100 kB"],
  [999_499, "999 kB"],
  [999_500, "1.00 MB"],
  [4_100_000_000, "4.10 GB"],
  [1.5e15, "1.50 PB"],
];

for (const [bytes, text] of shown) {
  Deno.test(`formatByteSize() shows ${bytes} as ${text}`, () => {
    assert.equal(formatByteSize(bytes), text);
  });
}

Deno.test("formatByteSize() is read back within its three digits", () => {
  fc.assert(fc.property(fc.nat(2 ** 50), (bytes) => {
    const text = formatByteSize(bytes);
    assert.match(text, /^(?:\d{1,3} B|\d\.\d\d [kMGTP]B|\d\d\.\d [kMGTP]B|\d{3} [kMGTP]B)$/);
    assert.ok(Math.abs(parseByteSize(text) - bytes) <= bytes * 0.005, `${bytes} is shown as ${text}`);
  }));
});

Deno.test("formatByteRate() adds the second", () => {
  assert.equal(formatByteRate(12_300_000), "12.3 MB/s");
});
