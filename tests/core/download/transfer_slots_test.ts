import assert from "node:assert/strict";
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

Deno.test("TransferSlots holds the account of the rate limit beside the slots, not over them", () => {
  const slots = new TransferSlots();
  const leased = Array.from({ length: 256 }, (_, index) => slots.lease(index, index + 1000));
  slots.allowance.begin(10);
  slots.allowance.begin(20);
  slots.allowance.begin(30);
  slots.allowance.begin(40);
  slots.allowance.reserve(slots.allowance.account);
  slots.allowance.grant(10, 0);
  leased.forEach((slot, index) => {
    assert.deepEqual([slots.position(slot), slots.limit(slot)], [index, index + 1000]);
  });
  const view = new TransferSlots(slots.buffer);
  assert.equal(view.allowance.biteBytes(view.allowance.account), 40);
  assert.equal(view.allowance.awaited, true);
});

Deno.test("TransferSlots.lease() says in shared memory whose rate limit holds; budgets never touch each other", () => {
  const slots = new TransferSlots();
  const view = new TransferSlots(slots.buffer);
  const budgets = Array.from({ length: 127 }, () => slots.leaseBudget());
  assert.equal(new Set([0, ...budgets]).size, 128);
  assert.throws(() => slots.leaseBudget(), RangeError);
  for (const budget of [0, ...budgets]) slots.allowanceOf(budget).begin(budget + 1);
  for (const budget of [0, ...budgets]) {
    const slot = slots.lease(7, 9, budget);
    const seen = view.allowanceOf(view.budget(slot));
    assert.equal(seen.biteBytes(seen.account), budget + 1);
    assert.deepEqual([view.position(slot), view.limit(slot)], [7, 9]);
  }
  assert.equal(view.budget(slots.lease(0, 1)), 0);
  slots.releaseBudget(5);
  assert.equal(slots.leaseBudget(), 5);
});
