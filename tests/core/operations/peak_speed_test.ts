import assert from "node:assert/strict";
import fc from "fast-check";
import { PeakSpeed } from "../../../core/operations/peak_speed.ts";

function peakOf(samples: readonly (readonly [atMs: number, bytes: number])[]): number {
  const peak = new PeakSpeed();
  for (const [atMs, bytes] of samples) peak.add(atMs, bytes);
  return peak.bytesPerSecond;
}

Deno.test("PeakSpeed finds the fastest second of a transfer", () => {
  const samples: [number, number][] = [];
  let bytes = 0;
  for (let atMs = 0; atMs <= 10_000; atMs += 25) {
    samples.push([atMs, bytes]);
    bytes += atMs >= 4000 && atMs < 6000 ? 25_000 : 2_500;
  }
  assert.equal(peakOf(samples), 1_000_000);
});

Deno.test("PeakSpeed takes no burst for a speed", () => {
  assert.equal(peakOf([[0, 0], [1, 1_000_000]]), 0, "nothing is known before a second has passed");
  assert.equal(peakOf([[0, 0], [1, 1_000_000], [1000, 1_000_000]]), 1_000_000);
  assert.equal(peakOf([[0, 0], [4000, 4_000_000]]), 1_000_000, "nothing was told in between");
});

Deno.test("PeakSpeed looks anew when bytes turn out to be bad", () => {
  assert.equal(peakOf([[0, 0], [1000, 500], [1100, 0], [2100, 800]]), 800);
});

Deno.test("PeakSpeed is never above the fastest moment, whatever comes when", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 0, max: 10_000 })), {
    minLength: 5,
    maxLength: 200,
  });
  fc.assert(fc.property(steps, (list) => {
    let [atMs, bytes] = [0, 0];
    const samples: [number, number][] = [[0, 0]];
    for (const [ms, more] of list) samples.push([atMs += ms, bytes += more]);
    const peak = peakOf(samples);
    const fastest = Math.max(...list.map(([ms, more]) => more * 1000 / ms));
    assert.ok(peak <= fastest + 1e-6, `${peak} of at most ${fastest}`);
  }));
});
