import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addSample,
  remainingMs,
  SPEED_WINDOW_MS,
  type SpeedWindow,
  windowSpeed,
} from "../../../core/base/speed_window.ts";

function windowOf(samples: readonly (readonly [atMs: number, bytes: number])[]): SpeedWindow {
  return samples.reduce<SpeedWindow>((window, [atMs, bytes]) => addSample(window, { atMs, bytes }), []);
}

Deno.test("windowSpeed() is not known before half a second has passed", () => {
  assert.equal(windowSpeed([], 0), undefined);
  assert.equal(windowSpeed(windowOf([[0, 0], [400, 1000]]), 400), undefined);
  assert.equal(windowSpeed(windowOf([[0, 0], [500, 1000]]), 500), 2000);
});

Deno.test("windowSpeed() forgets what was before the window", () => {
  const samples: [number, number][] = [];
  for (let second = 0; second <= 10; second++) samples.push([second * 1000, second * 1000]);
  for (let second = 11; second <= 20; second++) samples.push([second * 1000, 10_000 + (second - 10) * 5000]);
  assert.equal(windowSpeed(windowOf(samples), 20_000), 5000);
});

Deno.test("windowSpeed() falls to zero when nothing arrives any more", () => {
  const window = windowOf([[0, 0], [1000, 10_000], [2000, 20_000]]);
  const speeds = [2000, 3000, 5000, 6500, 7000, 60_000].map((nowMs) => windowSpeed(window, nowMs) ?? -1);
  for (const [index, speed] of speeds.entries()) {
    assert.ok(index === 0 || speed <= (speeds[index - 1] ?? 0), speeds.join(" "));
  }
  assert.equal(speeds.at(-1), 0);
});

Deno.test("addSample() starts anew when bytes turned out to be bad", () => {
  const window = windowOf([[0, 0], [1000, 10_000], [2000, 4_000], [3000, 5_000]]);
  assert.equal(windowSpeed(window, 3000), 1000);
});

Deno.test("addSample() keeps a bounded window whatever comes, and the speed is never negative", () => {
  const step = fc.record({ waitMs: fc.nat(2000), bytes: fc.nat(1_000_000) });
  fc.assert(fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
    let window: SpeedWindow = [];
    let atMs = 0;
    let bytes = 0;
    for (const { waitMs, bytes: more } of steps) {
      atMs += waitMs;
      bytes += more;
      window = addSample(window, { atMs, bytes });
      assert.ok(window.length <= SPEED_WINDOW_MS / 50 + 3);
      assert.deepEqual(window.at(-1), { atMs, bytes });
      assert.ok((windowSpeed(window, atMs) ?? 0) >= 0);
    }
  }));
});

Deno.test("windowSpeed() tells a steady speed whatever the times of the samples", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 20, maxLength: 60 }), (waits) => {
      let window: SpeedWindow = [{ atMs: 0, bytes: 0 }];
      let atMs = 0;
      for (const wait of waits) {
        atMs += wait;
        window = addSample(window, { atMs, bytes: atMs * 7 });
      }
      const speed = windowSpeed(window, atMs);
      if (speed !== undefined) assert.ok(Math.abs(speed - 7000) < 1e-6);
    }),
  );
});

Deno.test("remainingMs() is zero when all is there, and unknown without a speed", () => {
  assert.equal(remainingMs(0, undefined), 0);
  assert.equal(remainingMs(100, undefined), undefined);
  assert.equal(remainingMs(100, 0), undefined);
  assert.equal(remainingMs(100, 50), 2000);
});
