/**
 * Jobs that are for another Hub or another library than the process that works on them was started with.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { GATED, LARGE, PLAIN, startE2eHub, TOKEN } from "../support/e2e_hub.ts";
import { openQueueBox } from "../support/queue_box.ts";
import { exists, findTexts, waitUntil } from "../support/run_program.ts";

Deno.test("mm queue run fetches each job from its own Hub into its own library, with no token of another Hub", async () => {
  await using hub = await startE2eHub();
  await using other = await startE2eHub();
  await using box = await openQueueBox(hub, { MM_MAX_CONCURRENT: "2" });
  const here = ["--quiet"];
  const there = ["--endpoint", other.endpoint, "--models-dir", box.join("elsewhere"), "--quiet"];
  await box.run(["queue", "add", LARGE, ...here]);
  hub.bytesPerSecond = 100_000;
  await using owner = box.start(["queue", "run", "--events"], { env: { HF_TOKEN: TOKEN } });
  await waitUntil("it is at work", () => hub.bodyBytes() > 0);
  await box.run(["queue", "add", `${PLAIN}:config.json`, GATED, ...there]);
  const failed = async () => (await box.run(["queue", "list", "-q", "--status", "failed"])).stdout;
  await waitUntil("what is gated has been refused", async () => await failed() !== "");
  ok(await exists(join(box.path, "elsewhere", PLAIN, "config.json")));
  strictEqual(await exists(join(box.modelsDir, PLAIN)), false);
  ok(other.requests.length > 0);
  deepStrictEqual(other.requests.filter(({ authorized }) => authorized), []);
  ok(hub.requests.some(({ authorized }) => authorized));
  const listed = await box.run(["queue", "list", "--status", "failed"]);
  match(listed.stdout, /acme\/gated-GGUF/);
  await box.run(["queue", "cancel", "all"]);
  strictEqual((await owner.finished).code, 11);
  deepStrictEqual(await findTexts(box.stateDir, [TOKEN]), []);
});

Deno.test("mm queue run leaves a store on a server alone, and says what is wrong with its address", async () => {
  await using hub = await startE2eHub();
  await using box = await openQueueBox(hub);
  await box.run(["queue", "add", `${PLAIN}:config.json`]);
  const wrong = await box.run(["queue", "list", "--json"], { env: { MM_KV_URL: "ftp://kv.test" } });
  deepStrictEqual([wrong.code, JSON.parse(wrong.stdout).error.code], [2, "CONFIG_INVALID"]);
  hub.bytesPerSecond = 100_000;
  await box.run(["queue", "add", LARGE]);
  await using _owner = box.start(["queue", "run", "--events"]);
  await waitUntil("it is at work", () => hub.bodyBytes() > 1_000_000);
  // Nobody listens there: the process that works the queue of this machine is not asked instead.
  const away = await box.run(["queue", "cancel", "all", "--json"], { env: { MM_KV_URL: hub.endpoint } });
  ok(away.code !== 0, JSON.stringify(away));
  match((await box.run(["queue", "list"])).stdout, /downloading/);
});
