import assert from "node:assert/strict";
import { systemClock } from "../../../core/base/clock.ts";
import { ModelManagerError } from "../../../core/base/errors.ts";

Deno.test("systemClock.now() is the wall clock and monotonic() never goes back", () => {
  const before = Date.now();
  const now = systemClock.now();
  assert.ok(now >= before && now <= Date.now());
  const first = systemClock.monotonic();
  assert.ok(systemClock.monotonic() >= first);
});

Deno.test("systemClock.random() stays in [0, 1)", () => {
  for (let count = 0; count < 100; count++) {
    const value = systemClock.random();
    assert.ok(value >= 0 && value < 1);
  }
});

Deno.test("systemClock.sleep() waits for nothing when the time is zero or past", async () => {
  await systemClock.sleep(0);
  await systemClock.sleep(-5);
});

Deno.test("systemClock.sleep() ends with CANCELLED when aborted", async () => {
  const controller = new AbortController();
  const slept = systemClock.sleep(60_000, { signal: controller.signal });
  controller.abort("enough");
  await assert.rejects(slept, { code: "CANCELLED", cause: "enough" });
});

Deno.test("systemClock.sleep() ends with the signal's own error when it is one of ours", async () => {
  const reason = new ModelManagerError("NETWORK_ERROR", "No byte for 30 s");
  await assert.rejects(
    systemClock.sleep(60_000, { signal: AbortSignal.abort(reason) }),
    (error) => error === reason,
  );
});

Deno.test("systemClock.sleep() does not end at once when the time exceeds 31 bits", async () => {
  const controller = new AbortController();
  const slept = systemClock.sleep(2 ** 31 + 5, { signal: controller.signal })
    .then(() => "ended", () => "aborted");
  // The overflowing timer of the platform would have fired after one millisecond.
  await systemClock.sleep(20);
  controller.abort();
  assert.equal(await slept, "aborted");
});
