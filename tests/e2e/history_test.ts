/**
 * The history in real processes: every attempt once, also of those that were killed or stopped before they began.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { totalLength } from "../../core/base/byte_range.ts";
import { parseJournal } from "../../core/download/journal.ts";
import type { HistoryRecord, HistoryStatistics } from "../../core/state/history_record.ts";
import { openStore } from "../../core/platform/kv.ts";
import { HistoryStore } from "../../core/state/history.ts";
import { type E2eHub, LARGE, LARGE_BYTES, LARGE_PATH, startE2eHub, TINY } from "../support/e2e_hub.ts";
import { openSandbox, readDocument, type Sandbox, waitUntil } from "../support/run_program.ts";

/** Windows has no signals: what Deno calls so there is always the hard end. */
const NO_SIGNALS = Deno.build.os === "windows";
/** For each of eight to sixteen connections: the large file would take twenty seconds. */
const CRAWL = 100_000;
const NOTED_BYTES = 1_000_000;
const DAY = 86_400_000;

function openBox(hub: E2eHub, variables: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
  return openSandbox({ HF_ENDPOINT: hub.endpoint, ...variables });
}

async function list(box: Sandbox, ...args: readonly string[]): Promise<readonly HistoryRecord[]> {
  const finished = await box.run(["history", "list", "--json", ...args]);
  return readDocument<{ records: HistoryRecord[] }>(finished).records;
}

/** Bytes of the large file of which a journal tells. */
async function notedBytes(box: Sandbox): Promise<number> {
  const folder = join(box.modelsDir, LARGE, ".cache");
  const names = await readdir(folder).catch(() => []);
  const journal = names.find((name) => name.endsWith(".journal"));
  const text = journal === undefined ? "" : await readFile(join(folder, journal), "utf8").catch(() => "");
  return totalLength(parseJournal(text)?.written ?? []);
}

/** Kills `mm ARGS` when an attempt is noted, and a megabyte. @returns the bytes that were sent. */
async function killUnderWay(hub: E2eHub, box: Sandbox, args: readonly string[]): Promise<number> {
  hub.clear();
  hub.bytesPerSecond = CRAWL;
  await using running = box.start(args);
  await waitUntil("bytes are noted", async () => await notedBytes(box) >= NOTED_BYTES);
  {
    await using store = await openStore(join(box.stateDir, "state.kv"));
    const history = new HistoryStore(store.kv);
    await waitUntil("the attempt is noted", async () => (await history.openAttempts()).length === 1);
  }
  running.signal("SIGKILL");
  await running.finished;
  hub.bytesPerSecond = undefined;
  return hub.bodyBytes();
}

function checkInterrupted(record: HistoryRecord | undefined, sentBytes: number): void {
  strictEqual(record?.status, "failed");
  deepStrictEqual([record.repo, record.revision, record.files], [LARGE, "main", [LARGE_PATH]]);
  match(record.commit ?? "", /^[0-9a-f]{40}$/);
  strictEqual(record.error?.code, "FAILED");
  match(record.error.message, /^Interrupted: /);
  // The journal lags a little behind.
  ok(
    record.bytesFetched >= NOTED_BYTES && record.bytesFetched <= sentBytes,
    `${record.bytesFetched} of ${sentBytes}`,
  );
  ok(record.endedAt >= record.startedAt);
  ok(record.averageBytesPerSecond > 0);
}

Deno.test("an attempt whose process was killed is recorded once, whoever starts next, at once or together", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const sent = await killUnderWay(hub, box, ["pull", LARGE]);
  const seen = await Promise.all([list(box), list(box), list(box)]);
  for (const records of seen) ok(records.length <= 1);
  const [record, ...others] = await list(box);
  deepStrictEqual(others, []);
  checkInterrupted(record, sent);
  strictEqual((await box.run(["pull", LARGE, "-q"])).code, 0);
  const [resumed, before] = await list(box);
  deepStrictEqual(before, record);
  strictEqual(resumed?.status, "completed");
  strictEqual(resumed.bytesFetched + resumed.bytesResumed, LARGE_BYTES);
  ok(resumed.peakBytesPerSecond >= resumed.averageBytesPerSecond);
});

Deno.test("the next pull records the one that was killed, before it goes on with what that has left", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const sent = await killUnderWay(hub, box, ["pull", LARGE]);
  strictEqual((await box.run(["pull", LARGE, "-q"])).code, 0);
  const [resumed, interrupted, ...others] = await list(box);
  deepStrictEqual([resumed?.status, others], ["completed", []]);
  checkInterrupted(interrupted, sent);
});

Deno.test("a job of the queue whose process was killed counts as one attempt, and the next one as another", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  strictEqual((await box.run(["queue", "add", LARGE])).code, 0);
  const sent = await killUnderWay(hub, box, ["queue", "run"]);
  strictEqual((await box.run(["queue", "run"])).code, 0);
  const [completed, interrupted, ...others] = await list(box);
  deepStrictEqual([completed?.status, others], ["completed", []]);
  checkInterrupted(interrupted, sent);
});

Deno.test({
  name: "mm pull that is stopped before the Hub has answered is an attempt, and what only waited is none",
  ignore: NO_SIGNALS,
  async fn() {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    await using hub = await startE2eHub({
      wrapHub: (handler) => async (request) => {
        if (new URL(request.url).pathname.includes(LARGE)) {
          asked.resolve();
          await answer.promise;
        }
        return await handler(request);
      },
    });
    await using box = await openBox(hub);
    await using running = box.start(["pull", "acme/none", LARGE, TINY]);
    await asked.promise;
    running.signal("SIGINT");
    strictEqual((await running.finished).code, 130);
    answer.resolve();
    deepStrictEqual((await list(box)).map(({ repo, status, error }) => [repo, status, error?.code]), [
      ["acme/none", "failed", "NOT_FOUND"],
      [LARGE, "cancelled", "CANCELLED"],
    ]);
  },
});

Deno.test("mm pull of several models gives each the time that it took itself", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  hub.bytesPerSecond = 12_000_000;
  strictEqual((await box.run(["pull", LARGE, `${TINY}:Q8_0`, "-q", "--connections", "1"])).code, 0);
  const [tiny, large] = await list(box);
  deepStrictEqual([tiny?.repo, large?.repo], [TINY, LARGE]);
  const tookMs = (record?: HistoryRecord): number =>
    Date.parse(record?.endedAt ?? "") - Date.parse(record?.startedAt ?? "");
  ok(tookMs(tiny) < tookMs(large), `${tookMs(tiny)} ms, ${tookMs(large)} ms`);
});

Deno.test("mm history cleans up by itself when it is told how long to keep, and counts what is left", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub, { MM_HISTORY_KEEP_DAYS: "30" });
  strictEqual((await box.run(["pull", TINY, "-q"])).code, 0);
  await Deno.mkdir(box.stateDir, { recursive: true });
  {
    await using store = await openStore(join(box.stateDir, "state.kv"));
    const history = new HistoryStore(store.kv);
    const [{ id: _, ...newest } = noRecord()] = await history.list();
    for (const days of [400, 31, 29]) {
      const endedAt = new Date(Date.now() - days * DAY).toISOString();
      await history.append({ ...newest, reference: `${days}`, endedAt });
    }
    await history.noteSwept(0);
  }
  strictEqual((await box.run(["history", "list", "-q"])).code, 0);
  deepStrictEqual((await list(box)).map(({ reference }) => reference), [TINY, "29"]);
  const stats = readDocument<HistoryStatistics>(await box.run(["history", "stats", "--json"]));
  deepStrictEqual([stats.total, stats.perDay.length, stats.perRepo.length], [2, 2, 1]);
  strictEqual((await box.run(["history", "clear", "--older-than", "1d", "--yes"])).code, 0);
  deepStrictEqual((await list(box)).map(({ reference }) => reference), [TINY]);
});

function noRecord(): never {
  throw new Error("There is no record");
}

Deno.test("mm history export gives what mm history list gives, to a pipe and to a file", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  strictEqual((await box.run(["pull", TINY, "acme/none", "-q"])).code, 11);
  const records = await list(box);
  strictEqual(records.length, 2);
  deepStrictEqual(readDocument(await box.run(["history", "export"])), { records });
  const path = join(box.work, "history.csv");
  strictEqual((await box.run(["history", "export", "-o", "history.csv"])).code, 0);
  const lines = (await readFile(path, "utf8")).split("\r\n");
  strictEqual(lines.length, 4);
  match(lines[1] ?? "", new RegExp(`^${records[0]?.id},`));
  const [record] = records;
  deepStrictEqual(readDocument(await box.run(["history", "show", record?.id ?? "", "--json"])), { record });
});
