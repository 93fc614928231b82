/**
 * Many processes on one library and one state: who downloads, who waits, and what is recorded.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PullResult } from "../../core/operations/model_manager.ts";
import type { HistoryRecord } from "../../core/state/history_record.ts";
import { type E2eHub, sha256, startE2eHub } from "../support/e2e_hub.ts";
import type { RandomModelOptions } from "../support/random_model.ts";
import {
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
const PROCESSES = 8;
const REPO = "acme/wanted-GGUF";
const PATH = "wanted-Q4_K_M.gguf";
const SIZE_BYTES = 10_000_000;
const SMALL = "acme/small";
/** Each a file that no lock of its own guards. */
const SMALL_FILES = ["config.json", "a/weights.bin", "b/weights.bin"];

const MODELS: readonly RandomModelOptions[] = [
  { repo: REPO, files: [{ path: PATH, sizeBytes: SIZE_BYTES }] },
  { repo: SMALL, files: SMALL_FILES.map((path) => ({ path, sizeBytes: 200_000 })) },
  ...Array.from({ length: PROCESSES }, (_, index) => ({
    repo: `acme/model-${index}-GGUF`,
    files: [{ path: `model-${index}-Q8_0.gguf`, sizeBytes: 2_000_000 + index }],
  })),
];

interface Place extends AsyncDisposable {
  readonly hub: E2eHub;
  readonly box: Sandbox;
}

async function openPlace(): Promise<Place> {
  const hub = await startE2eHub({ models: MODELS });
  const box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
  return {
    hub,
    box,
    async [Symbol.asyncDispose]() {
      await box[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

function result(finished: FinishedProgram): PullResult {
  const [first] = readDocument<{ results: PullResult[] }>(finished).results;
  ok(first, finished.stderr);
  return first;
}

async function checkWanted({ hub, box }: Place): Promise<void> {
  const path = join(box.modelsDir, REPO, PATH);
  strictEqual(sha256(await readFile(path)), await hub.sha256(REPO, PATH));
  const left = await readdir(join(box.modelsDir, REPO, ".cache")).catch(() => []);
  deepStrictEqual(left.filter((name) => /\.(?:lock|journal|part|tmp|synced|claim)$/.test(name)), []);
}

async function listed(box: Sandbox): Promise<string[]> {
  const { models } = readDocument<{ models: { repo: string; status: string }[] }>(
    await box.run(["list", "--json"]),
  );
  return models.map(({ repo, status }) => `${repo} ${status}`).sort();
}

async function history(box: Sandbox): Promise<readonly HistoryRecord[]> {
  const args = ["history", "list", "--json", "--limit", "1000"];
  return readDocument<{ records: HistoryRecord[] }>(await box.run(args)).records;
}

/** Starts a pull that takes long, and returns when it is under way. */
async function startSlow({ hub, box }: Place, args: readonly string[] = []): Promise<RunningProgram> {
  hub.bytesPerSecond = 100_000;
  hub.clear();
  const running = box.start(["pull", REPO, ...args]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() > 1_000_000);
  return running;
}

Deno.test(`${PROCESSES} processes that pull the same unit at once: one downloads, the others wait for it`, async () => {
  await using place = await openPlace();
  const { hub, box } = place;
  hub.bytesPerSecond = 4_000_000;
  const args = ["pull", REPO, "--json", "--connections", "1"];
  const runs = await Promise.all(Array.from({ length: PROCESSES }, () => box.run(args)));
  deepStrictEqual(runs.map(({ code }) => code), runs.map(() => 0), runs.map(({ stderr }) => stderr).join(""));
  const results = runs.map(result);
  deepStrictEqual(
    results.map(({ status }) => status).sort(),
    ["downloaded", ...Array.from({ length: PROCESSES - 1 }, () => "present")],
  );
  for (const { paths } of results) deepStrictEqual(paths, [join(box.modelsDir, REPO, PATH)]);
  strictEqual(hub.bodyBytes(), SIZE_BYTES);
  await checkWanted(place);
  deepStrictEqual(await listed(box), [`${REPO} available`]);
  strictEqual((await history(box)).length, 1);
});

Deno.test(`${PROCESSES} processes that pull the same small files at once all end well, and fetch them once`, async () => {
  await using place = await openPlace();
  const { hub, box } = place;
  hub.bytesPerSecond = 200_000;
  const runs = await Promise.all(
    Array.from({ length: PROCESSES }, () => box.run(["pull", SMALL, "--json"])),
  );
  deepStrictEqual(runs.map(({ code }) => code), runs.map(() => 0), runs.map(({ stdout }) => stdout).join(""));
  strictEqual(hub.bodyBytes(), SMALL_FILES.length * 200_000);
  deepStrictEqual(await listed(box), [`${SMALL} available`]);
});

Deno.test("processes that pull units with a small file in common all end well", async () => {
  await using place = await openPlace();
  const { hub, box } = place;
  hub.bytesPerSecond = 200_000;
  const pairs = [["config.json", "a/*"], ["config.json", "b/*"], ["config.json"]];
  const runs = await Promise.all(
    pairs.map((globs) => box.run(["pull", SMALL, ...globs.flatMap((glob) => ["-i", glob])])),
  );
  deepStrictEqual(runs.map(({ code }) => code), [0, 0, 0], runs.map(({ stderr }) => stderr).join(""));
  const left = await readdir(join(box.modelsDir, SMALL, ".cache")).catch(() => []);
  deepStrictEqual(left, []);
});

Deno.test(`${PROCESSES} processes that pull different models at once, one of them killed: nothing is lost`, async () => {
  await using place = await openPlace();
  const { hub, box } = place;
  hub.bytesPerSecond = 4_000_000;
  const repos = Array.from({ length: PROCESSES }, (_, index) => `acme/model-${index}-GGUF`);
  await using victim = box.start(["pull", REPO]);
  const runs = Promise.all(repos.map((repo) => box.run(["pull", repo, "--json"])));
  await waitUntil("the victim is under way", () => hub.fileRequests(PATH).length > 0);
  victim.signal("SIGKILL");
  const finished = await runs;
  deepStrictEqual(
    finished.map(({ code }) => code),
    repos.map(() => 0),
    finished.map((run) => run.stderr).join(""),
  );
  await victim.finished;
  const available = (await listed(box)).filter((line) => line.endsWith(" available"));
  deepStrictEqual(available, repos.map((repo) => `${repo} available`));
  const all = await history(box);
  const records = all.filter(({ repo }) => repo !== REPO);
  deepStrictEqual(records.map(({ repo }) => repo).sort(), repos);
  strictEqual(new Set(records.map(({ id }) => id)).size, PROCESSES);
  // The victim may have been killed before it could note that it had begun.
  const ofVictim = all.filter(({ repo }) => repo === REPO).map(({ status }) => status);
  ok(ofVictim.length === 0 || (ofVictim.length === 1 && ofVictim[0] === "failed"), String(ofVictim));
});

Deno.test("mm pull --no-wait ends with 10 and names who is at it, since when, and how far", async () => {
  await using place = await openPlace();
  await using owner = await startSlow(place);
  const { code, stdout } = await place.box.run(["pull", REPO, "--no-wait", "--json"]);
  strictEqual(code, 10, stdout);
  const [failed] = readDocument<{ results: PullResult[] }>({ code, stdout, stderr: "" }).results;
  strictEqual(failed?.error?.code, "LOCKED");
  match(failed.error.message, /"wanted-Q4_K_M\.gguf" is being downloaded by .* \(\d+ %, .* of 10\.0 MB\)/);
  if (!NO_SIGNALS) {
    match(failed.error.message, new RegExp(`process ${owner.pid} since \\d{4}-\\d\\d-\\d\\dT[\\d:]+Z`));
  }
});

Deno.test({
  name: "a process that waits says for whom, and takes over when that one is killed, from its journal",
  async fn() {
    await using place = await openPlace();
    const { hub, box } = place;
    await using owner = await startSlow(place);
    await using waiter = box.start(["pull", REPO, "--events"]);
    await waitUntil("the other one waits", () => waiter.stdout.includes(`"reason":"lock"`));
    await waitUntil("more bytes are there", () => hub.bodyBytes() > 2_500_000);
    const sent = hub.bodyBytes();
    hub.bytesPerSecond = undefined;
    owner.signal("SIGKILL");
    const { code, stdout, stderr } = await waiter.finished;
    strictEqual(code, 0, stderr);
    const events = readJsonLines<{ type: string; message?: string }>({ code, stdout, stderr });
    const waits = events.filter(({ type }) => type === "waiting").map(({ message }) => message ?? "");
    if (!NO_SIGNALS) match(waits.join("\n"), new RegExp(`Waiting for process ${owner.pid} since`));
    match(waits.join("\n"), /downloading "wanted-Q4_K_M\.gguf" \(\d+ %/);
    await checkWanted(place);
    const [record] = await history(box);
    const lost = sent - (record?.bytesResumed ?? 0);
    // Sixteen connections at most, each with a fiftieth of a second on its way; a slow machine adds to that.
    ok(lost < 0.1 * SIZE_BYTES, `${lost} of ${sent} bytes were fetched again`);
  },
});

Deno.test({
  name: "a process that is stopped keeps its lock, and goes on when it may",
  ignore: NO_SIGNALS,
  async fn() {
    await using place = await openPlace();
    const { hub, box } = place;
    await using owner = await startSlow(place, ["--json"]);
    owner.signal("SIGSTOP");
    const refused = await box.run(["pull", REPO, "--no-wait"]);
    strictEqual(refused.code, 10, refused.stderr);
    await using waiter = box.start(["pull", REPO, "--events"]);
    await waitUntil("the other one waits", () => waiter.stdout.includes(`"reason":"lock"`));
    hub.bytesPerSecond = undefined;
    owner.signal("SIGCONT");
    strictEqual(result(await owner.finished).status, "downloaded");
    strictEqual((await waiter.finished).code, 0);
    strictEqual(hub.bodyBytes() < 1.2 * SIZE_BYTES, true, "it was fetched once");
    await checkWanted(place);
  },
});

Deno.test("leftover locks of dead processes, of an earlier boot and of a later process of that number block nobody", async () => {
  await using place = await openPlace();
  const { hub, box } = place;
  const lockOf = async (repo: string, path: string): Promise<string> =>
    join(box.modelsDir, repo, ".cache", `${await hub.sha256(repo, path)}.lock`);
  await using killed = await startSlow(place);
  killed.signal("SIGKILL");
  await killed.finished;
  const text = await readFile(await lockOf(REPO, PATH), "utf8");
  hub.bytesPerSecond = undefined;
  const leftovers = NO_SIGNALS ? [text, ""] : [
    text,
    "",
    "{ torn",
    JSON.stringify({ ...JSON.parse(text), pid: Deno.pid }),
    JSON.stringify({ ...JSON.parse(text), pid: Deno.pid, bootId: "an earlier one" }),
  ];
  await Promise.all(leftovers.map(async (leftover, index) => {
    const repo = `acme/model-${index}-GGUF`;
    const lock = await lockOf(repo, `model-${index}-Q8_0.gguf`);
    await Deno.mkdir(dirname(lock), { recursive: true });
    await Deno.writeTextFile(lock, leftover);
    const pulled = await box.run(["pull", repo, "--no-wait"]);
    strictEqual(pulled.code, 0, `${leftover}: ${pulled.stderr}`);
  }));
});

Deno.test("two model managers in one process share a library and a state as two processes do", async () => {
  await using place = await openPlace();
  const { hub, box } = place;
  hub.bytesPerSecond = 4_000_000;
  const program = box.join("program.ts");
  const mod = JSON.stringify(new URL("../../mod.ts", import.meta.url).href);
  await Deno.writeTextFile(
    program,
    `import { openModelManager } from ${mod};
    const pull = async () => {
      await using models = await openModelManager();
      const run = models.pull({ references: [${JSON.stringify(REPO)}], connections: 1 });
      for (let next = await run.next();; next = await run.next()) if (next.done) return next.value[0];
    };
    console.log(JSON.stringify(await Promise.all([pull(), pull(), pull()])));`,
  );
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const deno = `exec "${Deno.execPath()}" run -A --quiet --unstable-kv --config "${config}" "${program}"`;
  await using running = box.shell(deno, []);
  const { code, stdout, stderr } = await running.finished;
  strictEqual(code, 0, stderr);
  const results = JSON.parse(stdout) as PullResult[];
  deepStrictEqual(results.map(({ status }) => status).sort(), ["downloaded", "present", "present"], stderr);
  strictEqual(hub.bodyBytes(), SIZE_BYTES);
  strictEqual((await history(box)).length, 1);
  await checkWanted(place);
});
