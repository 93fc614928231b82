/**
 * What is done with models that are here: list, verify, remove, history; and looking before: search, show.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { open as openFile, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { VerifiedFile } from "../../core/operations/model_manager.ts";
import type { HistoryRecord, HistoryStatistics } from "../../core/state/history_record.ts";
import { type E2eHub, GATED, LARGE, PLAIN, startE2eHub, TINY } from "../support/e2e_hub.ts";
import {
  exists,
  filesBelow,
  linesOf,
  openSandbox,
  readDocument,
  type Sandbox,
} from "../support/run_program.ts";

const Q4 = "tiny-Q4_K_M.gguf";
const Q8 = "tiny-Q8_0.gguf";
const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A Hub and a sandbox in which these references have been pulled. */
async function openWith(
  references: readonly string[],
): Promise<AsyncDisposable & { hub: E2eHub; box: Sandbox }> {
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await startE2eHub());
  const box = stack.use(await openSandbox({ HF_ENDPOINT: hub.endpoint }));
  if (references.length > 0) {
    const pulled = await box.run(["pull", ...references]);
    strictEqual(pulled.code, 0, pulled.stderr);
  }
  hub.clear();
  const owned = stack.move();
  return { hub, box, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function flipByte(path: string, position: number): Promise<void> {
  const file = await openFile(path, "r+");
  try {
    const { buffer } = await file.read(new Uint8Array(1), 0, 1, position);
    await file.write(new Uint8Array([(buffer[0] ?? 0) ^ 1]), 0, 1, position);
  } finally {
    await file.close();
  }
}

Deno.test("mm list tells what is here, sorted and filtered, without the network", async () => {
  await using place = await openWith([`${TINY}:Q8_0`, TINY, PLAIN]);
  const { hub, box } = place;
  const listed = await box.run(["list", "--json"]);
  strictEqual(listed.code, 0, listed.stderr);
  const { models } = readDocument<{ models: Record<string, unknown>[] }>(listed);
  deepStrictEqual(models.map(({ repo, quant, sizeBytes }) => [repo, quant, sizeBytes]), [
    [PLAIN, null, 1_300_314],
    [TINY, "Q4_K_M", 1_400_000],
    [TINY, "Q8_0", 2_600_003],
  ]);
  const { downloadDate, lastUsedAt, ...q4 } = models[1] ?? {};
  match(String(downloadDate), ISO_DATE);
  match(String(lastUsedAt), ISO_DATE);
  deepStrictEqual(q4, {
    repo: TINY,
    revision: "main",
    commit: await hub.commit(TINY),
    quant: "Q4_K_M",
    modelType: "text-generation",
    status: "available",
    sizeBytes: 1_400_000,
    path: join(box.modelsDir, TINY),
    files: [{ path: Q4, sizeBytes: 1_400_000, sha256: await hub.sha256(TINY, Q4), gitSha1: null }],
    pinned: false,
    update: null,
  });
  const quiet = async (...args: string[]): Promise<string[]> =>
    linesOf((await box.run(["ls", "-q", ...args])).stdout);
  deepStrictEqual(await quiet("--sort", "size"), [`${TINY}:Q8_0`, `${TINY}:Q4_K_M`, PLAIN]);
  deepStrictEqual(await quiet("--type", "classification"), [PLAIN]);
  deepStrictEqual(await quiet("--status", "error"), []);
  deepStrictEqual(await quiet("Q8"), [`${TINY}:Q8_0`]);
  strictEqual(hub.requests.length, 0);
});

Deno.test("mm verify finds one flipped byte and a missing file, offline, and pull --force mends them", async () => {
  await using place = await openWith([TINY, `${TINY}:Q8_0`, `${TINY}:config.json`]);
  const { hub, box } = place;
  const good = await box.run(["verify"]);
  strictEqual(good.code, 0, good.stderr);
  match(good.stderr, /^3 files: all as they should be$/m);

  const path = join(box.modelsDir, TINY, Q4);
  await flipByte(path, 700_000);
  await rm(join(box.modelsDir, TINY, "config.json"));
  const bad = await box.run(["verify", "--json", "--offline"]);
  strictEqual(bad.code, 5, bad.stdout);
  const { files } = readDocument<{ files: VerifiedFile[] }>(bad);
  const byStatus = Object.fromEntries(files.map((file) => [file.status, file]));
  deepStrictEqual(files.map(({ status }) => status).sort(), ["corrupt", "missing", "ok"]);
  const sha256 = await hub.sha256(TINY, Q4);
  const { actual, ...corrupt } = byStatus["corrupt"] ?? {};
  deepStrictEqual(corrupt, { repo: TINY, path, status: "corrupt", expected: `sha256:${sha256}` });
  match(actual ?? "", /^sha256:[0-9a-f]{64}$/);
  ok(actual !== `sha256:${sha256}`);
  match(byStatus["missing"]?.expected ?? "", /^git-sha1:[0-9a-f]{40}$/);

  const text = await box.run(["verify", TINY]);
  strictEqual(text.code, 5);
  match(text.stdout, /^corrupt +acme\/tiny-GGUF +.*tiny-Q4_K_M\.gguf$/m);
  match(text.stderr, /^error: 1 file is corrupt, 1 file is missing$/m);
  match(text.stderr, /^hint: .*mm pull --force "?acme\/tiny-GGUF:Q4_K_M"?$/m);
  deepStrictEqual(linesOf((await box.run(["verify", "-q"])).stdout).sort(), [
    join(box.modelsDir, TINY, "config.json"),
    path,
  ]);
  strictEqual((await box.run(["verify", `${TINY}:Q8_0`])).code, 0);
  strictEqual((await box.run(["verify", "acme/none"])).code, 3);
  strictEqual(hub.requests.length, 0);

  const mended = await box.run(["pull", "--force", TINY, "-i", Q4, "-i", "config.json"]);
  strictEqual(mended.code, 0, mended.stderr);
  const again = await box.run(["verify"]);
  strictEqual(again.code, 0, again.stdout);
});

Deno.test("mm pull does not take a file for ours that was changed since, nor overwrite it", async () => {
  await using place = await openWith([TINY]);
  const { hub, box } = place;
  const path = join(box.modelsDir, TINY, Q4);
  await flipByte(path, 0);
  const changed = await readFile(path);
  const pulled = await box.run(["pull", TINY]);
  strictEqual(pulled.code, 1, pulled.stdout);
  match(pulled.stderr, /^error: The file ".*tiny-Q4_K_M\.gguf" was changed since it was downloaded$/m);
  match(pulled.stderr, /^hint: .*mm verify --repair "acme\/tiny-GGUF:Q4_K_M"$/m);
  match(pulled.stderr, /^hint: .*mm pull --force "acme\/tiny-GGUF:Q4_K_M"$/m);
  ok(changed.equals(await readFile(path)));
  strictEqual(hub.bodyBytes(), 0);
  // Unchanged bytes are ours again, whatever their date.
  await flipByte(path, 0);
  const present = await box.run(["pull", TINY, "--json"]);
  strictEqual(readDocument<{ results: { status: string }[] }>(present).results[0]?.status, "present");
  strictEqual(hub.bodyBytes(), 0);
});

Deno.test("mm remove asks first, and with --yes frees exactly what it says", async () => {
  await using place = await openWith([TINY, `${TINY}:F16`, PLAIN]);
  const { hub, box } = place;
  const before = await filesBelow(box.modelsDir);
  const asked = await box.run(["remove", `${TINY}:F16`]);
  strictEqual(asked.code, 2);
  match(asked.stderr, /^error: Nobody can be asked whether to remove 1 model, 4\.70 MB$/m);
  match(asked.stderr, /^hint: Say so: mm remove acme\/tiny-GGUF:F16 --yes$/m);
  const dry = await box.run(["remove", `${TINY}:F16`, "--dry-run", "--json"]);
  strictEqual(readDocument<{ bytesFreed: number }>(dry).bytesFreed, 4_700_000);
  deepStrictEqual(await filesBelow(box.modelsDir), before);

  const removed = await box.run(["rm", `${TINY}:F16`, "--yes", "--json"]);
  strictEqual(removed.code, 0, removed.stderr);
  const document = readDocument<{ removed: { paths: string[] }[]; bytesFreed: number }>(removed);
  strictEqual(document.bytesFreed, 4_700_000);
  strictEqual(document.removed[0]?.paths.length, 3);
  for (const path of document.removed[0]?.paths ?? []) strictEqual(await exists(path), false);
  deepStrictEqual(linesOf((await box.run(["list", "-q"])).stdout), [PLAIN, `${TINY}:Q4_K_M`]);

  strictEqual((await box.run(["remove", `${TINY}:F16`, "-y"])).code, 3);
  const all = await box.run(["remove", TINY, PLAIN, "-y"]);
  strictEqual(all.code, 0, all.stderr);
  match(all.stderr, /^Freed 2\.70 MB$/m);
  strictEqual(await exists(join(box.modelsDir, "acme")), false, "empty folders stay");
  strictEqual((await box.run(["list"])).stdout, "");
  strictEqual(hub.requests.length, 0);
});

Deno.test("mm history tells what happened, filtered, and sums it up", async () => {
  await using place = await openWith([TINY, PLAIN]);
  const { box } = place;
  strictEqual((await box.run(["pull", "acme/none", GATED])).code, 3);
  // What is there already is no download.
  strictEqual((await box.run(["pull", TINY])).code, 0);
  const records = async (...args: string[]): Promise<readonly HistoryRecord[]> =>
    readDocument<{ records: HistoryRecord[] }>(await box.run(["history", "list", "--json", ...args])).records;

  const all = await records();
  deepStrictEqual(all.map(({ reference, status, error }) => [reference, status, error?.code]), [
    [GATED, "failed", "GATED"],
    ["acme/none", "failed", "NOT_FOUND"],
    [PLAIN, "completed", undefined],
    [TINY, "completed", undefined],
  ]);
  const [newest, , , oldest] = all;
  match(newest?.startedAt ?? "", ISO_DATE);
  ok((newest?.endedAt ?? "") >= (newest?.startedAt ?? "-"));
  deepStrictEqual([oldest?.files, oldest?.bytesFetched, oldest?.bytesResumed], [[Q4], 1_400_000, 0]);
  strictEqual((await records("--status", "failed")).length, 2);
  deepStrictEqual((await records("--repo", PLAIN)).map(({ repo }) => repo), [PLAIN]);
  strictEqual((await records("--limit", "3", "--since", "1h")).length, 3);

  const stats = readDocument<HistoryStatistics>(await box.run(["history", "stats", "--json"]));
  deepStrictEqual(
    [stats.total, stats.completed, stats.failed, stats.cancelled, stats.successRate, stats.bytesFetched],
    [4, 2, 2, 0, 0.5, 2_700_314],
  );
  const text = await box.run(["history", "stats"]);
  match(text.stdout, /^Success rate +50\.0 %$/m);
  strictEqual((await box.run(["history", "clear"])).code, 2);
  strictEqual((await box.run(["history", "clear", "--status", "failed", "--yes"])).code, 0);
  strictEqual((await records()).length, 2);
});

Deno.test("mm show tells facts, quants and what is here; browsing on costs no further call", async () => {
  await using place = await openWith([`${TINY}:F16`]);
  const { hub, box } = place;
  const shown = await box.run(["show", TINY, "--json"]);
  strictEqual(shown.code, 0, shown.stderr);
  const model = readDocument<{
    repo: string;
    commit: string;
    contextLength: number;
    defaultQuant: string;
    units: { quant: string; sizeBytes: number; local: string; fits: boolean; files: { sha256: string }[] }[];
  }>(shown);
  deepStrictEqual([model.repo, model.commit, model.contextLength, model.defaultQuant], [
    TINY,
    await hub.commit(TINY),
    4096,
    "Q4_K_M",
  ]);
  deepStrictEqual(model.units.map(({ quant, local, files }) => [quant, local, files.length]), [
    ["Q4_K_M", "absent", 1],
    ["Q8_0", "absent", 1],
    ["F16", "complete", 3],
  ]);
  strictEqual(model.units[1]?.files[0]?.sha256, await hub.sha256(TINY, Q8));
  const text = await box.run(["show", TINY]);
  match(text.stdout, /^ +F16 +4\.70 MB +3 +yes +yes +tiny-F16-00001-of-00003\.gguf +[0-9a-f]{12}$/m);
  match(text.stderr, /^hint: Download: mm pull acme\/tiny-GGUF:Q4_K_M$/m);
  deepStrictEqual(linesOf((await box.run(["show", TINY, "-q"])).stdout), [
    `${TINY}:Q4_K_M`,
    `${TINY}:Q8_0`,
    `${TINY}:F16`,
  ]);
  ok(hub.apiCalls().length <= 1, `${hub.apiCalls().length} calls`);
  // What was seen a moment ago is still there without the network.
  const offline = await box.run(["show", TINY, "--offline"]);
  strictEqual(offline.code, 0, offline.stderr);
});

Deno.test("mm search finds models, and its output leads to the next command", async () => {
  await using place = await openWith([]);
  const { box } = place;
  const found = await box.run(["search", "tiny"]);
  strictEqual(found.code, 0, found.stderr);
  match(found.stdout, /^acme\/tiny-GGUF +42 +7 /m);
  match(found.stderr, /^hint: .*mm show acme\/tiny-GGUF$/m);
  const quiet = async (...args: string[]): Promise<string[]> =>
    linesOf((await box.run(["search", "-q", ...args])).stdout).sort();
  deepStrictEqual(await quiet("acme"), [GATED, LARGE, TINY]);
  deepStrictEqual(await quiet("acme", "--all-formats"), [GATED, LARGE, PLAIN, TINY]);
  deepStrictEqual(await quiet("acme", "--limit", "1", "--author", "acme"), [
    (await quiet("acme", "--limit", "1"))[0],
  ]);
  deepStrictEqual(await quiet("zebra"), []);
  const { models } = readDocument<{ models: { repo: string; downloads: number; gated: unknown }[] }>(
    await box.run(["search", "gated", "--json"]),
  );
  deepStrictEqual(models.map(({ repo, downloads, gated }) => [repo, downloads, gated]), [[
    GATED,
    42,
    "manual",
  ]]);
});
