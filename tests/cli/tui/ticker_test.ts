import assert from "node:assert/strict";
import { NO_DOWNLOADS } from "../../../cli/tui/downloads/downloads_state.ts";
import { BUSY_TICK_MS, IDLE_TICK_MS, runTicker } from "../../../cli/tui/ticker.ts";
import { TestClock } from "../../support/test_clock.ts";
import { FakeDownloads } from "../../support/tui_screens.ts";

const ACTIVITY = {
  id: "1",
  title: "update acme/tiny",
  startedAtMs: 0,
  progress: undefined,
  ended: undefined,
};

Deno.test("runTicker() ticks slowly while nothing happens, and fast while something is downloaded", async () => {
  const clock = new TestClock();
  const downloads = new FakeDownloads();
  const stop = new AbortController();
  let ticks = 0;
  const running = runTicker({ clock, downloads, signal: stop.signal, tick: () => ticks++ });
  await clock.advance(3 * IDLE_TICK_MS);
  assert.equal(ticks, 3);
  await clock.advance(10);
  downloads.become({ ...NO_DOWNLOADS, activities: [ACTIVITY] });
  await clock.advance(0);
  assert.equal(ticks, 4, "it does not wait for the end of a slow tick");
  await clock.advance(10 * BUSY_TICK_MS);
  assert.equal(ticks, 14);
  downloads.become({
    ...NO_DOWNLOADS,
    activities: [{ ...ACTIVITY, ended: { atMs: 1, error: undefined } }],
  });
  await clock.advance(IDLE_TICK_MS);
  assert.equal(ticks, 16);
  stop.abort();
  await running;
  await clock.advance(10 * IDLE_TICK_MS);
  assert.equal(ticks, 16);
});

Deno.test("runTicker() ticks with what downloads tell, and not besides", async () => {
  const clock = new TestClock();
  const downloads = new FakeDownloads();
  const stop = new AbortController();
  let ticks = 0;
  downloads.become({ ...NO_DOWNLOADS, activities: [ACTIVITY] });
  const running = runTicker({ clock, downloads, signal: stop.signal, tick: () => ticks++ });
  await clock.advance(0);
  for (let told = 1; told <= 5; told++) {
    await clock.advance(BUSY_TICK_MS - 10);
    downloads.become({ ...NO_DOWNLOADS, activities: [ACTIVITY] });
    assert.equal(ticks, told, "in the same turn");
  }
  await clock.advance(BUSY_TICK_MS);
  assert.equal(ticks, 6, "by itself, when nothing is told");
  stop.abort();
  await running;
});
