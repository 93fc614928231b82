import assert from "node:assert/strict";
import { settle, TestClock } from "./test_clock.ts";

Deno.test("TestClock.advance() wakes sleepers in order, each at its own time", async () => {
  const clock = new TestClock({ startMs: 1000 });
  const woken: [string, number][] = [];
  void clock.sleep(20).then(() => woken.push(["b", clock.monotonic()]));
  void clock.sleep(10)
    .then(() => clock.sleep(5))
    .then(() => woken.push(["a", clock.monotonic()]));
  void clock.sleep(50).then(() => woken.push(["late", clock.monotonic()]));
  await clock.advance(30);
  assert.deepEqual(woken, [["a", 15], ["b", 20]]);
  assert.deepEqual([clock.monotonic(), clock.now(), clock.sleeping], [30, 1030, 1]);
  assert.deepEqual(clock.sleeps, [20, 10, 50, 5]);
});

Deno.test("TestClock ends sleeps by itself when asked to", async () => {
  const clock = new TestClock({ autoAdvance: true });
  const startMs = clock.now();
  await Promise.all([clock.sleep(60_000), clock.sleep(3_600_000).then(() => clock.sleep(1))]);
  assert.equal(clock.now() - startMs, 3_600_001);
});

Deno.test("TestClock.sleep() ends with CANCELLED when aborted, and moves no time", async () => {
  const clock = new TestClock();
  const controller = new AbortController();
  const slept = assert.rejects(clock.sleep(100, { signal: controller.signal }), { code: "CANCELLED" });
  controller.abort();
  await slept;
  await assert.rejects(clock.sleep(100, { signal: AbortSignal.abort() }), { code: "CANCELLED" });
  assert.deepEqual([clock.sleeping, clock.monotonic()], [0, 0]);
});

Deno.test("TestClock.jumpTo() moves the wall clock only", async () => {
  const clock = new TestClock();
  void clock.sleep(10);
  clock.jumpTo(5);
  await settle();
  assert.deepEqual([clock.now(), clock.monotonic(), clock.sleeping], [5, 0, 1]);
});
