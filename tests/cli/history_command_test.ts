import assert from "node:assert/strict";
import type { HistoryFilter, HistoryRecord } from "../../core/state/history_record.ts";
import { fakeManager, RECORDS, STATISTICS } from "../support/fake_manager.ts";
import { type CliRun, type CliRunOptions, formatRun, runTestCli } from "../support/run_cli.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const NOW = Date.UTC(2025, 0, 1);
const DAY = 86_400_000;
const { history } = fakeManager();

/** Runs `mm history`, and tells which queries the history was asked. */
async function ask(
  args: readonly string[],
  options: CliRunOptions = {},
): Promise<CliRun & { asked: unknown[] }> {
  const asked: unknown[] = [];
  const manager = {
    history: {
      ...history,
      list: (query?: HistoryFilter) => (asked.push(query), history.list()),
      stats: (query?: HistoryFilter) => (asked.push(query), history.stats()),
      clear: (query?: HistoryFilter) => (asked.push(["clear", query]), history.clear()),
      records: (query?: HistoryFilter) => (asked.push(query), history.records()),
    },
  };
  return { ...await runTestCli(["history", ...args], { manager, ...options }), asked };
}

Deno.test("mm history takes the same filters everywhere", async () => {
  const filters = ["--repo", "acme/m", "--status", "failed", "--since", "2024-12-01", "--until", "1d"];
  const filter = {
    repo: "acme/m",
    status: "failed",
    endedFromMs: Date.UTC(2024, 11, 1),
    endedBeforeMs: NOW - DAY + 1,
  };
  assert.deepEqual((await ask(["list", ...filters])).asked, [{ ...filter, limit: 50 }]);
  assert.deepEqual((await ask(["show", ...filters])).asked, [{ ...filter, limit: 1 }]);
  assert.deepEqual((await ask(["stats", ...filters])).asked, [filter]);
  assert.deepEqual((await ask(["export", ...filters])).asked, [filter]);
  assert.deepEqual((await ask(["clear", ...filters, "-y"])).asked, [filter, ["clear", filter]]);
});

Deno.test("mm history clear --older-than deletes what ended before", async () => {
  const clear = async (...args: string[]) => (await ask(["clear", "-y", ...args])).asked[0];
  assert.deepEqual(await clear("--older-than", "30d"), { endedBeforeMs: NOW - 30 * DAY });
  assert.deepEqual(await clear("--older-than", "30d", "--until", "60d"), {
    endedBeforeMs: NOW - 60 * DAY + 1,
  });
  assert.deepEqual(await clear("--older-than", "30d", "--until", "1d"), { endedBeforeMs: NOW - 30 * DAY });
});

Deno.test("mm history refuses a time that ends before it begins", async () => {
  const { code, stderr } = await ask(["list", "--since", "1d", "--until", "2d"]);
  assert.equal(code, 2);
  assert.match(stderr, /^error: The time of --since is after that of --until$/m);
  assert.match(stderr, /^hint: .*--since 30d --until 7d$/m);
});

Deno.test("mm history clear says how many records it is about to delete", async () => {
  const asks = await ask(["clear"], { terminal: { columns: 80, input: ["n"] } });
  assert.match(asks.stderr, /^Delete 2 records of the history\? \[y\/N\] /);
  assert.deepEqual([asks.code, asks.asked.length], [1, 1]);
  const damaged = { history: { ...history, stats: () => Promise.resolve({ ...STATISTICS, damaged: 3 }) } };
  const terminal = { columns: 80, input: ["n"] };
  const all = await runTestCli(["history", "clear"], { manager: damaged, terminal });
  assert.match(all.stderr, /^Delete 2 records of the history and 3 damaged\?/);
  const some = await runTestCli(["history", "clear", "--repo", "acme/m"], {
    manager: damaged,
    terminal: { ...terminal },
  });
  assert.match(some.stderr, /^Delete 2 records of the history\?/);
});

Deno.test("mm history clear asks nobody when there is nothing to delete", async () => {
  const nothing = { ...STATISTICS, total: 0 };
  const manager = { history: { ...history, stats: () => Promise.resolve(nothing) } };
  const { code, stdout, stderr } = await runTestCli(["history", "clear"], { manager });
  assert.deepEqual([code, stdout, stderr], [0, "", "The history has nothing to delete\n"]);
  const json = await runTestCli(["history", "clear", "--json"], { manager });
  assert.deepEqual(JSON.parse(json.stdout), { deleted: 0 });
});

Deno.test("mm history stats draws a chart that fits, with and without block characters", async (t) => {
  for (const environment of [{ LANG: "en_US.UTF-8" }, { LANG: "C" }]) {
    for (const columns of [80, 60]) {
      const run = await runTestCli(["history", "stats"], { environment, terminal: { columns } });
      for (const line of run.stdout.split("\n")) assert.ok(line.length <= columns, line);
      await t.assertSnapshot(formatRun([environment.LANG, String(columns)], run));
    }
  }
});

Deno.test("mm history stats names ten models, and says that there are more", async () => {
  const [repo] = STATISTICS.perRepo;
  assert.ok(repo !== undefined);
  const perRepo = Array.from({ length: 12 }, (_, index) => ({ ...repo, repo: `acme/m${index}` }));
  const manager = { history: { ...history, stats: () => Promise.resolve({ ...STATISTICS, perRepo }) } };
  const { stdout, stderr } = await runTestCli(["history", "stats"], { manager });
  assert.equal(stdout.match(/acme\/m\d/g)?.length, 10);
  assert.match(stderr, /^2 further models: mm history stats --json/);
});

Deno.test("mm history show shows one record whole", async (t) => {
  for (
    const args of [["history", "show", "2"], ["history", "show", "1", "--json"], [
      "history",
      "show",
      "1",
      "-q",
    ]]
  ) {
    await t.assertSnapshot(formatRun(args, await runTestCli(args)));
  }
});

Deno.test("mm history show says when there is no such record, or several", async () => {
  const find = (found: readonly HistoryRecord[]) => ({
    manager: { history: { ...history, find: () => Promise.resolve([...found]) } },
  });
  const none = await runTestCli(["history", "show", "x"], find([]));
  assert.equal(none.code, 3);
  assert.match(none.stderr, /no record of the id "x"[^]*hint: .*mm history list --json/);
  const two = await runTestCli(["history", "show", "0m"], find(RECORDS));
  assert.equal(two.code, 2);
  assert.match(two.stderr, /The id "0m" is that of several records[^]*hint: .*mm history show 2/);
});

Deno.test("mm history export writes JSON or CSV to standard output, and nothing else", async () => {
  const json = await runTestCli(["history", "export"]);
  const listed = await runTestCli(["history", "list", "--json"]);
  assert.deepEqual(JSON.parse(json.stdout), JSON.parse(listed.stdout));
  assert.deepEqual(
    JSON.parse((await runTestCli(["history", "export", "--json"])).stdout),
    JSON.parse(json.stdout),
  );
  assert.equal((await runTestCli(["history", "export", "--output", "-", "-q"])).stdout, json.stdout);
  const csv = await runTestCli(["history", "export", "--format", "csv"]);
  assert.match(csv.stdout, /^id,reference,/);
  assert.equal(csv.stdout.trimEnd().split("\r\n").length, 3);
  assert.equal((await runTestCli(["history", "export", "--format", "csv", "--json"])).code, 2);
  assert.equal((await runTestCli(["history", "export", "--format", "xml"])).code, 2);
});

Deno.test("mm history export writes a file, in the format that its name tells, and replaces none unasked", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("out.csv");
  const run = (...args: string[]) => runTestCli(["history", "export", "--output", path, ...args]);
  const wrote = await run();
  assert.deepEqual([wrote.code, wrote.stdout], [0, ""]);
  assert.match(wrote.stderr, /^Wrote 2 records to ".*out\.csv"$/m);
  assert.match(await Deno.readTextFile(path), /^id,reference,/);
  const again = await run();
  assert.equal(again.code, 2);
  assert.match(again.stderr, /Nobody can be asked whether to replace/);
  const forced = await run("--yes", "--format", "json", "--json");
  assert.deepEqual(JSON.parse(forced.stdout), { exported: 2, format: "json", path });
  assert.equal(JSON.parse(await Deno.readTextFile(path)).records.length, 2);
  assert.equal((await run("--yes", "--quiet")).stdout, `${path}\n`);
  const terminal = { columns: 80, input: ["n"] };
  const refused = await runTestCli(["history", "export", "--output", path], { terminal });
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  const lost = await runTestCli(["history", "export", "--output", dir.join("no", "out.csv")]);
  assert.equal(lost.code, 1);
  assert.match(lost.stderr, /the folder does not exist[^]*hint: Make it first: mkdir -p/);
});

Deno.test("mm history list names the command for failed downloads only where there are some", async () => {
  const hint = /hint: See one of them whole: mm history show --status failed/;
  assert.match((await ask(["list"])).stderr, hint);
  const [, failed] = RECORDS as [HistoryRecord, HistoryRecord];
  const stopped: HistoryRecord = { ...failed, status: "cancelled" };
  const manager = { history: { ...history, list: () => Promise.resolve([stopped]) } };
  const { stderr } = await runTestCli(["history", "list"], { manager });
  assert.equal(stderr, "1 record, newest first\n");
});
