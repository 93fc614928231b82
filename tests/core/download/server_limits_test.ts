import assert from "node:assert/strict";
import type { EngineEvent } from "../../../core/download/engine_options.ts";
import { LaneController } from "../../../core/download/lane_controller.ts";
import { ServerLimits } from "../../../core/download/server_limits.ts";
import { TestClock } from "../../support/test_clock.ts";

function open() {
  const clock = new TestClock();
  const lanes = new LaneController({ max: 8 });
  const events: EngineEvent[] = [];
  let receivedBytes = 0;
  const limits = new ServerLimits({
    clock,
    lanes,
    emit: (event) => events.push(event),
    receivedBytes: () => receivedBytes,
  });
  return { clock, lanes, limits, events, receive: (bytes: number) => receivedBytes += bytes };
}

Deno.test("ServerLimits.hold() holds all lanes back, and says once what several are told at once", async () => {
  const { clock, limits, events } = open();
  limits.hold(5_000);
  limits.hold(5_500);
  assert.deepEqual(events.map((event) => event.type === "waiting" && event.until), [clock.now() + 5_000]);
  await clock.advance(5_499);
  assert.equal(limits.held, true);
  await clock.advance(1);
  assert.equal(limits.held, false);
  limits.hold(60_000);
  assert.equal(events.length, 2);
});

Deno.test("ServerLimits.refused() learns from a host that delivers to others, and only from such", async () => {
  const { clock, lanes, limits } = open();
  assert.equal(limits.refused({ delivering: 0, ofOthers: 5 }), false);
  assert.equal(lanes.most, 8);
  assert.equal(limits.known, false);
  assert.equal(limits.refused({ delivering: 3, ofOthers: 5 }), true);
  assert.equal(limits.known, true);
  assert.equal(lanes.most, 3);
  assert.equal(limits.refused({ delivering: 1, ofOthers: 2 }), false, "three were allowed");
  assert.equal(lanes.most, 1);
  await clock.advance(59_999);
  limits.tick();
  assert.equal(lanes.most, 1);
  await clock.advance(1);
  limits.tick();
  assert.equal(lanes.most, 2, "one more is tried after a while");
});

Deno.test("ServerLimits.hasMoved() tells whether any file has got bytes since it was asked before", () => {
  const { limits, receive } = open();
  receive(10);
  assert.deepEqual([limits.hasMoved(), limits.hasMoved()], [false, false]);
  receive(1);
  assert.deepEqual([limits.hasMoved(), limits.hasMoved()], [true, false]);
});
