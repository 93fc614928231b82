import assert from "node:assert/strict";
import fc from "fast-check";
import { RateLimiter } from "../../../core/download/rate_limiter.ts";
import { TransferSlots } from "../../../core/download/transfer_slots.ts";
import { TestClock } from "../../support/test_clock.ts";

function setUp(): {
  readonly clock: TestClock;
  readonly slots: TransferSlots;
  readonly limiter: RateLimiter;
} {
  const clock = new TestClock();
  const slots = new TransferSlots();
  return { clock, slots, limiter: new RateLimiter({ slots, clock }) };
}

/** Lanes that take whatever they may, at every beat; the bytes they got. */
async function drain(
  parts: ReturnType<typeof setUp>,
  options: { readonly ms: number; readonly beatMs: number; readonly lanes: number },
): Promise<number> {
  const { clock, slots, limiter } = parts;
  let taken = 0;
  for (let elapsed = 0; elapsed < options.ms; elapsed += options.beatMs) {
    await clock.advance(options.beatMs);
    limiter.refill();
    for (let lane = 0; slots.allowed; lane = (lane + 1) % options.lanes) {
      taken += slots.readLimit;
      slots.consume(slots.readLimit);
    }
  }
  return taken;
}

Deno.test("RateLimiter lets through exactly its rate over time", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 100, max: 50_000_000 }),
      fc.constantFrom(10, 25, 50, 130),
      fc.integer({ min: 1, max: 16 }),
      async (rate, beatMs, lanes) => {
        const parts = setUp();
        parts.limiter.setLimit(rate);
        const ms = 13_000;
        const taken = await drain(parts, { ms, beatMs, lanes });
        const beats = Math.ceil(ms / beatMs) * beatMs;
        // At most one read is owed, and less than one byte waits to become due.
        const owed = taken - rate * beats / 1000;
        assert.ok(owed >= -1 && owed <= parts.slots.readLimit, `${owed} bytes off at ${rate} B/s`);
      },
    ),
    { numRuns: 15 },
  );
});

Deno.test("RateLimiter saves up no more than a fifth of a second", async () => {
  const parts = setUp();
  parts.limiter.setLimit(1_000_000);
  await parts.clock.advance(60_000);
  parts.limiter.refill();
  let taken = 0;
  while (parts.slots.allowed) {
    taken += 20_000;
    parts.slots.consume(20_000);
  }
  assert.equal(taken, 200_000);
});

Deno.test("RateLimiter.setLimit() takes effect at once, both ways", async () => {
  const parts = setUp();
  parts.limiter.setLimit(10_000_000);
  await drain(parts, { ms: 1000, beatMs: 50, lanes: 8 });
  parts.limiter.setLimit(100_000);
  assert.equal(parts.limiter.limit, 100_000);
  const slow = await drain(parts, { ms: 1000, beatMs: 50, lanes: 8 });
  assert.ok(slow >= 99_000 && slow <= 105_000, `${slow}`);
  parts.limiter.setLimit(undefined);
  assert.equal(parts.limiter.limit, undefined);
  assert.equal(parts.limiter.exhausted, false);
  assert.equal(parts.slots.consume(1e9), true);
});

Deno.test("RateLimiter.exhausted says whether transfers wait for it", async () => {
  const { clock, slots, limiter } = setUp();
  assert.equal(limiter.exhausted, false);
  limiter.setLimit(1000);
  assert.equal(limiter.exhausted, true);
  await clock.advance(100);
  limiter.refill();
  assert.equal(limiter.exhausted, false);
  slots.consume(4096);
  assert.equal(limiter.exhausted, true);
});

Deno.test("RateLimiter.setLimit() refuses a rate that would never end", () => {
  const { limiter } = setUp();
  for (const rate of [0, -1, NaN]) assert.throws(() => limiter.setLimit(rate), RangeError);
});
