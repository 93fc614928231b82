import assert from "node:assert/strict";
import fc from "fast-check";
import type { ErrorCode } from "../../../core/base/errors.ts";
import type { Fault, FaultEffect } from "../../support/faults.ts";
import { type EngineFixture, hastyClock, MIB, openFixture } from "./engine_fixture.ts";

const FILES = [
  { path: "a.gguf", sizeBytes: 4 * MIB + 321 },
  { path: "b.gguf", sizeBytes: 2 * MIB },
  { path: "small.gguf", sizeBytes: 300_000 },
  { path: "tiny.gguf", sizeBytes: 1 },
];
const HASTY = hastyClock(100);
/** A few in every run of the tests; after a change of the engine, hundreds: `MM_TEST_CHAOS_RUNS=500`. */
const RUNS = Number(Deno.env.get("MM_TEST_CHAOS_RUNS") ?? 6);
/** What may come of a run that faults have spoilt; anything else is a fault of ours. */
const EXPECTED: readonly ErrorCode[] = [
  "NETWORK_ERROR",
  "RATE_LIMITED",
  "AUTHENTICATION_ERROR",
  "NOT_FOUND",
  "CHECKSUM_MISMATCH",
  "CANCELLED",
];

const bytes = fc.integer({ min: 0, max: 2 * MIB });
const effect: fc.Arbitrary<FaultEffect> = fc.oneof(
  bytes.map((afterBytes) => ({ type: "cut" as const, afterBytes })),
  bytes.map((afterBytes) => ({ type: "stall" as const, afterBytes })),
  bytes.map((position) => ({ type: "corrupt" as const, position })),
  fc.constantFrom(403, 404, 416, 500, 503).map((status) => ({ type: "status" as const, status })),
  fc.constant({ type: "rate-limit" as const, resetSeconds: 1 }),
  fc.constant({ type: "ignore-range" as const }),
  fc.constant({ type: "html" as const }),
  fc.constant({ type: "hang" as const }),
  fc.constant({ type: "content-range" as const, value: "bytes 0-5/6" }),
);
const fault: fc.Arbitrary<Fault> = fc.record({
  effect,
  skip: fc.nat(8),
  times: fc.integer({ min: 1, max: 4 }),
});
const scenario = fc.record({
  faults: fc.array(fault, { maxLength: 5 }),
  connections: fc.integer({ min: 1, max: 6 }),
  stops: fc.array(fc.integer({ min: 1, max: 4 * MIB }), { maxLength: 2 }),
  limit: fc.option(fc.constantFrom(200_000, 2 * MIB), { nil: undefined, freq: 4 }),
  crashAfter: fc.option(bytes, { nil: undefined, freq: 4 }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** No journal may tell of bytes that are not those of the file. Bytes altered on the way are nobody's lie. */
async function assertJournalsTrue(fixture: EngineFixture, given: Scenario): Promise<void> {
  if (given.faults.some((one) => one.effect.type === "corrupt")) return;
  for (const task of await fixture.tasks()) {
    const journal = await fixture.journal(task);
    if (journal === undefined) continue;
    const right = await fixture.expected(task.source.path);
    const staged = await Deno.readFile(task.stagedPath);
    for (const { start, end } of [...journal.written, ...journal.synced]) {
      assert.deepEqual(
        staged.subarray(start, end),
        right.subarray(start, end),
        `${task.source.path} ${start}-${end}`,
      );
    }
  }
}

/** Whatever is published has the right bytes. */
async function assertPublishedRight(fixture: EngineFixture): Promise<number> {
  let right = 0;
  for (const { path } of FILES) {
    if (await fixture.published(path) === undefined) continue;
    assert.ok(await fixture.isRight(path), `${path} is wrong`);
    right++;
  }
  return right;
}

async function runOnce(
  fixture: EngineFixture,
  given: Scenario,
  stopAt: number | undefined,
): Promise<boolean> {
  const controller = new AbortController();
  let { crashAfter } = given;
  const left = [];
  for (const task of await fixture.tasks()) {
    if (await fixture.published(task.source.path) === undefined) left.push(await fixture.again(task));
  }
  const { error } = await fixture.run(left, {
    connections: given.connections,
    maxConnections: 6,
    stallTimeoutMs: 3000,
    timeoutMs: 60_000,
    signal: controller.signal,
    onEvent: ({ receivedBytes }) => {
      if (stopAt !== undefined && receivedBytes >= stopAt) controller.abort();
      if (crashAfter === undefined || receivedBytes < crashAfter) return;
      crashAfter = undefined;
      fixture.workers.workers.find((worker) => !worker.ended)?.crash();
    },
  });
  if (error !== undefined) assert.ok(EXPECTED.includes(error.code), `${error.code}: ${error.message}`);
  return error === undefined;
}

Deno.test("runTransfers() survives whatever happens on the way", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      await using fixture = await openFixture({ files: FILES, faults: given.faults, clock: HASTY });
      fixture.limiter.setLimit(given.limit);
      for (const stopAt of given.stops) {
        await runOnce(fixture, given, stopAt);
        await assertJournalsTrue(fixture, given);
        await assertPublishedRight(fixture);
      }
      // Faults run out, so in the end everything is there.
      let done = false;
      for (let attempt = 0; attempt < 30 && !done; attempt++) {
        done = await runOnce(fixture, given, undefined);
        await assertJournalsTrue(fixture, given);
      }
      assert.ok(done, "never ends");
      assert.equal(await assertPublishedRight(fixture), FILES.length);
      const { slots } = fixture.pool;
      for (let slot = 0; slot < 256; slot++) slots.lease(0, 1);
    }),
    { numRuns: RUNS, endOnFailure: true, interruptAfterTimeLimit: 600_000 },
  );
});
