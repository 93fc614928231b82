import assert from "node:assert/strict";
import fc from "fast-check";
import { LaneAllowance } from "../../../core/download/allowance.ts";
import { RateLimiter } from "../../../core/download/rate_limiter.ts";
import { TransferSlots } from "../../../core/download/transfer_slots.ts";
import { TestClock } from "../../support/test_clock.ts";

/** A limiter, and lanes that read whatever they may from servers of any speed. */
class Bench {
  readonly slots = new TransferSlots();
  now = 0;
  readonly limiter: RateLimiter;
  readonly lanes: LaneAllowance[] = [];
  /** Bytes by lane. */
  readonly read: number[] = [];

  constructor(options: { readonly limit?: number; readonly lanes?: number } = {}) {
    const clock = Object.assign(new TestClock(), { monotonic: () => this.now });
    this.limiter = new RateLimiter({ slots: this.slots, clock, bytesPerSecond: options.limit });
    for (let lane = 0; lane < (options.lanes ?? 1); lane++) {
      this.lanes.push(new LaneAllowance(new TransferSlots(this.slots.buffer).allowance));
      this.read.push(0);
    }
  }

  get total(): number {
    return this.read.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Lets time pass: lanes look every 10 ms, always in the same order; the limiter every `beatMs`. */
  pass(
    ms: number,
    options: { readonly beatMs?: number; readonly laneBytesPerSecond?: readonly number[] } = {},
  ): void {
    const { beatMs = 25, laneBytesPerSecond = [] } = options;
    const arrived = this.lanes.map(() => 0);
    for (let beatAt = this.now + beatMs, end = this.now + ms; this.now < end;) {
      this.now = Math.min(this.now + 5, end);
      if (this.now >= beatAt) {
        beatAt += beatMs;
        this.limiter.refill();
      }
      for (const [index, lane] of this.lanes.entries()) {
        const speed = laneBytesPerSecond[index] ?? Infinity;
        arrived[index] = speed === Infinity ? 1e7 : (arrived[index] ?? 0) + speed / 200;
        this.#drain(lane, { index, arrived });
      }
    }
  }

  #drain(lane: LaneAllowance, facts: { readonly index: number; readonly arrived: number[] }): void {
    const { index, arrived } = facts;
    for (;;) {
      const allowed = lane.next();
      const bytes = Math.floor(Math.min(allowed ?? 0, arrived[index] ?? 0, 512 * 1024));
      if (bytes <= 0) return;
      lane.spend(bytes);
      arrived[index] = (arrived[index] ?? 0) - bytes;
      this.read[index] = (this.read[index] ?? 0) + bytes;
    }
  }
}

Deno.test("RateLimiter keeps to its rate within 3 % from the first second on, never above it", () => {
  const rates = fc.integer({ min: 10_000, max: 500_000_000 });
  fc.assert(
    fc.property(
      rates,
      fc.constantFrom(25, 40, 110),
      fc.integer({ min: 1, max: 16 }),
      (limit, beatMs, lanes) => {
        const bench = new Bench({ limit, lanes });
        for (const second of [1, 2, 5]) {
          bench.pass(second * 1000 - bench.now, { beatMs });
          const asked = limit * second;
          const bite = Math.max(1024, limit / 100);
          // The first beat only sees that there is demand; the last one is still to come.
          const open = limit * 2 * beatMs / 1000 + 2 * bite;
          assert.ok(bench.total <= asked, `${bench.total} of ${asked}`);
          assert.ok(bench.total >= asked - open, `${bench.total} of ${asked}`);
        }
        const before = bench.total;
        bench.pass(20_000, { beatMs });
        const rate = (bench.total - before) / 20;
        assert.ok(Math.abs(rate - limit) < 0.03 * limit, `${rate} of ${limit} B/s`);
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("RateLimiter lets every lane come round, whoever looks first", () => {
  for (const limit of [10_000, 2_000_000, 100_000_000]) {
    const bench = new Bench({ limit, lanes: 16 });
    bench.pass(20_000);
    // Who is late for a turn gets in line later: some get less, but none little.
    const share = bench.total / 16;
    const bite = Math.max(1024, limit / 100);
    for (const bytes of bench.read) {
      assert.ok(bytes >= 0.75 * share - bite && bytes <= 1.33 * share + bite, `${bench.read} at ${limit}`);
    }
  }
});

Deno.test("RateLimiter gives what slow lanes leave to the others", () => {
  const bench = new Bench({ limit: 1_000_000, lanes: 4 });
  bench.pass(10_000, { laneBytesPerSecond: [10_000, 0, Infinity, Infinity] });
  assert.ok(bench.total > 9_700_000 && bench.total <= 10_000_000, `${bench.total}`);
  assert.ok((bench.read[0] ?? 0) > 95_000, "the slow one gets all it can take");
});

Deno.test("RateLimiter begins to count with the first byte that is asked for, and saves little between two", () => {
  const bench = new Bench({ limit: 1_000_000, lanes: 1 });
  for (; bench.now < 10_000; bench.now += 25) bench.limiter.refill();
  bench.pass(1000);
  assert.ok(bench.total <= 1_025_000, `${bench.total}: no burst for the time before`);
  const before = bench.total;
  const rest = bench.lanes[0]?.next();
  assert.ok(rest === undefined, "it waits");
  bench.lanes[0]?.release();
  for (const end = bench.now + 10_000; bench.now < end; bench.now += 25) bench.limiter.refill();
  bench.pass(1000);
  const saved = bench.total - before - 1_000_000;
  assert.ok(saved > 400_000 && saved <= 525_000, `half a second's worth at most: ${saved}`);
});

Deno.test("RateLimiter pays for a hiccup of its thread, but not for a night's sleep", () => {
  const bench = new Bench({ limit: 1_000_000, lanes: 2 });
  bench.pass(1000);
  bench.pass(700, { beatMs: 699 });
  assert.ok(bench.total > 1_600_000 && bench.total <= 1_700_000, `${bench.total}`);
  bench.now += 3_600_000;
  const before = bench.total;
  bench.pass(1000);
  assert.ok(bench.total - before <= 2_050_000, `${bench.total - before}`);
});

Deno.test("RateLimiter.setLimit() takes effect within a tenth of a second: up, down, off and on", () => {
  const bench = new Bench({ limit: 100_000_000, lanes: 16 });
  bench.pass(2000);
  const during = (ms: number): number => {
    const before = bench.total;
    bench.pass(ms);
    return bench.total - before;
  };
  bench.limiter.setLimit(100_000);
  assert.ok(during(100) <= 100_000 / 10);
  const slow = during(2000);
  assert.ok(slow >= 190_000 && slow <= 203_000, `${slow}`);
  bench.limiter.setLimit(50_000_000);
  const fast = during(100);
  assert.ok(fast >= 2_400_000 && fast <= 5_000_000, `${fast}`);
  bench.limiter.setLimit(undefined);
  assert.equal(bench.limiter.limit, undefined);
  assert.ok(during(100) > 1e8);
  bench.limiter.setLimit(1_000_000);
  assert.ok(during(1000) <= 1_000_000);
});

Deno.test("RateLimiter.setLimit() to the same rate gives nothing away", () => {
  const bench = new Bench({ limit: 1_000_000, lanes: 4 });
  for (let times = 0; times < 100; times++) {
    bench.limiter.setLimit(1_000_000);
    bench.pass(100);
  }
  assert.ok(bench.total >= 9_700_000 && bench.total <= 10_000_000, `${bench.total}`);
});

Deno.test("RateLimiter.hold() gives a request with a limit of its own a bucket of its own, and touches no other", () => {
  const bench = new Bench({ limit: 5_000_000, lanes: 2 });
  const { limiter, slots } = bench;
  const view = new TransferSlots(slots.buffer);
  using shared = limiter.hold(undefined);
  assert.equal(shared.limiter, limiter);
  const slow = limiter.hold(100_000);
  const free = limiter.hold(null);
  assert.equal(limiter.limit, 5_000_000, "whoever has a limit of its own");
  assert.equal(slow.limiter.limit, 100_000);
  assert.equal(free.limiter.limit, undefined);
  assert.equal(new LaneAllowance(view.allowanceOf(free.limiter.budget)).next(), Infinity);

  // The worker learns from the slot whose bytes they are.
  const lane = new LaneAllowance(view.allowanceOf(view.budget(slots.lease(0, 1, slow.limiter.budget))));
  let slowBytes = 0;
  for (let times = 0; times < 100; times++) {
    bench.pass(100);
    slow.limiter.refill();
    for (let bytes = lane.next(); bytes !== undefined && bytes > 0; bytes = lane.next()) {
      slowBytes += bytes;
      lane.spend(bytes);
    }
  }
  assert.ok(bench.total >= 48_500_000 && bench.total <= 50_000_000, `shared: ${bench.total}`);
  assert.ok(slowBytes >= 900_000 && slowBytes <= 1_000_000, `own: ${slowBytes}`);
  slow[Symbol.dispose]();
  slow[Symbol.dispose]();
  assert.equal(limiter.limit, 5_000_000);
});

Deno.test("RateLimiter.hold() of a second request leaves the first one's account alone", () => {
  const bench = new Bench({ lanes: 8, limit: 1_000_000 });
  using _first = bench.limiter.hold(undefined);
  for (let times = 0; times < 100; times++) {
    using _second = bench.limiter.hold(undefined);
    using _third = bench.limiter.hold(1000);
    bench.pass(100);
  }
  assert.ok(bench.total >= 9_700_000 && bench.total <= 10_000_000, `${bench.total}`);
});

Deno.test("RateLimiter.hold() gives its bucket back: there are enough for any number of requests after each other", () => {
  const { limiter } = new Bench();
  for (let times = 0; times < 1000; times++) {
    using own = limiter.hold(1000);
    assert.notEqual(own.limiter.budget, limiter.budget);
  }
});

Deno.test("RateLimiter.setLimit() changes what is shared, and no limit that a request has of its own", () => {
  const { limiter } = new Bench({ limit: 5_000_000 });
  using own = limiter.hold(1_000_000);
  using shared = limiter.hold(undefined);
  for (const limit of [8_000_000, undefined, 3_000_000]) {
    limiter.setLimit(limit);
    assert.equal(shared.limiter.limit, limit);
    assert.equal(own.limiter.limit, 1_000_000);
  }
});

Deno.test("RateLimiter.exhausted says whether lanes wait for it, and for a second after", () => {
  const bench = new Bench({ lanes: 2 });
  assert.equal(bench.limiter.exhausted, false);
  bench.limiter.setLimit(1_000_000);
  assert.equal(bench.limiter.exhausted, false, "nobody asks yet");
  bench.pass(500);
  assert.equal(bench.limiter.exhausted, true);
  for (const lane of bench.lanes) lane.release();
  bench.limiter.refill();
  assert.equal(bench.limiter.exhausted, true, "just now");
  bench.now += 1100;
  bench.limiter.refill();
  assert.equal(bench.limiter.exhausted, false);
  // Servers that send less than is allowed hold themselves up.
  bench.pass(3000, { laneBytesPerSecond: [100_000, 100_000] });
  assert.equal(bench.limiter.exhausted, false);
});

Deno.test("RateLimiter.lanes is one for each 256 KiB a second", () => {
  for (const [limit, lanes] of [[10_000, 1], [200_000, 1], [1_000_000, 4], [100_000_000, 382]] as const) {
    assert.equal(new Bench({ limit }).limiter.lanes, lanes);
  }
  assert.equal(new Bench().limiter.lanes, Infinity);
});

Deno.test("RateLimiter refuses a rate that is none, and keeps the one it has", () => {
  const { limiter } = new Bench({ limit: 7000 });
  for (const rate of [0, 0.5, -1, NaN, Infinity]) {
    assert.throws(() => limiter.setLimit(rate), RangeError);
    assert.throws(() => limiter.hold(rate), RangeError);
    assert.throws(() => new Bench({ limit: rate }), RangeError);
  }
  assert.equal(limiter.limit, 7000);
});
