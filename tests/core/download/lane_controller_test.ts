import assert from "node:assert/strict";
import fc from "fast-check";
import { LaneController } from "../../../core/download/lane_controller.ts";

/** Seconds of a transfer whose rate depends on the number of lanes; the lanes in use after each. */
function simulate(
  controller: LaneController,
  options: { readonly seconds: number; readonly rate: (lanes: number, second: number) => number },
): number[] {
  const used: number[] = [];
  let totalBytes = 0;
  controller.sample({ atMs: 0, totalBytes });
  for (let second = 1; second <= options.seconds; second++) {
    for (let tick = 1; tick <= 20; tick++) {
      totalBytes += options.rate(controller.lanes, second) / 20;
      controller.sample({ atMs: (second - 1) * 1000 + tick * 50, totalBytes });
    }
    used.push(controller.lanes);
  }
  return used;
}

Deno.test("LaneController keeps lanes that pay, and doubts them less and less", () => {
  const controller = new LaneController({ max: 8 });
  const used = simulate(controller, { seconds: 200, rate: (lanes) => lanes * 20e6 });
  assert.equal(Math.min(...used), 7);
  const doubts = used.filter((lanes) => lanes === 7).length;
  assert.ok(doubts <= 10, `${doubts} s of 200 with a lane too few`);
  assert.ok(used.slice(0, 20).includes(7), "tries at all");
});

Deno.test("LaneController gives up lanes that do not pay", () => {
  const controller = new LaneController({ max: 8 });
  simulate(controller, { seconds: 20, rate: () => 100e6 });
  assert.equal(controller.lanes, 1);
});

Deno.test("LaneController converges to the number that fills the link", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 16 }), (max, enough) => {
    const controller = new LaneController({ max });
    const used = simulate(controller, { seconds: 60, rate: (lanes) => Math.min(lanes, enough) * 10e6 });
    const wanted = Math.min(max, enough);
    const last = used.slice(-20);
    assert.ok(Math.min(...last) >= Math.max(1, wanted - 1) && Math.max(...last) === wanted, `${last}`);
  }));
});

Deno.test("LaneController.restartTrial() gives a lane on trial its place back", () => {
  const controller = new LaneController({ max: 8 });
  for (let file = 0; file < 50; file++) {
    // Short files: their ends come before the verdict.
    simulate(controller, { seconds: 2, rate: (lanes) => lanes * 20e6 });
    controller.restartTrial();
    assert.equal(controller.lanes, 8);
  }
});

Deno.test("LaneController grows from its start for as long as lanes pay", () => {
  const controller = new LaneController({ start: 4, max: 16 });
  const used = simulate(controller, { seconds: 3, rate: (lanes) => lanes * 20e6 });
  assert.equal(Math.max(...used), 16);
  assert.ok((used.at(-1) ?? 0) >= 15, "one is in doubt at most");
});

Deno.test("LaneController does not stay above its start when more lanes bring nothing", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 16 }), (start) => {
    const controller = new LaneController({ start, max: 16 });
    const used = simulate(controller, { seconds: 30, rate: (lanes) => Math.min(lanes, start) * 10e6 });
    assert.ok(Math.max(...used.slice(2)) <= start, `${used}`);
    assert.ok(Math.min(...used) >= start - 1, `${used}`);
  }));
});

Deno.test("LaneController.postpone() measures from the next sample on", () => {
  const controller = new LaneController({ start: 4, max: 8 });
  controller.sample({ atMs: 0, totalBytes: 0 });
  controller.postpone();
  controller.sample({ atMs: 10_000, totalBytes: 5e8 });
  assert.equal(controller.lanes, 4, "nothing is measured yet");
  controller.sample({ atMs: 20_000, totalBytes: 10e8 });
  assert.ok(controller.lanes > 4);
});

Deno.test("LaneController.limit() keeps to what the server allows, for good", () => {
  const controller = new LaneController({ start: 8, max: 16 });
  controller.limit(3);
  assert.equal(controller.lanes, 3);
  const used = simulate(controller, { seconds: 60, rate: (lanes) => lanes * 20e6 });
  assert.equal(Math.max(...used), 3);
  controller.limit(12);
  assert.ok(controller.lanes <= 3, "a limit is never raised");
  controller.limit(0);
  assert.equal(controller.lanes, 1);
});

Deno.test("LaneController never leaves 1 to max", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 16 }),
    fc.array(fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constant("restart" as const))),
    (max, steps) => {
      const controller = new LaneController({ max });
      let totalBytes = 0;
      steps.forEach((step, index) => {
        if (step === "restart") controller.restartTrial();
        else controller.sample({ atMs: index * 1000, totalBytes: totalBytes += step });
        assert.ok(controller.lanes >= 1 && controller.lanes <= max);
      });
    },
  ));
});
