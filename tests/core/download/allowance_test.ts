import assert from "node:assert/strict";
import fc from "fast-check";
import { Allowance, ALLOWANCE_CELLS, LaneAllowance } from "../../../core/download/allowance.ts";

function open(): { readonly main: Allowance; readonly worker: Allowance } {
  const memory = new SharedArrayBuffer(ALLOWANCE_CELLS * 8);
  return { main: new Allowance(new BigInt64Array(memory)), worker: new Allowance(new BigInt64Array(memory)) };
}

/** What a lane reads when it takes all it is let. */
function drink(lane: LaneAllowance, atMost = Infinity): number {
  let total = 0;
  for (let allowed = lane.next(); allowed !== undefined && total < atMost; allowed = lane.next()) {
    lane.spend(allowed);
    total += allowed;
  }
  return total;
}

Deno.test("LaneAllowance.next() is without end while there is no limit", () => {
  const { main, worker } = open();
  const lane = new LaneAllowance(worker);
  assert.equal(lane.next(), Infinity);
  lane.spend(1e9);
  assert.equal(lane.next(), Infinity);
  assert.equal(main.awaited, false);
});

Deno.test("LaneAllowance lets nothing through before it is granted, and all of it then", () => {
  const { main, worker } = open();
  main.begin(100);
  const lane = new LaneAllowance(worker);
  assert.equal(lane.next(), undefined);
  assert.equal(main.awaited, true);
  main.grant(99, 1000);
  assert.equal(lane.next(), undefined);
  main.grant(151, 1000);
  assert.equal(drink(lane), 200);
  main.grant(50, 1000);
  assert.equal(lane.next(), 100);
});

Deno.test("LaneAllowance.next() gives what is left of the last turn first", () => {
  const { main, worker } = open();
  main.begin(100);
  const lane = new LaneAllowance(worker);
  lane.next();
  main.grant(100, 100);
  assert.equal(lane.next(), 100);
  lane.spend(30);
  assert.equal(lane.next(), 70);
  lane.spend(70);
  assert.equal(lane.next(), undefined);
});

Deno.test("Allowance serves lanes in the order in which they came", () => {
  const { main, worker } = open();
  main.begin(100);
  const lanes = Array.from({ length: 16 }, () => new LaneAllowance(worker));
  for (const lane of lanes) assert.equal(lane.next(), undefined);
  for (const [turn, lane] of lanes.entries()) {
    main.grant(100, Infinity);
    // The greedy ones ask first, and again.
    for (const other of [...lanes].reverse()) {
      const allowed = other.next();
      assert.equal(allowed, other === lane ? 100 : undefined, `turn ${turn}`);
      if (allowed !== undefined) other.spend(allowed);
    }
  }
});

Deno.test("Allowance.grant() saves up no more than it is told, beyond what is reserved", () => {
  const { main, worker } = open();
  main.begin(100);
  const lane = new LaneAllowance(worker);
  lane.next();
  main.grant(1_000_000, 250);
  assert.equal(drink(lane), 300);
});

Deno.test("Allowance.begin() drops what was saved and what was reserved", () => {
  const { main, worker } = open();
  main.begin(1_000_000);
  const [first, second] = [new LaneAllowance(worker), new LaneAllowance(worker)];
  first.next();
  second.next();
  main.grant(1_500_000, 1_000_000);
  assert.equal(first.next(), 1_000_000);
  main.begin(10);
  assert.equal(main.awaited, false);
  assert.equal(first.next(), undefined, "what is left of a turn is gone too");
  second.release();
  main.grant(10, 0);
  assert.equal(first.next(), 10);
  main.begin(0);
  assert.equal(second.next(), Infinity);
});

Deno.test("LaneAllowance.release() gives to the others what it had reserved", () => {
  const { main, worker } = open();
  main.begin(100);
  const [leaving, staying] = [new LaneAllowance(worker), new LaneAllowance(worker)];
  leaving.next();
  main.grant(100, 0);
  assert.equal(leaving.next(), 100);
  leaving.spend(60);
  leaving.release();
  assert.equal(staying.next(), undefined);
  main.grant(60, 0);
  assert.equal(staying.next(), 100, "forty were left over");
});

Deno.test("Allowance lets through what was granted, never more, however lanes come and go", () => {
  const step = fc.oneof(
    fc.record({ grant: fc.nat(500) }),
    fc.record({ lane: fc.nat(7), read: fc.integer({ min: 1, max: 120 }) }),
    fc.record({ lane: fc.nat(7), leave: fc.constant(true) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 150 }), (steps, bite) => {
      const { main, worker } = open();
      main.begin(bite);
      const lanes = Array.from({ length: 8 }, () => new LaneAllowance(worker));
      let granted = 0;
      let read = 0;
      const use = (lane: LaneAllowance, atMost: number): number => {
        const bytes = Math.min(lane.next() ?? 0, atMost);
        lane.spend(bytes);
        read += bytes;
        return bytes;
      };
      for (const one of steps) {
        const lane = lanes["lane" in one ? one.lane : 0];
        assert.ok(lane !== undefined);
        if ("grant" in one) {
          main.grant(one.grant, 1e9);
          granted += one.grant;
        } else if ("leave" in one) lane.release();
        else use(lane, one.read);
        assert.ok(read <= granted, `${read} of ${granted}`);
      }
      // Nothing gets lost either: who stays gets the rest, up to the bites of lanes that do not ask.
      for (const other of lanes.slice(1)) other.release();
      const last = lanes[0];
      assert.ok(last !== undefined);
      while (use(last, Infinity) > 0);
      assert.ok(granted - read < bite, `${read} of ${granted}`);
    }),
  );
});
