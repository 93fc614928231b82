import assert from "node:assert/strict";
import type { ActiveSegment } from "../../../core/download/file_transfer.ts";
import { findStuckSegments } from "../../../core/download/watchdog.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

interface Lane {
  readonly segment: ActiveSegment;
  position: number;
  readonly bytesPerSecond: number;
}

function lane(bytesPerSecond: number, changes: Partial<ActiveSegment> = {}): Lane {
  const segment: ActiveSegment = {
    start: 0,
    end: 1e12,
    askedEnd: 1e12,
    slot: 0,
    divisible: true,
    controller: new AbortController(),
    cutBecause: undefined,
    bytesPerSecond: 0,
    recentBytesPerSecond: 0,
    seenPosition: 0,
    movedAt: 0,
    firstByteAt: undefined,
    origin: undefined,
    ...changes,
  };
  return { segment, position: 0, bytesPerSecond };
}

/** Lanes running at their rates; the time at which each was cut. */
function watch(
  lanes: readonly Lane[],
  options: { readonly seconds: number; readonly throttled?: boolean; readonly idleLanes?: boolean },
): Map<Lane, number> {
  const cut = new Map<Lane, number>();
  for (let now = 50; now <= options.seconds * 1000; now += 50) {
    for (const one of lanes) if (!cut.has(one)) one.position += one.bytesPerSecond / 20;
    const stuck = findStuckSegments({
      segments: lanes.filter((one) => !cut.has(one)).map((one) => one.segment),
      position: (segment) => lanes.find((one) => one.segment === segment)?.position ?? 0,
      now,
      elapsedMs: 50,
      stallTimeoutMs: options.idleLanes ? 30_000 : 3000,
      throttled: options.throttled ?? false,
      replaceable: () => options.idleLanes ?? false,
    });
    for (const one of lanes) if (stuck.includes(one.segment)) cut.set(one, now);
  }
  return cut;
}

Deno.test("findStuckSegments() cuts a lane that has not moved for the stall timeout", () => {
  const dead = lane(0);
  const slow = lane(300);
  const cut = watch([dead, slow], { seconds: 4 });
  assert.deepEqual([...cut], [[dead, 3000]]);
  assert.equal(dead.segment.cutBecause, "stalled");
});

Deno.test("findStuckSegments() cuts a lane far below the best after five seconds", () => {
  const best = lane(10 * MIB);
  const straggler = lane(100 * KIB);
  const slower = lane(2 * MIB);
  const cut = watch([best, straggler, slower], { seconds: 10 });
  assert.deepEqual([...cut.keys()], [straggler]);
  assert.equal(straggler.segment.cutBecause, "straggling");
  assert.ok((cut.get(straggler) ?? 0) >= 5000);
});

Deno.test("findStuckSegments() leaves lanes alone that are all slow", () => {
  assert.equal(watch([lane(100 * KIB), lane(50 * KIB), lane(20 * KIB)], { seconds: 20 }).size, 0);
});

Deno.test("findStuckSegments() takes no offence at lanes that the rate limit holds back", () => {
  assert.equal(watch([lane(0), lane(10 * MIB), lane(100 * KIB)], { seconds: 20, throttled: true }).size, 0);
});

Deno.test("findStuckSegments() does not look at a lane whose request is not made yet", () => {
  assert.equal(watch([lane(0, { movedAt: undefined })], { seconds: 20 }).size, 0);
});

Deno.test("findStuckSegments() returns a lane once", () => {
  const dead = lane(0, { cutBecause: "restarting" });
  assert.equal(watch([dead], { seconds: 20 }).size, 0);
  assert.equal(dead.segment.cutBecause, "restarting");
});

Deno.test("findStuckSegments() smooths rates towards what a lane does", () => {
  const steady = lane(MIB, { bytesPerSecond: 8 * MIB });
  watch([steady], { seconds: 1 });
  const early = steady.segment.bytesPerSecond;
  assert.ok(early > MIB && early < 8 * MIB, `${early}`);
  watch([steady], { seconds: 10 });
  assert.ok(Math.abs(steady.segment.bytesPerSecond - MIB) < 0.02 * MIB);
});

Deno.test("findStuckSegments() gives a lane that stands still away soon when others are free", () => {
  const still = lane(0);
  assert.equal(watch([still], { seconds: 10, idleLanes: true }).get(still), 3000);
  assert.equal(watch([lane(MIB)], { seconds: 10, idleLanes: true }).size, 0);
});

Deno.test("findStuckSegments() soon sees in the recent rate that a lane has broken down", () => {
  const one = lane(10_000_000);
  watch([one], { seconds: 5 });
  const broken: Lane = { ...one, bytesPerSecond: 20_000 };
  for (let now = 5050; now <= 6500; now += 50) {
    broken.position += 1000;
    findStuckSegments({
      segments: [one.segment],
      position: () => broken.position,
      now,
      elapsedMs: 50,
      stallTimeoutMs: 30_000,
      throttled: false,
      replaceable: () => false,
    });
  }
  assert.ok(one.segment.recentBytesPerSecond < 200_000, `${one.segment.recentBytesPerSecond}`);
  assert.ok(one.segment.bytesPerSecond > 1_000_000, "one short pause makes no straggler");
});

Deno.test("findStuckSegments() lets a lane crawl whose bytes would be lost with it", () => {
  const crawling = lane(2 * KIB, { divisible: false });
  const cut = watch([lane(MIB), crawling], { seconds: 60 });
  assert.equal(cut.size, 0);
  const dead = lane(0, { divisible: false });
  assert.ok(watch([lane(MIB), dead], { seconds: 60 }).has(dead), "standing still is another matter");
});
