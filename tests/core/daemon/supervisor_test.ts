import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Problems } from "../../../core/daemon/problems.ts";
import { keepRunning } from "../../../core/daemon/supervisor.ts";
import { settle, TestClock } from "../../support/test_clock.ts";

Deno.test("keepRunning() begins again what fails or ends, ever more slowly, until it is stopped", async () => {
  const clock = new TestClock({ autoAdvance: true });
  const problems = new Problems(clock);
  const stop = new AbortController();
  const starts: number[] = [];
  await keepRunning({
    name: "queue",
    run: () => {
      starts.push(clock.monotonic());
      if (starts.length === 12) stop.abort();
      return starts.length % 2 === 0 ? Promise.resolve() : Promise.reject(new Error("broken"));
    },
  }, { clock, problems, signal: stop.signal });
  const pauses = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
  deepStrictEqual(pauses.slice(0, 4), [1_000, 2_000, 4_000, 8_000]);
  strictEqual(Math.max(...pauses), 300_000);
  await settle();
});

Deno.test("keepRunning() forgets a failure when the task has gone on for a while, and ends with the signal", async () => {
  const clock = new TestClock();
  const problems = new Problems(clock);
  const stop = new AbortController();
  let starts = 0;
  const running = keepRunning({
    name: "queue",
    run: async (signal) => {
      if (++starts === 1) throw new Error("broken");
      await clock.sleep(Infinity, { signal });
    },
  }, { clock, problems, signal: stop.signal });
  await settle();
  deepStrictEqual(problems.list().map(({ part, message }) => [part, message]), [["queue", "broken"]]);
  await clock.advance(1_000);
  strictEqual(starts, 2);
  await clock.advance(60_000);
  deepStrictEqual(problems.list(), []);
  stop.abort();
  await running;
  strictEqual(clock.sleeping, 0, "nobody waits any more");
});

Deno.test("Problems.failed() says the same once, and again after hours", () => {
  const clock = new TestClock();
  const problems = new Problems(clock);
  strictEqual(problems.failed("hub", "down"), true);
  strictEqual(problems.failed("hub", "down"), false);
  strictEqual(problems.failed("hub", "refused"), true);
  void clock.advance(6 * 3_600_000);
  return settle(5).then(() => {
    strictEqual(problems.failed("hub", "refused"), true);
    strictEqual(problems.list().length, 1);
    ok(problems.works("hub"));
    ok(!problems.works("hub"));
  });
});
