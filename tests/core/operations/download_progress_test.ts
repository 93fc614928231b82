import assert from "node:assert/strict";
import fc from "fast-check";
import type { DownloadEvent } from "../../../core/download/events.ts";
import { DownloadTracker } from "../../../core/operations/download_progress.ts";
import { pullEvents } from "../../support/fake_manager.ts";

/** A clock that a test sets. */
class Hand {
  ms = 0;
  monotonic(): number {
    return this.ms;
  }
}

function planned(files: readonly number[], heldBytes = 0): DownloadEvent {
  return {
    type: "planned",
    reference: "a/b",
    repo: "a/b",
    commit: "0".repeat(40),
    files: files.map((totalBytes, index) => ({
      path: `f${index}`,
      totalBytes,
      action: index === 0 && heldBytes > 0 ? "resume" : "fetch",
      resumedBytes: index === 0 ? heldBytes : 0,
    })),
    fetchBytes: files.reduce((sum, each) => sum + each, 0) - heldBytes,
    notices: [],
    receivedBytes: heldBytes,
    totalBytes: files.reduce((sum, each) => sum + each, 0),
  };
}

const file = (name: string, totalBytes: number) => ({ reference: "a/b", file: name, totalBytes });

Deno.test("DownloadTracker tells nothing before the Hub has", () => {
  const { progress } = new DownloadTracker("a/b", new Hand());
  assert.deepEqual(progress, {
    modelId: "a/b",
    status: "pending",
    progress: 0,
    receivedBytes: 0,
    totalBytes: 0,
    filesCompleted: 0,
    filesTotal: 0,
    bytesPerSecond: undefined,
    estimatedSeconds: undefined,
    waitingFor: undefined,
    error: undefined,
  });
});

Deno.test("DownloadTracker counts what was there from the start, but not into the speed", () => {
  const clock = new Hand();
  const tracker = new DownloadTracker("a/b", clock);
  tracker.handle(planned([1_000, 1_000], 500));
  assert.equal(tracker.progress.progress, 0.25);
  tracker.handle({ type: "started", ...file("f0", 1_000), receivedBytes: 500, resumedBytes: 500 });
  clock.ms = 1_000;
  tracker.handle({ type: "progress", ...file("f0", 1_000), receivedBytes: 600, connections: 1 });
  assert.equal(tracker.progress.bytesPerSecond, 100);
  assert.equal(tracker.progress.estimatedSeconds, 14);
  assert.equal(tracker.progress.status, "downloading");
});

Deno.test("DownloadTracker goes through all phases of a pull", () => {
  const tracker = new DownloadTracker("a/b", new Hand());
  const seen = pullEvents("a/b").map((event) => {
    tracker.handle(event);
    const { status, filesCompleted, filesTotal } = tracker.progress;
    return `${event.type} ${status} ${filesCompleted}/${filesTotal}`;
  });
  assert.deepEqual(seen, [
    "planned downloading 1/2",
    "started downloading 1/2",
    "progress downloading 1/2",
    "progress downloading 1/2",
    "verifying verifying 1/2",
    "verified verifying 1/2",
    "finished downloading 2/2",
    "finished downloading 2/2",
  ]);
  tracker.end("available");
  assert.deepEqual([tracker.progress.status, tracker.progress.progress], ["available", 1]);
});

Deno.test("DownloadTracker says what it waits for, and why it has ended", () => {
  const tracker = new DownloadTracker("a/b", new Hand());
  const wait = { reference: "a/b", receivedBytes: 0, totalBytes: 0, until: undefined } as const;
  tracker.handle({ type: "waiting", reason: "rate-limit", message: "The Hub asks to wait", ...wait });
  assert.equal(tracker.progress.waitingFor, "The Hub asks to wait");
  tracker.handle(planned([10]));
  assert.equal(tracker.progress.waitingFor, undefined);
  const error = { code: "NETWORK_ERROR", message: "Gone", hints: [], causes: [] } as const;
  tracker.end("error", error);
  const { status, estimatedSeconds, progress } = tracker.progress;
  assert.deepEqual([status, estimatedSeconds, progress, tracker.progress.error], [
    "error",
    undefined,
    0,
    error,
  ]);
});

Deno.test("DownloadTracker stays between 0 and 1, whatever comes", () => {
  const event = fc.record({
    type: fc.constantFrom("started" as const, "progress" as const, "verifying" as const),
    name: fc.constantFrom("f0", "f1", "f2"),
    receivedBytes: fc.nat(2_000),
    afterMs: fc.nat(2_000),
  });
  fc.assert(fc.property(fc.array(event), (events) => {
    const clock = new Hand();
    const tracker = new DownloadTracker("a/b", clock);
    tracker.handle(planned([1_000, 0, 500]));
    for (const { type, name, receivedBytes, afterMs } of events) {
      clock.ms += afterMs;
      const base = { ...file(name, 1_000), receivedBytes, resumedBytes: 0, connections: 1, verifiedBytes: 0 };
      tracker.handle({ ...base, type });
      const { progress, bytesPerSecond = 0, estimatedSeconds = 0 } = tracker.progress;
      assert.ok(progress >= 0 && progress <= 1);
      assert.ok(bytesPerSecond >= 0 && estimatedSeconds >= 0);
    }
  }));
});
