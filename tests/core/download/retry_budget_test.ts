import assert from "node:assert/strict";
import { RetryBudget } from "../../../core/download/retry_budget.ts";
import { TestClock } from "../../support/test_clock.ts";

function budget(maxRetries: number): { readonly clock: TestClock; readonly retries: RetryBudget } {
  const clock = new TestClock();
  return { clock, retries: new RetryBudget({ maxRetries, clock }) };
}

Deno.test("RetryBudget.fail() doubles the delay up to 15 s and gives up after maxRetries", async () => {
  const { clock, retries } = budget(7);
  const delays: number[] = [];
  for (;;) {
    const verdict = retries.fail({ receivedBytes: 0 });
    if (!verdict.retry) {
      assert.equal(verdict.attempts, 8);
      assert.equal(verdict.elapsedMs, delays.reduce((sum, delay) => sum + delay, 0));
      break;
    }
    delays.push(verdict.delayMs);
    assert.equal(retries.blocked, true);
    await clock.advance(verdict.delayMs);
    assert.equal(retries.blocked, false);
  }
  // The test clock's chance is 0.5, so three quarters of the full delay.
  assert.deepEqual(delays, [375, 750, 1500, 3000, 6000, 11250, 11250]);
});

Deno.test("RetryBudget.fail() begins anew after progress", async () => {
  const { clock, retries } = budget(2);
  for (let received = 0; received < 20; received++) {
    const verdict = retries.fail({ receivedBytes: received });
    assert.ok(verdict.retry);
    assert.equal(verdict.attempt, 1);
    await clock.advance(verdict.delayMs);
  }
});

Deno.test("RetryBudget.fail() takes bytes that were there before for no progress", async () => {
  const { clock, retries } = budget(1);
  assert.ok(retries.fail({ receivedBytes: 500 }).retry);
  await clock.advance(1000);
  // Begun anew from the start, and as far as before.
  assert.ok(!retries.fail({ receivedBytes: 500 }).retry);
});

Deno.test("RetryBudget.fail() counts lanes that fail together once", async () => {
  const { clock, retries } = budget(3);
  const verdicts = [0, 10, 20, 30].map((receivedBytes) => retries.fail({ receivedBytes }));
  assert.deepEqual(verdicts.map((verdict) => verdict.retry && verdict.counted), [true, false, false, false]);
  assert.deepEqual(verdicts.map((verdict) => verdict.retry && verdict.attempt), [1, 1, 1, 1]);
  await clock.advance(375);
  const next = retries.fail({ receivedBytes: 0 });
  assert.equal(next.retry && next.attempt, 2);
});

Deno.test("RetryBudget.fail() waits as long as the server asks, and never less", async () => {
  const { clock, retries } = budget(3);
  const first = retries.fail({ receivedBytes: 0, retryAfterMs: 60_000 });
  assert.equal(first.retry && first.delayMs, 60_000);
  await clock.advance(1000);
  // Another lane has moved meanwhile and fails for a reason of its own.
  const second = retries.fail({ receivedBytes: 10 });
  assert.equal(second.retry && second.delayMs, 59_000);
  const third = retries.fail({ receivedBytes: 10, retryAfterMs: 90_000 });
  assert.equal(third.retry && third.delayMs, 90_000);
  await clock.advance(89_999);
  assert.equal(retries.blocked, true);
});

Deno.test("RetryBudget.fail() gives up at once when nothing is to be tried again", () => {
  assert.deepEqual(budget(0).retries.fail({ receivedBytes: 0 }), { retry: false, attempts: 1, elapsedMs: 0 });
});

Deno.test("RetryBudget.reset() forgets failures, waits and bytes", () => {
  const { retries } = budget(1);
  retries.fail({ receivedBytes: 1000 });
  retries.reset();
  assert.equal(retries.blocked, false);
  const verdict = retries.fail({ receivedBytes: 0 });
  assert.equal(verdict.retry && verdict.attempt, 1);
});

Deno.test("RetryBudget.fail() does not use up its attempts on a server that says: at once", () => {
  const first = budget(3).retries.fail({ receivedBytes: 0, retryAfterMs: 0 });
  assert.equal(first.retry && first.delayMs, 375);
});

Deno.test("RetryBudget.waitsForServer tells the server's wish from our own delay", async () => {
  const { clock, retries } = budget(3);
  retries.fail({ receivedBytes: 0 });
  assert.deepEqual([retries.blocked, retries.waitsForServer], [true, false]);
  await clock.advance(375);
  retries.fail({ receivedBytes: 0, retryAfterMs: 60_000 });
  await clock.advance(59_999);
  assert.deepEqual([retries.blocked, retries.waitsForServer], [true, true]);
  await clock.advance(1);
  assert.deepEqual([retries.blocked, retries.waitsForServer], [false, false]);
});

Deno.test("RetryBudget.isRepeated() tells whether anything has come since the last failure", () => {
  const { retries } = budget(3);
  assert.equal(retries.isRepeated(0), false);
  retries.fail({ receivedBytes: 10 });
  assert.deepEqual([retries.isRepeated(10), retries.isRepeated(11)], [true, false]);
});

Deno.test("RetryBudget.pause() lets the file wait, and is no failure", async () => {
  const { clock, retries } = budget(1);
  retries.pause(1_000);
  assert.deepEqual([retries.blocked, retries.attempts, retries.waitsForServer], [true, 0, false]);
  await clock.advance(1_000);
  assert.equal(retries.blocked, false);
});
