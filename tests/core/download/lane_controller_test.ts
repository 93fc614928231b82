import assert from "node:assert/strict";
import fc from "fast-check";
import { LaneController } from "../../../core/download/lane_controller.ts";
import { driveController, type Link, meanEfficiency, seededRandom } from "./link_model.ts";

const MAX = 16;

/** The lanes in use, second by second, on a link that does not change. */
function lanesOver(
  controller: LaneController,
  options: { readonly seconds: number; readonly link: Link; readonly max?: number },
): number[] {
  const { seconds, link, max = MAX } = options;
  return driveController(controller, { seconds, linkAt: () => link, max }).map(({ lanes }) => lanes);
}

const each = (laneBytesPerSecond: number, enough = Infinity): Link => ({
  laneBytesPerSecond,
  totalBytesPerSecond: laneBytesPerSecond * enough,
});

Deno.test("LaneController grows from its start for as long as lanes pay", () => {
  const used = lanesOver(new LaneController({ start: 8, max: MAX }), { seconds: 3, link: each(5e6) });
  assert.equal(Math.max(...used), 16);
  assert.ok((used.at(-1) ?? 0) >= 15, "one is in doubt at most");
});

Deno.test("LaneController waits with its judgement until new lanes deliver", () => {
  const link = { ...each(5e6), latencyMs: 900, rampMs: 200 };
  const used = lanesOver(new LaneController({ start: 8, max: MAX }), { seconds: 5, link });
  assert.ok((used.at(-1) ?? 0) >= 15, `${used}`);
});

Deno.test("LaneController keeps lanes that pay, and doubts them less and less", () => {
  const used = lanesOver(new LaneController({ max: 8 }), { seconds: 200, link: each(20e6), max: 8 });
  assert.equal(Math.min(...used), 7);
  const doubts = used.filter((lanes) => lanes === 7).length;
  assert.ok(doubts <= 12, `${doubts} s of 200 with a lane too few`);
  assert.ok(used.slice(0, 20).includes(7), "tries at all");
});

Deno.test("LaneController gives up lanes that do not pay, and asks again ever more rarely", () => {
  const used = lanesOver(new LaneController({ start: 8, max: MAX }), { seconds: 200, link: each(10e6, 1) });
  assert.equal(used[20], 1);
  const more = used.slice(20).filter((lanes) => lanes > 1).length;
  assert.ok(more > 0 && more <= 12, `${more} s of 180 with a lane too many`);
});

Deno.test("LaneController adds no lanes where this machine is the limit", () => {
  const used = lanesOver(new LaneController({ start: 8, max: MAX }), { seconds: 100, link: each(90e6) });
  assert.ok(Math.max(...used) <= 8, `${used}`);
});

Deno.test("LaneController finds lanes that begin to pay while it runs", () => {
  const controller = new LaneController({ start: 8, max: MAX });
  // The link was full with two lanes; then somebody else leaves it.
  const linkAt = (second: number): Link => each(10e6, second < 60 ? 2 : 12);
  const seconds = driveController(controller, { seconds: 160, linkAt, max: MAX });
  assert.ok(seconds.slice(40, 60).every(({ lanes }) => lanes <= 3));
  assert.ok(meanEfficiency(seconds.slice(100)) > 0.95, `${seconds.slice(60).map(({ lanes }) => lanes)}`);
});

Deno.test("LaneController comes near to the best there is on any link, and back to it when the link changes", () => {
  const worst = { settled: 1, changed: 1, steady: 1 };
  const sums = { settled: 0, changed: 0 };
  let changes = 0;
  const cases = 400;
  for (let seed = 1; seed <= cases; seed++) {
    const random = seededRandom(seed * 7919);
    const lane = 10 ** (5 + 2.5 * random());
    const noise = [0, 0.03, 0.08, 0.15][seed % 4] ?? 0;
    const link = (): Link => ({
      laneBytesPerSecond: lane * (0.5 + random()),
      totalBytesPerSecond: Math.max(lane, lane * 20 * random()),
      latencyMs: 200 * random(),
      rampMs: 400 * random(),
      noise,
    });
    const [before, after] = [link(), link()];
    const controller = new LaneController({ start: 8, max: MAX });
    const linkAt = (second: number): Link => second < 60 ? before : after;
    const seconds = driveController(controller, { seconds: 160, linkAt, max: MAX, seed });
    const settled = meanEfficiency(seconds.slice(15, 60));
    const changed = meanEfficiency(seconds.slice(100));
    worst.settled = Math.min(worst.settled, settled);
    worst.changed = Math.min(worst.changed, changed);
    sums.settled += settled;
    sums.changed += changed;
    if (noise > 0.05) continue;
    worst.steady = Math.min(worst.steady, settled);
    changes += seconds.slice(31, 60).filter(({ lanes }, index) =>
      lanes !== seconds[30 + index]?.lanes
    ).length;
  }
  assert.ok(worst.steady >= 0.93, `${worst.steady} on a steady link`);
  assert.ok(
    worst.settled >= 0.85 && sums.settled / cases >= 0.97,
    `${worst.settled}, ${sums.settled / cases}`,
  );
  assert.ok(
    worst.changed >= 0.8 && sums.changed / cases >= 0.97,
    `${worst.changed}, ${sums.changed / cases}`,
  );
  // On a steady link every doubt changes the number twice.
  assert.ok(changes / (cases / 2 * 29) < 0.3, `${changes / (cases / 2 * 29)} changes a second`);
});

Deno.test("LaneController.restartTrial() gives a lane on trial its place back", () => {
  const controller = new LaneController({ max: 8 });
  for (let file = 0; file < 50; file++) {
    // Short files: their ends come before the verdict.
    lanesOver(controller, { seconds: 2, link: each(20e6), max: 8 });
    controller.restartTrial();
    assert.equal(controller.lanes, 8);
  }
});

Deno.test("LaneController.postpone() measures from the next sample on", () => {
  const controller = new LaneController({ start: 4, max: 8 });
  controller.sample({ atMs: 0, totalBytes: 0 });
  controller.postpone();
  controller.sample({ atMs: 10_000, totalBytes: 1e8 });
  assert.equal(controller.lanes, 4, "nothing is measured yet");
  controller.sample({ atMs: 20_000, totalBytes: 2e8 });
  assert.ok(controller.lanes > 4);
});

Deno.test("LaneController.limit() keeps to what the server allows", () => {
  const controller = new LaneController({ start: 8, max: MAX });
  controller.limit(3);
  assert.equal(controller.lanes, 3);
  const used = lanesOver(controller, { seconds: 60, link: each(5e6) });
  assert.equal(Math.max(...used), 3);
  controller.limit(12);
  assert.ok(controller.lanes <= 3, "a limit is never raised by another");
  controller.limit(0);
  assert.equal(controller.lanes, 1);
});

Deno.test("LaneController.limit() tells a refusal for want of connections from one for another reason", () => {
  const controller = new LaneController({ start: 8, max: MAX });
  assert.equal(controller.limit(5), true, "nothing is known yet");
  assert.equal(controller.limit(5), true);
  assert.equal(controller.limit(3), false, "five were allowed at once");
  assert.equal(controller.limit(3), true);
  assert.equal(controller.most, 3, "small files take no more connections either");
});

Deno.test("LaneController.relax() lets one more lane try, and the rest after it", () => {
  const controller = new LaneController({ start: 4, max: 6 });
  assert.equal(controller.relax(), false, "nothing is limited");
  controller.limit(3);
  assert.equal(controller.relax(), true);
  assert.ok(lanesOver(controller, { seconds: 5, link: each(5e6), max: 6 }).includes(4));
  controller.relax();
  assert.equal(controller.relax(), false, "all are allowed again");
});

Deno.test("LaneController.relax() tries more rarely where the server says no again", () => {
  const controller = new LaneController({ start: 8, max: MAX });
  const tried: number[] = [];
  controller.limit(4);
  const onSecond = (second: number): void => {
    if (second % 60 !== 59) return;
    controller.relax();
  };
  let totalBytes = 0;
  for (let second = 0; second < 3600; second++) {
    onSecond(second);
    controller.sample({ atMs: second * 1000, totalBytes: totalBytes += controller.lanes * 5e6 });
    if (controller.lanes <= 4) continue;
    tried.push(second);
    // All that are refused at once count once.
    for (let times = 0; times < 4; times++) controller.limit(4);
  }
  assert.ok(tried.length >= 4 && tried.length <= 7, `${tried}`);
  const gaps = tried.slice(1).map((second, index) => second - (tried[index] ?? 0));
  assert.deepEqual(gaps, gaps.toSorted((a, b) => a - b));
});

Deno.test("LaneController.throttle() uses as many lanes as the rate limit is worth, and more when they do not reach it", () => {
  const controller = new LaneController({ start: 8, max: MAX });
  controller.throttle(2);
  assert.deepEqual([controller.lanes, controller.most], [2, 2]);
  // The limit does not bind: two lanes are too slow for it.
  const used = lanesOver(controller, { seconds: 10, link: each(50e3) });
  assert.ok((used.at(-1) ?? 0) >= 8, `${used}`);
  controller.throttle(2);
  assert.ok(controller.lanes > 2, "the same limit changes nothing");
  controller.throttle(1);
  assert.equal(controller.lanes, 1);
  controller.throttle(Infinity);
  assert.ok(controller.lanes >= 7);
  assert.equal(controller.most, MAX);
});

Deno.test("LaneController never leaves 1 to max", () => {
  const step = fc.oneof(
    fc.double({ min: 0, max: 1e9, noNaN: true }),
    fc.constantFrom("restart" as const, "limit" as const, "relax" as const, "throttle" as const),
  );
  fc.assert(fc.property(fc.integer({ min: 1, max: MAX }), fc.array(step), (max, steps) => {
    const controller = new LaneController({ max });
    let totalBytes = 0;
    steps.forEach((step, index) => {
      if (step === "restart") controller.restartTrial();
      else if (step === "limit") controller.limit(index % 5);
      else if (step === "relax") controller.relax();
      else if (step === "throttle") controller.throttle(1 + index % 20);
      else controller.sample({ atMs: index * 1000, totalBytes: totalBytes += step });
      assert.ok(controller.lanes >= 1 && controller.lanes <= max);
      assert.ok(controller.lanes <= controller.most && controller.most <= max);
    });
  }));
});
