import assert from "node:assert/strict";
import { downloadNews, toldOfAll } from "../../../../cli/tui/plain/download_news.ts";
import { type DownloadsState, NO_DOWNLOADS } from "../../../../cli/tui/downloads/downloads_state.ts";
import type { JobRecord } from "../../../../core/operations/model_manager.ts";
import { JOBS } from "../../../support/fake_manager.ts";

function job(change: Partial<JobRecord>): DownloadsState {
  const [first] = JOBS;
  assert.ok(first !== undefined);
  const { error: _, ...rest } = first;
  return {
    ...NO_DOWNLOADS,
    jobs: [{ ...rest, reference: "acme/tiny:Q4", bytesTotal: 1000, bytesReceived: 0, ...change }],
  };
}

const running = (bytesReceived: number): DownloadsState => job({ status: "downloading", bytesReceived });

function news(before: DownloadsState, after: DownloadsState): string[] {
  return downloadNews(after, toldOfAll(before), 0);
}

Deno.test("downloadNews() tells of each change of a job once", () => {
  assert.deepEqual(news(NO_DOWNLOADS, job({ status: "pending" })), ["Waits: acme/tiny:Q4"]);
  assert.deepEqual(news(job({ status: "pending" }), running(0)), ["Downloading acme/tiny:Q4, 1.00 kB"]);
  assert.deepEqual(news(running(0), running(0)), []);
  assert.deepEqual(news(running(0), job({ status: "completed" })), ["Finished: acme/tiny:Q4"]);
  assert.deepEqual(news(running(0), job({ status: "paused" })), ["Paused: acme/tiny:Q4"]);
  assert.deepEqual(news(running(0), job({ status: "cancelled" })), ["Cancelled: acme/tiny:Q4"]);
  const error = { code: "NETWORK_ERROR", message: "Cannot reach\x1b[2Jthe Hub", hints: [] } as const;
  assert.deepEqual(news(running(0), job({ status: "failed", error } as unknown as JobRecord)), [
    "Failed: acme/tiny:Q4: Cannot reach?[2Jthe Hub",
  ]);
});

Deno.test("downloadNews() does not tell what was there before", () => {
  assert.deepEqual(news({ ...NO_DOWNLOADS, isLoading: true }, job({ status: "failed" })), []);
});

Deno.test("downloadNews() tells of quarters, and of nothing between", () => {
  assert.deepEqual(news(running(0), running(249)), []);
  assert.deepEqual(news(running(249), running(250)), ["acme/tiny:Q4: 25 percent, 1.00 kB"]);
  assert.deepEqual(news(running(250), running(490)), []);
  assert.deepEqual(news(running(250), running(990)), ["acme/tiny:Q4: 75 percent, 1.00 kB"]);
  assert.deepEqual(news(running(990), running(1000)), [], "that it has finished is told when it has");
});

Deno.test("downloadNews() tells of what runs besides the queue", () => {
  const update = {
    id: "1",
    title: "update acme/tiny",
    startedAtMs: 0,
    progress: undefined,
    ended: undefined,
  };
  const on = (activity: DownloadsState["activities"][number]): DownloadsState => ({
    ...NO_DOWNLOADS,
    activities: [activity],
  });
  assert.deepEqual(news(NO_DOWNLOADS, on(update)), ["Began: update acme/tiny"]);
  const done = on({ ...update, ended: { atMs: 1, error: undefined } });
  assert.deepEqual(news(on(update), done), ["Finished: update acme/tiny"]);
  assert.deepEqual(news(done, done), []);
  assert.deepEqual(news(on(update), on({ ...update, ended: { atMs: 1, error: "no space" } })), [
    "Failed: update acme/tiny: no space",
  ]);
});
