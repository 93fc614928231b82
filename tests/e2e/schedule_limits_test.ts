/**
 * What a schedule fetches while the queue has something to do, too: limits of its own, places that both share, and all
 * of it to be seen.
 *
 * @module
 */
import { match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { makeOverdue, openDaemonBox } from "../support/daemon_box.ts";
import { LARGE, LARGE_BYTES, startE2eHub, TINY } from "../support/e2e_hub.ts";
import { exists, readDocument, waitUntil } from "../support/run_program.ts";

interface Status {
  readonly limitRate: number | null;
  readonly jobs: readonly { readonly reference: string; readonly status: string }[];
  readonly runningSchedules: readonly {
    readonly name: string;
    readonly limitRate?: number;
    readonly downloads: readonly {
      readonly reference: string;
      readonly status: string;
      readonly bytesReceived: number;
      readonly bytesTotal: number;
      readonly bytesPerSecond: number | null;
    }[];
  }[];
}

Deno.test("a schedule is limited alone, shares the places with the queue, and mm status shows what it fetches", async () => {
  await using hub = await startE2eHub();
  await using box = await openDaemonBox(hub);
  const succeed = async (...args: string[]): Promise<string> => {
    const finished = await box.run(args);
    strictEqual(finished.code, 0, finished.stderr);
    return finished.stdout;
  };
  const status = async (): Promise<Status> => readDocument<Status>(await box.run(["status", "--json"]));

  await succeed("schedule", "create", "--time", "03:00", "--name", "slow", "--limit-rate", "200k", LARGE);
  await makeOverdue(box, "slow");
  await succeed("start");
  await waitUntil("the schedule is at work", async () => {
    const [download] = (await status()).runningSchedules[0]?.downloads ?? [];
    return typeof download?.bytesPerSecond === "number" && download.bytesReceived > 400_000;
  }, { limitMs: 90_000 });
  const [slow] = (await status()).runningSchedules;
  const [download] = slow?.downloads ?? [];
  strictEqual(slow?.limitRate, 200_000);
  strictEqual(download?.status, "downloading");
  strictEqual(download.bytesTotal, LARGE_BYTES);
  ok((download.bytesPerSecond ?? Infinity) < 260_000, `${download.bytesPerSecond} B/s`);
  const shown = await succeed("status");
  match(shown, /^Schedules +slow is at work \(at most 200 kB\/s\)/m);
  match(shown, /^slow +acme\/large-GGUF +downloading +\d+ % of 24\.0 MB +\d+.* kB\/s$/m);

  await succeed("pull", `${TINY}:Q8_0`, "--background");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  strictEqual((await status()).jobs[0]?.status, "pending", "one at once, whoever has asked for it");

  await succeed("config", "set", "download.max_concurrent", "2");
  const beganMs = Date.now();
  await waitUntil("the queue has its own", () => exists(join(box.modelsDir, TINY, "tiny-Q8_0.gguf")), {
    limitMs: 30_000,
  });
  const tookMs = Date.now() - beganMs;
  ok(tookMs < 2_600_003 / 200, `${tookMs} ms: the schedule's limit is not the queue's`);
  strictEqual((await status()).limitRate, null);
  strictEqual((await box.run(["stop"])).code, 0);
});
