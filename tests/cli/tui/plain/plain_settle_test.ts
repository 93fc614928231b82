import assert from "node:assert/strict";
import { startProgress } from "../../../../cli/output/progress_state.ts";
import { loadMeasure } from "../../../../cli/output/text_width.ts";
import type { TuiSession } from "../../../../cli/tui/context.ts";
import { NO_DOWNLOADS } from "../../../../cli/tui/downloads/downloads_state.ts";
import { settlePlain } from "../../../../cli/tui/plain/plain_settle.ts";
import { PlainTeller } from "../../../../cli/tui/plain/plain_teller.ts";
import { createHelpScreen, SCREENS } from "../../../../cli/tui/screens.ts";
import { Tui } from "../../../../cli/tui/tui.ts";
import { fakeManager, JOBS } from "../../../support/fake_manager.ts";
import { settle, TestClock } from "../../../support/test_clock.ts";
import { FakeDownloads } from "../../../support/tui_screens.ts";

const measure = await loadMeasure();
const TOTAL_BYTES = 8_000_000_000;

/** The screen of downloads, with a download on it that has come so far. */
function bench() {
  const [clock, downloads, stop] = [new TestClock(), new FakeDownloads(), new AbortController()];
  const tui = new Tui({
    session: { clock, environment: {} } as Pick<TuiSession, "clock" | "environment"> as TuiSession,
    manager: () => Promise.resolve(fakeManager()),
    signal: stop.signal,
    downloads: () => downloads,
    screens: SCREENS,
    help: createHelpScreen,
    start: { theme: "dark", columns: 80, rows: 24 },
    onQuit: () => {},
  });
  const teller = new PlainTeller({ tui, measure, columns: 80, say: () => {} });
  let receivedBytes = 0;
  const receive = (): void => {
    receivedBytes += 1_234_567;
    const progress = { ...startProgress(0), totalFiles: 1, totalBytes: TOTAL_BYTES, receivedBytes };
    downloads.become({
      ...NO_DOWNLOADS,
      jobs: [{ ...JOBS[0]!, id: "1", status: "downloading", bytesTotal: TOTAL_BYTES }],
      progress: new Map([["1", { progress, speeds: [], retries: 0 }]]),
    });
  };
  return { tui, clock, stop, teller, receive };
}

for (const isInteractive of [false, true]) {
  Deno.test(`settlePlain() does not wait for the end of a download, ${isInteractive ? "typed" : "piped"}`, async () => {
    const { tui, clock, stop, teller, receive } = bench();
    receive();
    tui.begin("downloads");
    await settle();
    let hasSettled = false;
    const settled = settlePlain(tui, {
      clock,
      signal: stop.signal,
      isInteractive,
      shape: () => teller.shape(),
    }).then(() => hasSettled = true);
    let waitedMs = 0;
    for (; !hasSettled && waitedMs < 10_000; waitedMs += 50) {
      receive();
      await clock.advance(50);
      await settle();
    }
    assert.ok(waitedMs <= 2_000, `it took ${waitedMs} ms`);
    stop.abort();
    await settled;
  });
}
