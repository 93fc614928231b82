import assert from "node:assert/strict";
import fc from "fast-check";
import { TransferSlots } from "../../../core/download/transfer_slots.ts";

Deno.test("TransferSlots shows positions and limits to every view of the same memory", () => {
  const slots = new TransferSlots();
  const view = new TransferSlots(slots.buffer);
  const slot = slots.lease(5, 10);
  assert.deepEqual([view.position(slot), view.limit(slot)], [5, 10]);
  view.setPosition(slot, 7);
  slots.setLimit(slot, 8);
  assert.deepEqual([slots.position(slot), view.limit(slot)], [7, 8]);
});

Deno.test("TransferSlots holds offsets beyond 32 bits", () => {
  const slots = new TransferSlots();
  const slot = slots.lease(2 ** 45 + 1, 2 ** 45 + 3);
  assert.deepEqual([slots.position(slot), slots.limit(slot)], [2 ** 45 + 1, 2 ** 45 + 3]);
});

Deno.test("TransferSlots.lease() gives each slot once, and throws when all are taken", () => {
  const slots = new TransferSlots();
  const leased = Array.from({ length: 256 }, () => slots.lease(0, 1));
  assert.equal(new Set(leased).size, 256);
  assert.throws(() => slots.lease(0, 1), /all slots are taken/);
  slots.release(17);
  assert.equal(slots.lease(0, 1), 17);
});

Deno.test("TransferSlots.distrust() keeps a slot out of use as long as there is another", () => {
  const slots = new TransferSlots();
  const suspect = slots.lease(0, 1);
  slots.distrust(suspect);
  slots.release(suspect);
  const others = Array.from({ length: 255 }, () => slots.lease(0, 1));
  assert.ok(!others.includes(suspect));
  // Better than none at all; and trusted again when it is given back in good order.
  assert.equal(slots.lease(0, 1), suspect);
  slots.release(suspect);
  assert.equal(slots.lease(0, 1), suspect);
});

Deno.test("TransferSlots.limitChanged() resolves when the limit moves, or already has", async () => {
  const slots = new TransferSlots();
  const slot = slots.lease(0, 10);
  const waiting = slots.limitChanged(slot, { seen: 10, timeoutMs: 60_000 });
  slots.setLimit(slot, 20);
  await waiting;
  await slots.limitChanged(slot, { seen: 10, timeoutMs: 60_000 });
});

Deno.test("TransferSlots allows everything while there is no limit", () => {
  const slots = new TransferSlots();
  assert.equal(slots.consume(1e12), true);
  assert.equal(slots.allowed, true);
  assert.equal(slots.readLimit, 0);
});

Deno.test("TransferSlots.consume() lets a reader go on while something is left of the allowance", () => {
  const slots = new TransferSlots();
  slots.setReadLimit(100);
  assert.equal(slots.allowed, false);
  slots.allow(150, 1000);
  assert.equal(slots.consume(100), true);
  assert.equal(slots.consume(50), false);
  assert.equal(slots.allowed, false);
  slots.allow(1, 1000);
  assert.equal(slots.allowed, true);
});

Deno.test("TransferSlots.setReadLimit() forgets what was saved and what is owed", () => {
  const slots = new TransferSlots();
  slots.setReadLimit(1000);
  slots.consume(1000);
  slots.setReadLimit(10);
  slots.allow(1, 100);
  assert.equal(slots.allowed, true, "nothing is owed");
  slots.setReadLimit(1000);
  assert.equal(slots.allowed, false, "nothing is saved");
});

Deno.test("TransferSlots.consume() counts a read begun before the limit as one of the size allowed now", () => {
  const slots = new TransferSlots();
  slots.setReadLimit(100);
  slots.allow(100, 1000);
  assert.equal(slots.consume(512 * 1024), false);
  slots.allow(1, 1000);
  assert.equal(slots.allowed, true);
});

Deno.test("TransferSlots keeps the allowance as a bucket with a ceiling would", () => {
  const step = fc.oneof(
    fc.record({ allow: fc.nat(500) }),
    fc.record({ consume: fc.integer({ min: 1, max: 100 }) }),
  );
  fc.assert(fc.property(fc.array(step), fc.integer({ min: 1, max: 300 }), (steps, burst) => {
    const slots = new TransferSlots();
    slots.setReadLimit(100);
    let left = 0;
    for (const one of steps) {
      if ("allow" in one) {
        slots.allow(one.allow, burst);
        left = Math.min(left + one.allow, burst);
      } else {
        left -= one.consume;
        assert.equal(slots.consume(one.consume), left > 0);
      }
      assert.equal(slots.allowed, left > 0);
    }
  }));
});
