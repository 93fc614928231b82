import assert from "node:assert/strict";
import { STOP_LIMIT_MS, watchStopSignals } from "../../cli/interruption.ts";
import { FakeTerminal } from "../support/fake_terminal.ts";
import { settle, TestClock } from "../support/test_clock.ts";

function open() {
  const terminal = new FakeTerminal();
  const clock = new TestClock();
  const interruption = watchStopSignals({ terminal, clock });
  let forced = false;
  interruption.forced.then(() => forced = true);
  return { terminal, clock, interruption, isForced: () => forced };
}

Deno.test("watchStopSignals() takes Ctrl+C for what was meant when signals come together, in whatever order", () => {
  for (
    const signals of [["SIGTERM", "SIGINT"], ["SIGINT", "SIGTERM"], ["SIGTERM", "SIGINT", "SIGTERM"]] as const
  ) {
    const { terminal, interruption } = open();
    for (const signal of signals) terminal.send(signal);
    assert.equal(interruption.received, "SIGINT");
    interruption[Symbol.dispose]();
  }
});

Deno.test("watchStopSignals() keeps to the first of signals that come one after the other", async () => {
  const { terminal, clock, interruption, isForced } = open();
  terminal.send("SIGTERM");
  assert.ok(interruption.signal.aborted);
  await clock.advance(200);
  assert.equal(isForced(), false);
  terminal.send("SIGINT");
  await settle();
  assert.equal(interruption.received, "SIGTERM");
  assert.ok(isForced(), "the second ends it at once");
  interruption[Symbol.dispose]();
});

Deno.test("watchStopSignals() does not wait for the work for longer than a second", async () => {
  const { terminal, clock, interruption, isForced } = open();
  terminal.send("SIGINT");
  await clock.advance(STOP_LIMIT_MS - 1);
  assert.equal(isForced(), false);
  await clock.advance(1);
  await settle();
  assert.ok(isForced());
  interruption[Symbol.dispose]();
});
