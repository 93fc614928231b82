import assert from "node:assert/strict";
import fc from "fast-check";
import { type ByteRange, subtractRanges, totalLength } from "../../../core/base/byte_range.ts";
import { findWrittenData } from "../../../core/platform/written_data.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const KIB = 1024;
const SIZE_BYTES = 2048 * KIB;
/** On a busy machine, too. */
const PATIENT = { maxElapsedMs: Infinity };

/** A file of full size in which only these ranges have been written. */
async function fill(path: string, ranges: readonly ByteRange[]): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  await file.truncate(SIZE_BYTES);
  for (const { start, end } of ranges) {
    file.seekSync(start, Deno.SeekMode.Start);
    const bytes = new Uint8Array(end - start).map((_, index) => 1 + (start + index) % 255);
    file.writeSync(bytes);
  }
}

Deno.test("findWrittenData() finds what follows the start of a gap, and islands further on", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("x.part");
  const written = [
    { start: 0, end: 5_000 },
    { start: 300_001, end: 900_003 },
    { start: 1_400_000, end: SIZE_BYTES },
  ];
  await fill(path, written);
  assert.deepEqual(findWrittenData(path, [{ start: 0, end: SIZE_BYTES }], PATIENT), written);
  const gaps = [{ start: 1_000, end: 400_000 }, { start: 1_500_000, end: 1_600_000 }];
  assert.deepEqual(findWrittenData(path, gaps, PATIENT), [
    { start: 1_000, end: 5_000 },
    { start: 300_001, end: 400_000 },
    { start: 1_500_000, end: 1_600_000 },
  ]);
  assert.deepEqual(findWrittenData(path, [{ start: 10_000, end: 250_000 }]), []);
});

Deno.test("findWrittenData() does not take the end of a hole for data, wherever it looks first", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("x.part");
  for (const start of [512 * KIB - 1, 512 * KIB, 512 * KIB + 1, 512 * KIB + 63, 512 * KIB + 64]) {
    const written = [{ start: 100, end: 5_000 }, { start, end: start + 200 * KIB }];
    await fill(path, written);
    const found = findWrittenData(path, [{ start: 4_000, end: SIZE_BYTES }], PATIENT);
    assert.deepEqual(found.slice(0, 1), [{ start: 4_000, end: 5_000 }]);
    const [island] = found.slice(1);
    // Where it begins behind the place that is looked at, it is found at the next one.
    assert.deepEqual(island, written[1]);
  }
});

Deno.test("findWrittenData() takes zeros for a hole, and never too much for data", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("x.part");
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(SIZE_BYTES - 1), fc.integer({ min: 1, max: 400 * KIB })), { maxLength: 6 }),
      fc.nat(SIZE_BYTES - 1),
      async (pieces, gapStart) => {
        const sorted = pieces.map(([start, length]) => ({
          start,
          end: Math.min(SIZE_BYTES, start + length),
        })).sort((a, b) => a.start - b.start);
        // Holes of less than a hundred bytes do not come up: requests are far longer.
        const written: ByteRange[] = [];
        for (const range of sorted) {
          if (range.start >= (written.at(-1)?.end ?? -200) + 100) written.push(range);
        }
        await fill(path, written);
        const found = findWrittenData(path, [{ start: gapStart, end: SIZE_BYTES }], PATIENT);
        for (const range of found) assert.deepEqual(subtractRanges(range, written), []);
        const missed = written.flatMap((range) => subtractRanges(range, found))
          .flatMap((range) =>
            range.end <= gapStart ? [] : [{ ...range, start: Math.max(range.start, gapStart) }]
          );
        assert.ok(totalLength(missed) <= written.length * 128 * KIB, "large islands are found");
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("findWrittenData() says what is wrong with the file", async () => {
  await using dir = await makeTempDir();
  assert.throws(() => findWrittenData(dir.join("none"), [{ start: 0, end: 1 }]), /Cannot read ".*none"/);
});
