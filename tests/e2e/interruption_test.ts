/**
 * Pulls that are killed, stopped or started twice: what they leave behind, and how the next one goes on.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PullResult } from "../../core/operations/model_manager.ts";
import type { HistoryRecord } from "../../core/state/history_record.ts";
import {
  type E2eHub,
  LARGE,
  LARGE_BYTES,
  LARGE_PATH,
  sha256,
  startE2eHub,
  TINY,
} from "../support/e2e_hub.ts";
import {
  exists,
  type FinishedProgram,
  openSandbox,
  readDocument,
  readJsonLines,
  type RunningProgram,
  type Sandbox,
  waitUntil,
} from "../support/run_program.ts";

/** Windows has no signals: what Deno calls so there is always the hard end. */
const NO_SIGNALS = Deno.build.os === "windows";
/** For each of eight to sixteen connections: the file would take twenty seconds. */
const CRAWL = 100_000;
/** One connection: no lane takes bytes over from another, so that every count is exact. */
const EXACTLY = ["--connections", "1"];
/** Our own limit is 900 ms; a busy machine adds to that. */
const PROMPT_MS = 1_500;

function openBox(hub: E2eHub): Promise<Sandbox> {
  return openSandbox({ HF_ENDPOINT: hub.endpoint });
}

function largePath(box: Sandbox): string {
  return join(box.modelsDir, LARGE, LARGE_PATH);
}

/** Starts a pull over a crawling line and returns when so many bytes have been sent. */
async function startCrawling(
  hub: E2eHub,
  box: Sandbox,
  bytes: number,
  options: readonly string[] = [],
): Promise<RunningProgram> {
  hub.clear();
  hub.bytesPerSecond = CRAWL;
  const running = box.start(["pull", LARGE, ...options]);
  await waitUntil(`${bytes} bytes are under way`, () => hub.bodyBytes() >= bytes);
  return running;
}

function pullResult(finished: FinishedProgram): PullResult {
  const [result] = readDocument<{ results: PullResult[] }>(finished).results;
  ok(result);
  return result;
}

/** Pulls the rest at full speed and checks every count and byte. @returns bytes that were kept. */
async function finishPull(hub: E2eHub, box: Sandbox, options: readonly string[] = []): Promise<number> {
  hub.clear();
  hub.bytesPerSecond = undefined;
  const result = pullResult(await box.run(["pull", LARGE, "--json", ...EXACTLY, ...options]));
  strictEqual(result.status, "downloaded");
  strictEqual(result.bytesFetched + result.bytesResumed, LARGE_BYTES);
  strictEqual(hub.bodyBytes(), result.bytesFetched);
  strictEqual(sha256(await readFile(largePath(box))), await hub.sha256(LARGE, LARGE_PATH));
  const left = (await readdir(join(box.modelsDir, LARGE, ".cache"))).filter((name) => name !== "lock");
  deepStrictEqual(left, []);
  return result.bytesResumed;
}

/** Checks how much of what was sent has been kept: all but `share` of the file. */
function checkKept(bytes: { readonly sent: number; readonly kept: number }, share: number): void {
  const lost = bytes.sent - bytes.kept;
  ok(lost >= 0 && lost <= LARGE_BYTES * share, `${lost} of ${bytes.sent} bytes were fetched again`);
}

async function historyOf(box: Sandbox): Promise<readonly HistoryRecord[]> {
  return readDocument<{ records: HistoryRecord[] }>(await box.run(["history", "list", "--json"])).records;
}

Deno.test("mm pull goes on after kill -9: at most 2 % of the file is fetched again", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await using running = await startCrawling(hub, box, 3_000_000);
  running.signal("SIGKILL");
  await running.finished;
  const sent = hub.bodyBytes();
  strictEqual(await exists(largePath(box)), false, "an unfinished file has the final name");
  strictEqual((await box.run(["list", "--status", "available"])).stdout, "");

  checkKept({ sent, kept: await finishPull(hub, box) }, 0.02);
});

Deno.test("mm pull goes on after being killed again and again, and says where", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  let sent = 0;
  for (const bytes of [1_500_000, 1_000_000, 500_000]) {
    await using running = await startCrawling(hub, box, bytes);
    running.signal("SIGKILL");
    await running.finished;
    sent += hub.bodyBytes();
  }
  const planned = await box.run(["pull", LARGE, "--dry-run"]);
  match(planned.stdout, /planned, resumes at \d+/);
  hub.clear();
  hub.bytesPerSecond = undefined;
  const resumed = await box.run(["pull", LARGE]);
  strictEqual(resumed.code, 0, resumed.stderr);
  match(resumed.stderr, /large-Q4_K_M\.gguf: resumed at \d+(?:\.\d+)? ?% \(\d\.\d+ MB\)/);
  strictEqual(sha256(await readFile(largePath(box))), await hub.sha256(LARGE, LARGE_PATH));
  const [record] = await historyOf(box);
  checkKept({ sent, kept: record?.bytesResumed ?? 0 }, 3 * 0.02);
});

Deno.test("mm pull --force that was stopped goes on where it was, with the same command", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  strictEqual((await box.run(["pull", LARGE])).code, 0);
  await using running = await startCrawling(hub, box, 2_000_000, ["--force"]);
  running.signal("SIGKILL");
  await running.finished;
  const sent = hub.bodyBytes();
  checkKept({ sent, kept: await finishPull(hub, box, ["--force"]) }, 0.02);
});

Deno.test({
  name: "mm pull on SIGINT ends with 130 within a second, says how to resume, and resumes",
  ignore: NO_SIGNALS,
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openBox(hub);
    await using running = await startCrawling(hub, box, 2_000_000);
    const start = performance.now();
    running.signal("SIGINT");
    const stopped = await running.finished;
    const elapsedMs = performance.now() - start;
    const sent = hub.bodyBytes();
    strictEqual(stopped.code, 130, stopped.stderr);
    ok(elapsedMs < PROMPT_MS, `it took ${Math.round(elapsedMs)} ms`);
    match(stopped.stderr, /^error: Cancelled$/m);
    match(stopped.stderr, new RegExp(`^hint: .*Resume: mm pull ${LARGE}$`, "m"));
    doesNotMatch(stopped.stderr, /bug in mm|^\s+at /m);
    strictEqual(stopped.stdout, "");
    strictEqual(await exists(largePath(box)), false);

    const [record] = await historyOf(box);
    deepStrictEqual([record?.status, record?.error?.code], ["cancelled", "CANCELLED"]);
    const kept = await finishPull(hub, box);
    checkKept({ sent, kept }, 0.01);
    strictEqual(record?.bytesFetched, kept, "the history counts every byte that was left on the disk");
    deepStrictEqual((await historyOf(box)).map(({ status }) => status), ["completed", "cancelled"]);
  },
});

Deno.test({
  name: "mm pull on SIGTERM ends with 143, with --json as a document",
  ignore: NO_SIGNALS,
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openBox(hub);
    hub.bytesPerSecond = CRAWL;
    await using running = box.start(["pull", LARGE, "--json"]);
    await waitUntil("bytes are under way", () => hub.bodyBytes() > 1_000_000);
    running.signal("SIGTERM");
    const stopped = await running.finished;
    strictEqual(stopped.code, 143, stopped.stderr);
    const { error } = readDocument<{ error: { code: string; hints: string[] } }>(stopped);
    strictEqual(error.code, "CANCELLED");
    match(error.hints.join("\n"), /Resume: mm pull/);
    strictEqual(stopped.stderr, "");
  },
});

Deno.test({
  name: "mm pull on SIGHUP ends with 129 and is recorded, but with nohup it goes on",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openBox(hub);
    await using running = await startCrawling(hub, box, 1_000_000);
    running.signal("SIGHUP");
    const stopped = await running.finished;
    strictEqual(stopped.code, 129, stopped.stderr);
    match(stopped.stderr, /Resume: mm pull/);
    const [record] = await historyOf(box);
    deepStrictEqual([record?.status, record?.error?.code], ["cancelled", "CANCELLED"]);

    hub.clear();
    await using kept = box.shell('exec nohup "$@"', ["pull", LARGE]);
    await waitUntil("bytes are under way", () => hub.bodyBytes() > 500_000);
    kept.signal("SIGHUP");
    hub.bytesPerSecond = undefined;
    strictEqual((await kept.finished).code, 0, kept.stderr);
    strictEqual(sha256(await readFile(largePath(box))), await hub.sha256(LARGE, LARGE_PATH));
  },
});

Deno.test({
  name: "mm on SIGINT ends in time while it waits for an answer, also when signals come in a row",
  ignore: NO_SIGNALS,
  async fn() {
    let asked = 0;
    const hang = (): Promise<Response> => {
      asked++;
      return new Promise(() => {});
    };
    await using hub = await startE2eHub({ wrapHub: () => hang });
    await using box = await openBox(hub);
    const start = async (): Promise<RunningProgram> => {
      const before = asked;
      const running = box.start(["pull", TINY, "--events"]);
      await waitUntil("the Hub is asked", () => asked > before);
      return running;
    };
    await using once = await start();
    once.signal("SIGINT");
    const stopped = await once.finished;
    strictEqual(stopped.code, 130, stopped.stderr);
    deepStrictEqual(readJsonLines<{ type: string }>(stopped).map(({ type }) => type), ["error"]);

    await using twice = await start();
    const at = performance.now();
    for (const signal of ["SIGINT", "SIGINT", "SIGTERM"] as const) twice.signal(signal);
    strictEqual((await twice.finished).code, 130);
    ok(performance.now() - at < PROMPT_MS);
  },
});

Deno.test("two processes that pull the same unit at once move its bytes once", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  hub.bytesPerSecond = 20_000_000;
  const both = await Promise.all([1, 2].map(() => box.run(["pull", LARGE, "--json", ...EXACTLY])));
  deepStrictEqual(both.map(({ code }) => code), [0, 0]);
  const all = both.map(pullResult);
  deepStrictEqual(all.map(({ status }) => status).sort(), ["downloaded", "present"]);
  deepStrictEqual(all.map(({ bytesFetched }) => bytesFetched).sort((a, b) => a - b), [0, LARGE_BYTES]);
  strictEqual(hub.bodyBytes(), LARGE_BYTES);
  strictEqual(sha256(await readFile(largePath(box))), await hub.sha256(LARGE, LARGE_PATH));
  const listed = readDocument<{ models: unknown[] }>(await box.run(["list", "--json"]));
  strictEqual(listed.models.length, 1);
});

Deno.test("processes that pull different units of one model at once all end well", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const quants = ["Q4_K_M", "Q8_0", "F16"];
  const runs = await Promise.all(quants.map((quant) => box.run(["pull", `${TINY}:${quant}`])));
  deepStrictEqual(runs.map(({ code }) => code), [0, 0, 0], runs.map(({ stderr }) => stderr).join("\n"));
  const { models } = readDocument<{ models: { quant: string; status: string }[] }>(
    await box.run(["list", "--json"]),
  );
  deepStrictEqual(models.map(({ quant, status }) => [quant, status]).sort(), [
    ["F16", "available"],
    ["Q4_K_M", "available"],
    ["Q8_0", "available"],
  ]);
  strictEqual((await historyOf(box)).length, 3);
});
