import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { SPEED_SAMPLES } from "../../../../cli/tui/downloads/downloads_state.ts";
import {
  reduceJobProgress,
  sampleSpeed,
  startJobProgress,
} from "../../../../cli/tui/downloads/job_progress.ts";
import { windowSpeed } from "../../../../core/base/speed_window.ts";
import { moved, part, plan, progressAfter, retrying, started } from "./downloads_fixtures.ts";

Deno.test("reduceJobProgress() counts bytes, speeds and retries", () => {
  const { progress, retries } = progressAfter([
    [0, plan()],
    [0, started(1)],
    [1_000, moved(1, 10_000_000)],
    [2_000, moved(1, 20_000_000)],
    [2_000, retrying(1, 20_000_000)],
    [2_500, retrying(1, 20_000_000)],
  ]);
  strictEqual(progress.receivedBytes, 20_000_000);
  strictEqual(progress.totalBytes, 20_000_000_000);
  strictEqual(windowSpeed(progress.window, 2_000), 10_000_000);
  strictEqual(retries, 2);
});

Deno.test("startJobProgress() remembers for how long a job has been at work", () => {
  const { progress } = startJobProgress({ monotonicMs: 5_000, elapsedMs: 60_000 });
  strictEqual(progress.startedAtMs, -55_000);
  strictEqual(startJobProgress({ monotonicMs: 5_000, elapsedMs: -3 }).progress.startedAtMs, 5_000);
});

Deno.test("reduceJobProgress() takes what was there before it looked for no speed", () => {
  // As somebody is told who begins to follow a job that has been at work for long.
  const { progress } = progressAfter([
    [0, plan()],
    [0, moved(1, 3_000_000_000)],
    [1_000, moved(1, 3_001_000_000)],
  ]);
  strictEqual(progress.receivedBytes, 3_001_000_000);
  strictEqual(windowSpeed(progress.window, 1_000), 1_000_000);
  const [file] = progress.active.values();
  strictEqual(file?.path, part(1));
  strictEqual(windowSpeed(file.window, 1_000), 1_000_000);
});

Deno.test("reduceJobProgress() begins anew with a new plan, and keeps the time, the speeds and the retries", () => {
  const before = { ...progressAfter([[0, plan()], [0, started(1)], [500, retrying(1, 7)]]), speeds: [1, 2] };
  const after = reduceJobProgress(before, plan("x", [1, 2]), { monotonicMs: 1_000 });
  strictEqual(after.progress.totalFiles, 2);
  strictEqual(after.progress.totalBytes, 8_000_000_000);
  strictEqual(after.progress.startedAtMs, -40_000);
  deepStrictEqual([after.speeds, after.retries], [[1, 2], 1]);
});

Deno.test("reduceJobProgress() never has more than there is, in whatever order it is told", () => {
  const event = fc.oneof(
    fc.constant(plan()),
    fc.integer({ min: 1, max: 5 }).map((number) => started(number)),
    fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 4_000_000_000 }))
      .map(([number, bytes]) => moved(number, bytes)),
    fc.integer({ min: 1, max: 5 }).map((number) => retrying(number, 5)),
  );
  fc.assert(fc.property(fc.array(event, { maxLength: 30 }), (events) => {
    const { progress } = progressAfter(events.map((each, index) => [index * 100, each] as const));
    ok(progress.receivedBytes <= progress.totalBytes);
    ok(progress.receivedBytes >= 0);
    ok(progress.totalFiles <= 5);
  }));
});

Deno.test("sampleSpeed() keeps the last minute", () => {
  const { progress } = progressAfter([[0, plan()], [0, started(1)], [1_000, moved(1, 5_000_000)]]);
  deepStrictEqual(sampleSpeed([1], progress, 1_000), [1, 5_000_000]);
  const full = Array.from({ length: SPEED_SAMPLES }, (_, index) => index);
  const next = sampleSpeed(full, progress, 60_000);
  deepStrictEqual([next.length, next[0], next.at(-1)], [SPEED_SAMPLES, 1, 0]);
});
