import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { JobLimit } from "../../../core/jobs/job_limit.ts";
import { JobPlaces } from "../../../core/jobs/job_places.ts";
import { QueueOwner } from "../../../core/jobs/queue_owner.ts";
import { settle, TestClock } from "../../support/test_clock.ts";
import { openQueue } from "./job_fixture.ts";

Deno.test("QueueOwner.run() with stay waits in an empty queue, works what comes, and ends when it is stopped", async () => {
  const clock = new TestClock({ autoAdvance: true });
  await using queue = await openQueue(clock);
  const limit = new JobLimit(1);
  const gates: (() => void)[] = [];
  const owner = new QueueOwner({
    queue: queue.queue,
    clock,
    alone: true,
    stay: true,
    owner: { id: "run", pid: 1, host: "here" },
    limits: {
      get maxConcurrent() {
        return limit.jobs;
      },
      maxPerHost: 8,
    },
    runJob: async () => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return { status: "completed", bytesTotal: 1 };
    },
  });
  using _limits = limit.onChange(() => owner.changed());
  const stop = new AbortController();
  const running = owner.run(stop.signal);
  while (clock.monotonic() < 60_000) await settle();
  const ids = [await queue.add("acme/a"), await queue.add("acme/b"), await queue.add("acme/c")];
  owner.changed();
  while (gates.length < 1) await settle();
  await settle(20);
  strictEqual(gates.length, 1, "one at once");
  const beforeMs = clock.monotonic();
  limit.set(3);
  while (gates.length < 3) await settle();
  ok(clock.monotonic() - beforeMs < 5_000, "the new number counts at once");
  for (const open of gates) open();
  while ((await queue.queue.list()).jobs.some(({ status }) => status !== "completed")) await settle();
  deepStrictEqual((await owner.list()).jobs.map(({ id }) => id).sort(), ids.sort());
  stop.abort();
  await rejects(running, (error) => isModelManagerError(error) && error.code === "CANCELLED");
});

Deno.test("JobLimit.set() refuses what is no number of jobs", () => {
  const limit = new JobLimit(2);
  for (const jobs of [0, 65, 1.5, NaN]) {
    let refused: unknown;
    try {
      limit.set(jobs);
    } catch (error) {
      refused = error;
    }
    ok(isModelManagerError(refused) && refused.code === "USAGE_ERROR", String(jobs));
  }
  strictEqual(limit.jobs, 2);
});

Deno.test("QueueOwner.run() shares its places with schedules: neither goes beyond the limit, and an urgent job does not wait", async () => {
  const clock = new TestClock({ autoAdvance: true });
  await using queue = await openQueue(clock);
  const limit = new JobLimit(1);
  const places = new JobPlaces(limit);
  const gates: (() => void)[] = [];
  const owner = new QueueOwner({
    queue: queue.queue,
    clock,
    alone: true,
    stay: true,
    owner: { id: "run", pid: 1, host: "here" },
    limits: { maxConcurrent: 1, maxPerHost: 8 },
    places,
    runJob: async () => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return { status: "completed", bytesTotal: 1 };
    },
  });
  using _places = places.onChange(() => owner.changed());
  const stop = new AbortController();
  const { signal } = new AbortController();
  const first = await places.enter({ signal });
  await queue.add("acme/a");
  await queue.add("acme/b");
  const running = owner.run(stop.signal);
  while (clock.monotonic() < 10_000) await settle();
  strictEqual(gates.length, 0, "a schedule has the place");
  await queue.add("acme/now", "urgent");
  while (gates.length < 1) await settle();
  gates[0]?.();
  while ((await queue.job("acme/now")).status !== "completed") await settle();

  let second: Disposable | undefined;
  void places.enter({ signal }).then((place) => second = place);
  first[Symbol.dispose]();
  const waiter = () => second !== undefined;
  while (gates.length < 2 && !waiter()) await settle();
  await settle(20);
  strictEqual(Number(waiter()) + gates.length - 1, 1, "one of both");
  if (!waiter()) gates[1]?.();
  while (!waiter()) await settle();
  second?.[Symbol.dispose]();
  while (gates.length < 3) {
    for (const open of gates) open();
    await settle();
  }
  stop.abort();
  for (const open of gates) open();
  await rejects(running, (error) => isModelManagerError(error) && error.code === "CANCELLED");
  strictEqual(places.forQueue({ running: 0, urgent: 0 }), 1);
});
