import assert from "node:assert/strict";
import fc from "fast-check";
import { rangeLength, totalLength } from "../../../core/base/byte_range.ts";
import {
  isWholeFile,
  orderFiles,
  planSteal,
  type RunningSegment,
  segmentLength,
  takeSegment,
  takeSegmentAt,
} from "../../../core/download/segment_plan.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const MIN_REST_BYTES = 512 * 1024;
const MIN_STEAL_GAIN_SECONDS = 0.1;
const REQUEST_SECONDS = 0.1;

Deno.test("isWholeFile() is true up to 1 MiB", () => {
  assert.equal(isWholeFile(0), true);
  assert.equal(isWholeFile(MIB), true);
  assert.equal(isWholeFile(MIB + 1), false);
});

function lengthOf(
  changes: { readonly missingBytes?: number; readonly bytesPerSecond?: number; readonly lanes?: number },
): number {
  const { missingBytes = 40 * GIB, bytesPerSecond = 0, lanes = 8 } = changes;
  return segmentLength({
    fileSizeBytes: Math.max(40 * GIB, missingBytes),
    lanes,
    missingBytes,
    bytesPerSecond,
  });
}

Deno.test("segmentLength() begins with half a lane's share, of 1 to 8 MiB", () => {
  assert.equal(lengthOf({ missingBytes: 2 * MIB }), MIB);
  assert.equal(lengthOf({ missingBytes: 64 * MIB }), 4 * MIB);
  assert.equal(lengthOf({}), 8 * MIB);
});

Deno.test("segmentLength() keeps a lane of known speed busy for a while, up to 64 MiB", () => {
  const slow = lengthOf({ bytesPerSecond: 5 * MIB });
  assert.ok(slow > 2 * MIB && slow <= 20 * MIB, `${slow}`);
  assert.equal(lengthOf({ bytesPerSecond: 10 }), MIB);
  assert.equal(lengthOf({ bytesPerSecond: 900 * MIB }), 64 * MIB);
});

Deno.test("segmentLength() grows shorter towards the end, so that all lanes end together", () => {
  const bytesPerSecond = 20 * MIB;
  const lengths = [GIB, 256 * MIB, 64 * MIB, 16 * MIB].map((missingBytes) =>
    lengthOf({ missingBytes, bytesPerSecond })
  );
  assert.deepEqual(lengths, lengths.toSorted((a, b) => b - a));
  assert.ok((lengths[0] ?? 0) > 4 * (lengths[3] ?? Infinity), `${lengths}`);
});

Deno.test("segmentLength() is at least 1 MiB, at most 64 MiB, and whole bytes", () => {
  const facts = fc.record({
    missingBytes: fc.integer({ min: 1, max: 100 * GIB }),
    lanes: fc.integer({ min: 1, max: 16 }),
    bytesPerSecond: fc.double({ min: 0, max: 2e9, noNaN: true }),
  });
  fc.assert(fc.property(facts, (given) => {
    const length = lengthOf(given);
    assert.ok(Number.isSafeInteger(length) && length >= MIB && length <= 64 * MIB, `${length}`);
  }));
});

Deno.test("takeSegment() cuts the front off and loses no byte", () => {
  const missing = fc.array(
    fc.record({ gap: fc.integer({ min: 1, max: MIB }), length: fc.integer({ min: 1, max: 8 * MIB }) }),
  )
    .map((parts) => {
      let position = 0;
      return parts.map(({ gap, length }) => {
        const start = position + gap;
        position = start + length;
        return { start, end: position };
      });
    });
  fc.assert(fc.property(missing, fc.integer({ min: 1, max: 8 * MIB }), (ranges, length) => {
    const taken = takeSegment(ranges, length);
    if (taken === undefined) return assert.deepEqual(ranges, []);
    assert.equal(taken.segment.start, ranges[0]?.start);
    assert.equal(rangeLength(taken.segment) + totalLength(taken.rest), totalLength(ranges));
    assert.ok(rangeLength(taken.segment) <= length + MIN_REST_BYTES);
    const next = taken.rest[0];
    if (next !== undefined) assert.ok(next.start >= taken.segment.end);
    // What is left of a range is worth a request of its own.
    if (next?.start === taken.segment.end) assert.ok(rangeLength(next) > MIN_REST_BYTES);
  }));
});

const running = fc.record({
  position: fc.nat(8 * MIB),
  length: fc.nat(8 * MIB),
  bytesPerSecond: fc.nat(100 * MIB),
}).map(({ position, length, bytesPerSecond }): RunningSegment => ({
  position,
  end: position + length,
  bytesPerSecond,
}));

Deno.test("planSteal() takes from the segment that would take longest, so that both end together", () => {
  const speeds = fc.constantFrom(0, MIB, 50 * MIB);
  fc.assert(fc.property(fc.array(running, { maxLength: 16 }), speeds, (segments, bytesPerSecond) => {
    const own = bytesPerSecond || Math.max(0, ...segments.map((segment) => segment.bytesPerSecond));
    const plan = planSteal(segments, { bytesPerSecond });
    if (plan === undefined) return;
    const victim = segments[plan.index];
    assert.ok(victim !== undefined);
    // What nobody knows the rate of is taken to be as fast as the lane that asks.
    const rate = victim.bytesPerSecond || own;
    const alone = (victim.end - victim.position) / rate;
    const owner = (plan.splitAt - victim.position) / rate;
    const thief = REQUEST_SECONDS + (victim.end - plan.splitAt) / own;
    assert.ok(plan.splitAt >= victim.position && plan.splitAt < victim.end);
    assert.ok(Math.abs(owner - thief) < 1e-3 + 2 / rate, `${owner} s and ${thief} s`);
    assert.ok(owner <= alone - MIN_STEAL_GAIN_SECONDS + 1e-6, "it is worth it");
    for (const other of segments) {
      const seconds = (other.end - other.position) / (other.bytesPerSecond || own);
      const gain = own * (seconds - REQUEST_SECONDS) / (own + (other.bytesPerSecond || own));
      assert.ok(seconds <= alone || gain < 0.5 || other.end - other.position < 8192, "nobody takes longer");
    }
  }));
});

Deno.test("planSteal() takes nearly all from a lane that crawls, down to the last kilobytes", () => {
  const crawling = { position: 0, end: 60_000, bytesPerSecond: 10_000 };
  const plan = planSteal([crawling], { bytesPerSecond: 20 * MIB });
  assert.equal(plan?.index, 0);
  assert.ok((plan?.splitAt ?? Infinity) < 2_000);
  assert.equal(planSteal([{ ...crawling, end: 4_000 }], { bytesPerSecond: 20 * MIB }), undefined);
});

Deno.test("planSteal() leaves alone what will be there by itself in a moment", () => {
  const segment = { position: 0, end: 8 * MIB, bytesPerSecond: 100 * MIB };
  assert.equal(planSteal([segment], { bytesPerSecond: 50 * MIB }), undefined);
  const slow = { ...segment, bytesPerSecond: 10 * MIB };
  assert.equal(planSteal([segment, slow], { bytesPerSecond: 50 * MIB })?.index, 1);
  assert.equal(
    planSteal([segment, slow], { bytesPerSecond: MIB }),
    undefined,
    "a slow lane would gain nothing",
  );
});

Deno.test("planSteal() knows nothing while nobody has moved", () => {
  assert.equal(
    planSteal([{ position: 0, end: 8 * MIB, bytesPerSecond: 0 }], { bytesPerSecond: 0 }),
    undefined,
  );
});

Deno.test("orderFiles() puts the largest first, and keeps the order of equal ones", () => {
  const files = [{ name: "a", size: 2 }, { name: "b", size: 9 }, { name: "c", size: 2 }, {
    name: "d",
    size: 5,
  }];
  assert.equal(orderFiles(files, (file) => file.size).map(({ name }) => name).join(""), "bdac");
  assert.equal(files[0]?.name, "a", "the given list stays as it is");
});

Deno.test("takeSegmentAt() begins where somebody waits, at a whole mebibyte, and loses no byte", () => {
  const missing = [{ start: 10 * MIB, end: 100 * MIB }, { start: 200 * MIB, end: 300 * MIB }];
  assert.deepEqual(takeSegmentAt(missing, { position: 50 * MIB + 7, lengthBytes: 4 * MIB }), {
    segment: { start: 50 * MIB, end: 54 * MIB },
    rest: [{ start: 10 * MIB, end: 50 * MIB }, { start: 54 * MIB, end: 100 * MIB }, missing[1]],
  });
  // What is waited for is on its way: what comes next is missing most.
  assert.deepEqual(
    takeSegmentAt(missing, { position: 150 * MIB, lengthBytes: MIB })?.segment,
    { start: 200 * MIB, end: 201 * MIB },
  );
  assert.deepEqual(
    takeSegmentAt(missing, { position: 400 * MIB, lengthBytes: MIB }),
    takeSegment(missing, MIB),
  );
});

Deno.test("takeSegmentAt() gives away what is missing, and nothing else (property)", () => {
  const positions = fc.array(fc.integer({ min: 0, max: 400 * MIB }), { minLength: 2, maxLength: 12 });
  fc.assert(fc.property(
    positions,
    fc.integer({ min: 0, max: 400 * MIB }),
    fc.integer({ min: MIB, max: 64 * MIB }),
    (points, position, lengthBytes) => {
      const sorted = [...new Set(points)].sort((a, b) => a - b);
      const missing = sorted.flatMap((start, index) => {
        const end = sorted[index + 1];
        return index % 2 === 0 && end !== undefined ? [{ start, end }] : [];
      });
      const taken = takeSegmentAt(missing, { position, lengthBytes });
      if (taken === undefined) return missing.length === 0;
      const all = [...taken.rest, taken.segment].sort((a, b) => a.start - b.start);
      assert.equal(totalLength(all), totalLength(missing));
      for (const range of all) {
        assert.ok(range.end > range.start);
        assert.ok(missing.some(({ start, end }) => start <= range.start && range.end <= end));
      }
      const covers = missing.some(({ start, end }) => start <= position && position < end);
      const { segment } = taken;
      return !covers || (segment.start <= position && position < segment.end);
    },
  ));
});
