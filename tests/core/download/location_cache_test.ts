import assert from "node:assert/strict";
import { LocationCache } from "../../../core/download/location_cache.ts";
import type { LocateOptions, SourceLocation } from "../../../core/download/source_file.ts";
import { settle, TestClock } from "../../support/test_clock.ts";

const DIGEST = { algorithm: "sha256", hex: "ab".repeat(32) } as const;

interface SetUp {
  readonly cache: LocationCache;
  readonly clock: TestClock;
  readonly stop: AbortController;
  /** One for each question, to be answered by the test. */
  readonly asked: PromiseWithResolvers<SourceLocation>[];
  readonly signals: AbortSignal[];
  /** The hosts that each question wanted to be spared. */
  readonly spared: (readonly string[])[];
}

function setUp(): SetUp {
  const clock = new TestClock();
  const stop = new AbortController();
  const asked: PromiseWithResolvers<SourceLocation>[] = [];
  const signals: AbortSignal[] = [];
  const spared: (readonly string[])[] = [];
  const locate = ({ signal, unreachable = [] }: LocateOptions) => {
    spared.push(unreachable);
    const question = Promise.withResolvers<SourceLocation>();
    asked.push(question);
    signals.push(signal);
    return question.promise;
  };
  const source = { path: "a", sizeBytes: 1, digest: DIGEST, hasMirrors: true, locate };
  return {
    cache: new LocationCache(source, { clock, signal: stop.signal }),
    clock,
    stop,
    asked,
    signals,
    spared,
  };
}

function place(url: string, expiresAt?: number): SourceLocation {
  return { url, headers: {}, expiresAt };
}

/** Answers all open questions with numbered URLs. */
function answer({ asked }: SetUp, expiresAt?: number): void {
  asked.forEach((question, index) => question.resolve(place(`http://host/${index + 1}`, expiresAt)));
}

Deno.test("LocationCache.get() asks once for all lanes", async () => {
  const parts = setUp();
  const lanes = [parts.cache.get(), parts.cache.get(), parts.cache.get()];
  answer(parts);
  for (const { location, generation } of await Promise.all(lanes)) {
    assert.deepEqual([location.url, generation], ["http://host/1", 1]);
  }
  await parts.cache.get();
  assert.equal(parts.asked.length, 1);
});

Deno.test("LocationCache.prefetch() asks ahead, and its failure is met by nobody", async () => {
  const parts = setUp();
  parts.cache.prefetch();
  parts.cache.prefetch();
  assert.equal(parts.asked.length, 1);
  parts.asked[0]?.reject(new Error("no"));
  await settle();
  const again = parts.cache.get();
  answer(parts);
  assert.equal((await again).location.url, "http://host/2");
});

Deno.test("LocationCache.get() passes a failure on and asks anew the next time", async () => {
  const parts = setUp();
  const first = parts.cache.get();
  const second = parts.cache.get();
  parts.asked[0]?.reject(new Error("no such file"));
  await assert.rejects(first, /no such file/);
  await assert.rejects(second, /no such file/);
  const third = parts.cache.get();
  answer(parts);
  assert.equal((await third).generation, 2);
});

Deno.test("LocationCache.get() renews 30 s before the end, once for all lanes", async () => {
  const parts = setUp();
  const first = parts.cache.get();
  answer(parts, parts.clock.now() + 3_600_000);
  await first;
  await parts.clock.advance(3_569_999);
  assert.equal((await parts.cache.get()).generation, 1);
  await parts.clock.advance(1);
  const lanes = [parts.cache.get(), parts.cache.get(), parts.cache.get()];
  await settle();
  assert.equal(parts.asked.length, 2);
  answer(parts, parts.clock.now() + 3_600_000);
  for (const { generation } of await Promise.all(lanes)) assert.equal(generation, 2);
});

Deno.test("LocationCache.get() uses a short-lived location for nine tenths of its life", async () => {
  const parts = setUp();
  const first = parts.cache.get();
  answer(parts, parts.clock.now() + 1000);
  await first;
  await parts.clock.advance(899);
  assert.equal((await parts.cache.get()).generation, 1);
  await parts.clock.advance(1);
  const renewed = parts.cache.get();
  await settle();
  answer(parts);
  assert.equal((await renewed).generation, 2);
});

Deno.test("LocationCache.get() does not ask over and over when the clocks of both sides differ", async () => {
  const parts = setUp();
  for (let lane = 0; lane < 3; lane++) {
    const location = parts.cache.get();
    await settle();
    answer(parts, parts.clock.now() - 86_400_000);
    await location;
  }
  assert.equal(parts.asked.length, 1);
});

Deno.test("LocationCache.expire() takes the first of those who used the same location", async () => {
  const parts = setUp();
  const first = parts.cache.get();
  answer(parts);
  const { generation } = await first;
  assert.equal(parts.cache.expire(generation), true);
  assert.equal(parts.cache.expire(generation), false);
  const second = parts.cache.get();
  answer(parts);
  assert.equal((await second).generation, 2);
  assert.equal(parts.cache.expire(generation), false, "a late lane does not spoil the new one");
  assert.equal((await parts.cache.get()).generation, 2);
});

Deno.test("LocationCache.get() asks anew when the answer expired while it was waited for", async () => {
  const parts = setUp();
  parts.cache.prefetch();
  const lane = parts.cache.get();
  parts.cache.expire(1);
  answer(parts);
  await settle();
  answer(parts);
  assert.equal((await lane).generation, 2);
});

Deno.test("LocationCache gives the engine's signal to the source", async () => {
  const parts = setUp();
  const lane = parts.cache.get();
  parts.stop.abort();
  assert.equal(parts.signals[0]?.aborted, true);
  answer(parts);
  await lane;
});

/** Asks once more, and gets that place. */
async function move(parts: SetUp, url: string) {
  const next = parts.cache.get();
  await settle();
  parts.asked.at(-1)?.resolve(place(url));
  return await next;
}

Deno.test("LocationCache.abandon() asks for a place on another host, and says whether that is news", async () => {
  const parts = setUp();
  const first = await move(parts, "http://one/f");
  assert.deepEqual([first.origin, first.moved], ["http://one", false]);
  assert.equal(parts.cache.abandon(first.generation), true);
  assert.equal(parts.cache.isOutdated(first.generation), true);
  assert.equal(parts.cache.abandon(first.generation), false, "another lane has said so");
  const second = await move(parts, "http://two/f");
  assert.deepEqual(parts.spared, [[], ["http://one"]]);
  assert.deepEqual([second.origin, second.moved], ["http://two", true]);
  assert.equal(parts.cache.isOutdated(second.generation), false);
});

Deno.test("LocationCache.abandon() goes back to hosts that were given up when there is no other", async () => {
  const parts = setUp();
  const first = await move(parts, "http://one/f");
  parts.cache.abandon(first.generation);
  const again = await move(parts, "http://one/g");
  assert.equal(again.moved, false);
  assert.equal(parts.cache.abandon(again.generation), false, "it is no news, so nobody goes on for it");
  const back = await move(parts, "http://one/h");
  assert.equal(back.moved, false);
});

Deno.test("LocationCache.get() asks once more at most when somebody sets the clock", async () => {
  for (const jumpMs of [-3 * 3_600_000, 3 * 3_600_000]) {
    const parts = setUp();
    const { cache, clock, asked } = parts;
    const expiresAt = clock.now() + 3_600_000;
    const first = cache.get();
    answer(parts, expiresAt);
    await first;
    clock.jumpTo(clock.now() + jumpMs);
    const second = cache.get();
    await settle();
    // By the server's clock it is still good; by ours it is long over: then only the server can tell.
    answer(parts, expiresAt);
    await second;
    for (let index = 0; index < 5; index++) await cache.get();
    assert.equal(asked.length, jumpMs < 0 ? 1 : 2);
  }
});
