import assert from "node:assert/strict";
import { RateLimiter } from "../../../core/download/rate_limiter.ts";
import { TransferSlots } from "../../../core/download/transfer_slots.ts";
import type { OperationContext } from "../../../core/operations/context.ts";
import { checkRateLimit, setRateLimit } from "../../../core/operations/rate_limit.ts";
import { TestClock } from "../../support/test_clock.ts";

function open(): { readonly context: OperationContext; readonly limiter: RateLimiter } {
  const limiter = new RateLimiter({
    slots: new TransferSlots(),
    clock: new TestClock(),
    bytesPerSecond: 5000,
  });
  // Nothing else of the context is looked at.
  const context = { machinery: () => ({ limiter }) } as unknown as OperationContext;
  return { context, limiter };
}

Deno.test("setRateLimit() changes the limit that the requests share that run, up, down and off", () => {
  const { context, limiter } = open();
  using running = limiter.hold(undefined);
  using own = limiter.hold(1000);
  for (const rate of [2_000_000, 100, undefined, 7000]) {
    setRateLimit(context, rate);
    assert.equal(running.limiter.limit, rate);
    assert.equal(own.limiter.limit, 1000);
  }
});

Deno.test("setRateLimit() refuses what is no rate, and leaves the limit as it is", () => {
  const { context, limiter } = open();
  for (const rate of [0, -5, 0.5, NaN, Infinity]) {
    assert.throws(() => setRateLimit(context, rate), (error) => {
      assert.ok(error instanceof Error && "code" in error && "hints" in error);
      assert.equal(error.code, "USAGE_ERROR");
      assert.match(
        error.message,
        /^Cannot limit the rate to \S+ bytes a second: wanted a number of at least 1$/,
      );
      assert.match(String(error.hints), /--limit-rate off/);
      return true;
    });
    assert.throws(() => checkRateLimit(rate));
  }
  assert.equal(limiter.limit, 5000);
});

Deno.test("setRateLimit() takes a timetable: its steps are followed, but not by requests with limits of their own", async () => {
  const slots = new TransferSlots();
  const clock = new TestClock();
  const limiter = new RateLimiter({ slots, clock });
  const context = { machinery: () => ({ limiter }) } as unknown as OperationContext;
  const local = (ms: number): string => new Date(ms).toTimeString().slice(0, 5);
  const now = clock.now();
  setRateLimit(context, `${local(now - 60_000)},2M ${local(now + 60_000)},10M ${local(now + 120_000)},off`);
  const later = async (): Promise<number | undefined> => {
    await clock.advance(60_000);
    limiter.refill();
    return limiter.limit;
  };
  assert.equal(limiter.limit, 2_000_000);
  assert.equal(await later(), 10_000_000);
  const own = limiter.hold(500);
  assert.equal(await later(), undefined);
  assert.equal(own.limiter.limit, 500, "it is its own");
  own[Symbol.dispose]();
  assert.throws(() => setRateLimit(context, "25:00,2M"), { code: "USAGE_ERROR" });
});
