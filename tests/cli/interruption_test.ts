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

Deno.test("watchStopSignals() stops when the terminal goes, however often that is said", async () => {
  const { terminal, clock, interruption, isForced } = open();
  terminal.send("SIGHUP");
  assert.ok(interruption.signal.aborted);
  await clock.advance(200);
  terminal.send("SIGHUP");
  await settle();
  assert.deepEqual([interruption.received, isForced()], ["SIGHUP", false]);
  terminal.send("SIGTERM");
  await settle();
  assert.ok(isForced(), "another signal is meant as one");
  interruption[Symbol.dispose]();
});

Deno.test("watchStopSignals() leaves the end of the terminal to who takes it for something else", () => {
  const terminal = new FakeTerminal();
  let stops = false;
  using interruption = watchStopSignals({ terminal, clock: new TestClock(), hangupStops: () => stops });
  terminal.send("SIGHUP");
  assert.equal(interruption.signal.aborted, false);
  stops = true;
  terminal.send("SIGHUP");
  assert.equal(interruption.received, "SIGHUP");
});
