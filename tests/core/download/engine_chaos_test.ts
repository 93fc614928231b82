import assert from "node:assert/strict";
import fc from "fast-check";
import { type ErrorCode, ModelManagerError } from "../../../core/base/errors.ts";
import type { FileTask } from "../../../core/download/file_task.ts";
import { deadEndpoint, type Fault, type FaultEffect } from "../../support/faults.ts";
import { type EngineFixture, hastyClock, MIB, openFixture } from "./engine_fixture.ts";

const FILES = [
  { path: "a.gguf", sizeBytes: 4 * MIB + 321 },
  { path: "b.gguf", sizeBytes: 2 * MIB },
  { path: "small.gguf", sizeBytes: 300_000 },
  { path: "tiny.gguf", sizeBytes: 1 },
];
const HASTY = hastyClock(100);
const NOWHERE = deadEndpoint();
/** A few in every run of the tests; after a change of the engine, hundreds: `MM_TEST_CHAOS_RUNS=500`. */
const RUNS = Number(Deno.env.get("MM_TEST_CHAOS_RUNS") ?? 6);
/** One that takes longer than this hangs; the limits and slow bodies of a scenario take some seconds. */
const RUN_LIMIT_MS = 120_000;
/** Another one in every run, printed so that it can be played again: `MM_TEST_CHAOS_SEED=…`. */
const SEED = Number(Deno.env.get("MM_TEST_CHAOS_SEED") ?? Math.floor(Math.random() * 2 ** 31));
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
  fc.constantFrom(403, 404, 408, 416, 425, 500, 503, 522).map((status) => ({
    type: "status" as const,
    status,
  })),
  fc.constantFrom("0", "3", "90000").map((after) => ({
    type: "status" as const,
    status: 503,
    headers: { "retry-after": after },
  })),
  fc.constant({ type: "rate-limit" as const, resetSeconds: 1 }),
  fc.constant({ type: "rate-limit" as const, resetSeconds: 90_000 }),
  fc.constantFrom('"one"', '"two"', 'W/"three"').map((etag) => ({
    type: "headers" as const,
    headers: { etag },
  })),
  fc.constantFrom(0, 5, 4 * MIB + 322).map((sizeBytes) => ({ type: "total" as const, sizeBytes })),
  bytes.map((extraBytes) => ({ type: "longer" as const, extraBytes: 1 + extraBytes })),
  fc.constant({ type: "no-length" as const }),
  fc.constant({ type: "gzip" as const }),
  fc.constantFrom("", "?again", "file:///etc/passwd").map((location) => ({
    type: "redirect" as const,
    location,
  })),
  fc.constantFrom(2 * MIB, 8 * MIB).map((bytesPerSecond) => ({ type: "slow" as const, bytesPerSecond })),
  fc.record({
    type: fc.constant("connections" as const),
    most: fc.constantFrom(1, 2, 3),
    status: fc.constantFrom(403, 429, 503),
    bytesPerSecond: fc.constant(8 * MIB),
  }),
  fc.constant({ type: "delay" as const, ms: 300 }),
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
  /** Which questions for a place are answered with one where nobody is, and which are not answered. */
  nowhere: fc.array(fc.nat(9), { maxLength: 4 }),
  unanswered: fc.array(fc.nat(9), { maxLength: 2 }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** The tasks as a later run finds them, with places that are sometimes no good. */
async function tasksLeft(
  fixture: EngineFixture,
  given: Scenario,
  asked: { count: number },
): Promise<FileTask[]> {
  const left: FileTask[] = [];
  for (const task of await fixture.tasks()) {
    if (await fixture.published(task.source.path) !== undefined) continue;
    const { source, ...others } = await fixture.again(task);
    const locate: typeof source.locate = async (how) => {
      const index = asked.count++;
      if (given.unanswered.includes(index)) {
        throw new ModelManagerError("NETWORK_ERROR", "The Hub cannot be reached");
      }
      const place = await source.locate(how);
      if (!given.nowhere.includes(index)) return place;
      return { ...place, url: place.url.replace(/^http:..[^/]*/, NOWHERE) };
    };
    left.push({ ...others, source: { ...source, locate } });
  }
  return left;
}

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
  how: { readonly stopAt: number | undefined; readonly asked: { count: number } },
): Promise<boolean> {
  const controller = new AbortController();
  let { crashAfter } = given;
  const { stopAt, asked } = how;
  const left = await tasksLeft(fixture, given, asked);
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
  // deno-lint-ignore no-console -- without it, what went wrong by chance could not be played again
  console.log(`chaos: ${RUNS} runs, seed ${SEED}`);
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      // Where the processor is busy, a worker that is well may be late with its answer.
      const others = { clock: HASTY, cancelGraceMs: 5_000 };
      await using fixture = await openFixture({ files: FILES, faults: given.faults, ...others });
      fixture.limiter.setLimit(given.limit);
      const asked = { count: 0 };
      for (const stopAt of given.stops) {
        await runOnce(fixture, given, { stopAt, asked });
        await assertJournalsTrue(fixture, given);
        await assertPublishedRight(fixture);
      }
      // Faults run out, so in the end everything is there.
      let done = false;
      for (let attempt = 0; attempt < 30 && !done; attempt++) {
        done = await runOnce(fixture, given, { stopAt: undefined, asked });
        await assertJournalsTrue(fixture, given);
      }
      assert.ok(done, "never ends");
      assert.equal(await assertPublishedRight(fixture), FILES.length);
      const { slots } = fixture.pool;
      for (let slot = 0; slot < 256; slot++) slots.lease(0, 1);
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true, timeout: RUN_LIMIT_MS },
  );
});
