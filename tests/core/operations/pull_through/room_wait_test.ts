import { rejects, strictEqual } from "node:assert/strict";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import { withRoom } from "../../../../core/operations/pull_through/room_wait.ts";
import { TestClock } from "../../../support/test_clock.ts";

function begin(running: number) {
  const state = { running, ended: 0, told: 0, tries: 0 };
  const clock = new TestClock({ autoAdvance: true });
  const run = (room: () => boolean) =>
    withRoom(() => {
      state.tries++;
      return room()
        ? Promise.resolve("path")
        : Promise.reject(new ModelManagerError("QUOTA_EXCEEDED", "No room"));
    }, {
      clock,
      signal: new AbortController().signal,
      others: () => state.running,
      ended: () => state.ended,
      onWaiting: ({ status }) => {
        strictEqual(status, 503);
        state.told++;
      },
    });
  return { state, clock, run };
}

Deno.test("withRoom() tries again when another fetch has ended, not before", async () => {
  const { state, clock, run } = begin(2);
  void clock.sleep(5_000).then(() => {
    state.running--;
    state.ended++;
  });
  strictEqual(await run(() => state.ended === 1), "path");
  strictEqual(state.tries, 2);
  strictEqual(state.told, 1);
});

Deno.test("withRoom() says so when nobody makes room in time, and at once when nobody could", async () => {
  const busy = begin(1);
  await rejects(busy.run(() => false), { status: 503, headers: { "retry-after": "5" } });
  strictEqual(busy.state.tries, 1);
  await rejects(begin(0).run(() => false), { code: "QUOTA_EXCEEDED" });
});
