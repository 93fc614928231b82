/**
 * What segments, lanes and stealing add up to: whole downloads over modelled links, against the best there is.
 *
 * @module
 */
import assert from "node:assert/strict";
import { seededRandom } from "./link_model.ts";
import { idealMs, simulateTransfer, type TransferCase } from "./transfer_model.ts";

const MIB = 2 ** 20;

function given(changes: Partial<TransferCase>): TransferCase {
  return {
    fileSizes: [256 * MIB],
    start: 8,
    max: 8,
    laneBytesPerSecond: () => 20e6,
    totalBytesPerSecond: Infinity,
    latencyMs: 20,
    ...changes,
  };
}

Deno.test("a download whose lanes are equal takes little longer than they need together", () => {
  const one = given({ laneBytesPerSecond: () => 5e6 });
  const result = simulateTransfer(one);
  assert.ok(result.elapsedMs < 1.06 * idealMs(one), `${result.elapsedMs} of ${idealMs(one)} ms`);
  assert.ok(result.requests <= 60, `${result.requests} requests`);
});

Deno.test("the last 5 % of a download do not run on one slow lane of eight", () => {
  for (const slow of [10e3, 200e3, 2e6]) {
    const one = given({ laneBytesPerSecond: (lane) => lane === 3 ? slow : 20e6 });
    const result = simulateTransfer(one);
    assert.ok(
      result.elapsedMs < 1.1 * idealMs(one) + 500,
      `${result.elapsedMs} of ${idealMs(one)} ms at ${slow} B/s`,
    );
    assert.ok(result.tailMs < 0.05 * idealMs(one) + 500, `the end took ${result.tailMs} ms at ${slow} B/s`);
  }
});

Deno.test("a lane that breaks down in the middle costs no more than its share", () => {
  const one = given({ laneBytesPerSecond: (lane, atMs) => lane === 5 && atMs > 1000 ? 20e3 : 10e6 });
  const { elapsedMs } = simulateTransfer(one);
  assert.ok(elapsedMs < 1.3 * idealMs(one), `${elapsedMs} of ${idealMs(one)} ms`);
});

Deno.test("one lane is enough to finish", () => {
  const one = given({ start: 1, max: 1, fileSizes: [32 * MIB, 5 * MIB] });
  const { elapsedMs, cut } = simulateTransfer(one);
  assert.equal(cut, 0);
  assert.ok(elapsedMs < 1.3 * idealMs(one), `${elapsedMs} of ${idealMs(one)} ms`);
});

Deno.test("the files of a repository are fetched side by side, the largest first, without idle lanes", () => {
  const fileSizes = Array.from({ length: 40 }, (_, index) => (1 + (index * 37) % 60) * 2 * MIB);
  const one = given({ fileSizes, max: 16, laneBytesPerSecond: () => 10e6 });
  const { elapsedMs, idleMs, opened, requests } = simulateTransfer(one);
  assert.deepEqual(opened, opened.toSorted((a, b) => b - a));
  assert.ok(elapsedMs < 1.08 * idealMs(one), `${elapsedMs} of ${idealMs(one)} ms`);
  assert.ok(idleMs < 0.01 * 16 * elapsedMs, `${idleMs} ms idle`);
  assert.ok(requests < 5 * fileSizes.length, `${requests} requests`);
});

/** Any link, any files, sometimes with one lane up to a hundred times slower than the others. */
function randomCase(seed: number): TransferCase {
  const random = seededRandom(seed * 104_729);
  const lane = 10 ** (5.5 + 2 * random());
  const slow = random() < 0.4 ? lane * 10 ** (-2 * random()) : lane;
  const spread = random() < 0.5 ? 0 : 0.6;
  const factors = Array.from({ length: 16 }, () => 1 + spread * (random() - 0.5));
  const max = [4, 8, 16][Math.floor(3 * random())] ?? 8;
  const bytes = lane * max * (3 + 12 * random());
  const shares = Array.from(
    { length: random() < 0.6 ? 1 : 1 + Math.floor(20 * random()) },
    () => 0.2 + random(),
  );
  const sum = shares.reduce((total, share) => total + share, 0);
  return {
    fileSizes: shares.map((share) => Math.max(2 * MIB, Math.round(share / sum * bytes))),
    start: Math.min(8, max),
    max,
    laneBytesPerSecond: (index) => (index === 1 ? slow : lane) * (factors[index] ?? 1),
    totalBytesPerSecond: random() < 0.5 ? Infinity : lane * max * (0.3 + random()),
    latencyMs: 100 * random() ** 2,
  };
}

Deno.test("downloads over any link take little longer than the best there is, to the last byte", () => {
  const cases = 100;
  let time = 0;
  let tail = 0;
  for (let seed = 1; seed <= cases; seed++) {
    const one = randomCase(seed);
    const result = simulateTransfer(one);
    const ratio = result.elapsedMs / idealMs(one);
    const tailRatio = result.tailMs / (0.05 * idealMs(one));
    assert.ok(ratio < 1.35, `seed ${seed}: ${ratio} times the best`);
    assert.ok(tailRatio < 3, `seed ${seed}: the end took ${tailRatio} times its part`);
    time += ratio / cases;
    tail += tailRatio / cases;
  }
  assert.ok(time < 1.08 && tail < 1.5, `${time} times the best, the end ${tail} times`);
});
