/**
 * Pulls that are killed at any moment: what is fetched again, and what is left behind.
 *
 * `MM_TEST_KILLS=50` kills one download so often and prints a table; `MM_TEST_SEED` repeats the moments of a run.
 *
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { open, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ByteRange, subtractRanges, totalLength } from "../../core/base/byte_range.ts";
import { journalFiles, parseJournal } from "../../core/download/journal.ts";
import type { PullResult } from "../../core/operations/model_manager.ts";
import { stagedFacts } from "../../core/operations/pull_facts.ts";
import { bootId } from "../../core/platform/environment.ts";
import { type E2eHub, sha256, startE2eHub } from "../support/e2e_hub.ts";
import { expectedBytes } from "../support/random_model.ts";
import {
  exists,
  openSandbox,
  readDocument,
  type RunningProgram,
  type Sandbox,
  waitUntil,
} from "../support/run_program.ts";

const KILLS = Number(Deno.env.get("MM_TEST_KILLS") ?? 5);
const SEED = Number(Deno.env.get("MM_TEST_SEED") ?? 20_250_101);
const MANY = KILLS > 10;
const REPO = "acme/killed-GGUF";
const PATH = "killed-Q4_K_M.gguf";
const SIZE_BYTES = MANY ? 200_000_000 : 60_000_000;
/** Of the whole file, a kill may cost so much. Bytes on their way are not counted: a busy machine has many. */
const MAX_SHARE = 0.02;

/** Numbers in `[0, 1)` that are the same in each run. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Place {
  readonly hub: E2eHub;
  readonly box: Sandbox;
  readonly expected: Uint8Array;
}

function folderOf(box: Sandbox): string {
  return join(box.modelsDir, REPO);
}

async function hexOf({ hub }: Place): Promise<string> {
  return await hub.sha256(REPO, PATH);
}

/** Fails when the bytes of a range are not there: a journal must never be ahead of the data. */
async function checkData(place: Place, path: string, ranges: readonly ByteRange[]): Promise<void> {
  await using part = await open(path, "r");
  for (const { start, end } of ranges) {
    const { buffer } = await part.read(new Uint8Array(end - start), 0, end - start, start);
    ok(Buffer.compare(buffer, place.expected.subarray(start, end)) === 0, `wrong bytes in ${start}–${end}`);
  }
}

async function checkJournal(place: Place): Promise<void> {
  const base = join(folderOf(place.box), ".cache", await hexOf(place));
  for (const path of journalFiles(`${base}.journal`)) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const journal = parseJournal(text);
    ok(journal, `a journal that cannot be read: ${text}`);
    deepStrictEqual(journal.synced.flatMap((range) => subtractRanges(range, journal.written)), []);
    await checkData(place, `${base}.part`, journal.written);
  }
}

/** What a kill cost. */
interface Kill {
  /** By the server, until then. */
  readonly sentBytes: number;
  /** Bytes that were on the disk, and are fetched again all the same. */
  readonly forgottenBytes: number;
  /** Sent bytes that are fetched again: those too that were still on their way, which no program can keep. */
  readonly againBytes: number;
}

/** How many bytes of the file are there, whatever is known of them. */
async function bytesThere(place: Place): Promise<number> {
  const path = join(folderOf(place.box), ".cache", `${await hexOf(place)}.part`);
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return 0;
  const step = 16 * 1024;
  let there = 0;
  for (let at = 0; at < SIZE_BYTES; at += step) {
    if (Buffer.compare(bytes.subarray(at, at + step), place.expected.subarray(at, at + step)) === 0) {
      there += Math.min(step, SIZE_BYTES - at);
    }
  }
  return there;
}

/** What the next run has not to fetch. */
async function keptBytes(place: Place): Promise<number> {
  await checkJournal(place);
  const digest = { algorithm: "sha256", hex: await hexOf(place) } as const;
  const wanted = { digest, sizeBytes: SIZE_BYTES, bootId: bootId(), runId: "test" };
  const { kept, stagedPath } = await stagedFacts(join(folderOf(place.box), ".cache"), wanted);
  if (kept.length > 0) await checkData(place, stagedPath, kept);
  return totalLength(kept);
}

/** One run that is killed when so many bytes have come. @returns nothing when it was done before. */
async function killOnce(place: Place, afterBytes: number): Promise<Kill | undefined> {
  const { hub, box } = place;
  const before = await keptBytes(place);
  hub.clear();
  await using running = box.start(["pull", REPO]);
  let ended = false;
  void running.finished.then(() => ended = true);
  await waitUntil("bytes are sent", () => ended || hub.bodyBytes() >= afterBytes);
  if (ended) return undefined;
  running.signal("SIGKILL");
  await running.finished;
  if (await exists(join(folderOf(box), PATH))) return undefined;
  const kept = await keptBytes(place);
  const sentBytes = hub.bodyBytes();
  return {
    sentBytes,
    forgottenBytes: Math.max(0, await bytesThere(place) - kept),
    againBytes: sentBytes - (kept - before),
  };
}

/** Pulls the rest and checks that all is as if nothing had happened. */
async function finish(place: Place): Promise<number> {
  const { hub, box } = place;
  hub.clear();
  hub.bytesPerSecond = undefined;
  const finished = await box.run(["pull", REPO, "--json"]);
  strictEqual(finished.code, 0, finished.stderr);
  const sentBytes = hub.bodyBytes();
  strictEqual(sha256(await readFile(join(folderOf(box), PATH))), await hexOf(place));
  const left = await readdir(join(folderOf(box), ".cache")).catch(() => []);
  deepStrictEqual(left.filter((name) => !name.endsWith(".pieces")), []);
  const { models } = readDocument<{ models: { status: string }[] }>(await box.run(["list", "--json"]));
  deepStrictEqual(models.map(({ status }) => status), ["available"]);
  hub.clear();
  const again = await box.run(["pull", REPO, "--json"]);
  const [result] = readDocument<{ results: PullResult[] }>(again).results;
  strictEqual(result?.status, "present");
  strictEqual(hub.bodyBytes(), 0);
  return sentBytes;
}

async function openPlace(sizeBytes = SIZE_BYTES): Promise<Place & AsyncDisposable> {
  const hub = await startE2eHub({ models: [{ repo: REPO, files: [{ path: PATH, sizeBytes }] }] });
  const box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
  const expected = await expectedBytes(hub.source, { repo: REPO, path: PATH });
  return {
    hub,
    box,
    expected,
    async [Symbol.asyncDispose]() {
      await box[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

/** The figures are what a long run is for. */
function print(line: string): void {
  // deno-lint-ignore no-console -- see above
  console.log(line);
}

function percent(bytes: number): string {
  return `${(bytes / SIZE_BYTES * 100).toFixed(2)} %`;
}

/** Median and largest. */
function describe(counts: readonly number[]): string {
  const sorted = counts.toSorted((a, b) => a - b);
  return `median ${percent(sorted[Math.floor(sorted.length / 2)] ?? 0)}, most ${percent(sorted.at(-1) ?? 0)}`;
}

Deno.test(`mm pull killed ${KILLS} times in one download keeps all but 2 % of the file each time`, async () => {
  await using place = await openPlace();
  const random = randomFrom(SEED);
  place.hub.bytesPerSecond = 20_000_000;
  const kills: Kill[] = [];
  let sentBytes = 0;
  while (kills.length < KILLS) {
    const kill = await killOnce(place, random() * 1.4 * SIZE_BYTES / (KILLS + 1));
    if (kill === undefined) break;
    kills.push(kill);
    sentBytes += kill.sentBytes;
    if (MANY) {
      const { forgottenBytes, againBytes } = kill;
      print(
        `kill ${kills.length}: sent ${kill.sentBytes}, again ${percent(againBytes)}, ` +
          `of that it had written ${percent(forgottenBytes)}`,
      );
    }
  }
  sentBytes += await finish(place);
  if (MANY) {
    print(`seed ${SEED}: ${kills.length} kills of a file of ${SIZE_BYTES} bytes`);
    print(`fetched again: ${describe(kills.map(({ againBytes }) => againBytes))}`);
    print(`of that written: ${describe(kills.map(({ forgottenBytes }) => forgottenBytes))}`);
    print(`in all ${percent(sentBytes - SIZE_BYTES)} for ${kills.length} kills`);
  }
  ok(kills.length >= Math.min(3, KILLS), `only ${kills.length} kills`);
  for (const { forgottenBytes } of kills) {
    ok(forgottenBytes <= MAX_SHARE * SIZE_BYTES, `seed ${SEED}: a kill cost ${percent(forgottenBytes)}`);
  }
});

/** A run of the main job, with what it needs, of which any step may be the last. */
const STEPS: readonly {
  readonly step: string;
  /** Whether the process is there now. */
  readonly reached: (place: Place, running: RunningProgram) => boolean | Promise<boolean>;
  /** Whether all the bytes have come by then: none may come again. */
  readonly complete: boolean;
}[] = [
  { step: "planning", reached: ({ hub }) => hub.apiCalls().length > 0, complete: false },
  {
    step: "the locks",
    reached: async (place) => await exists(inCache(place, `${await hexOf(place)}.lock`)),
    complete: false,
  },
  {
    step: "the first bytes",
    reached: ({ hub }) => hub.bodyBytes() > 0,
    complete: false,
  },
  { step: "verifying", reached: (_, running) => running.stdout.includes(`"verifying"`), complete: true },
  { step: "verified", reached: (_, running) => running.stdout.includes(`"verified"`), complete: true },
  {
    step: "the final name",
    reached: ({ box }) => exists(join(folderOf(box), PATH)),
    complete: true,
  },
  {
    step: "the registry's lock",
    reached: ({ box }) => exists(join(box.modelsDir, "registry.json.lock")),
    complete: true,
  },
  {
    step: "the registry",
    reached: ({ box }) => exists(join(box.modelsDir, "registry.json")),
    complete: true,
  },
];

function inCache({ box }: Place, name: string): string {
  return join(folderOf(box), ".cache", name);
}

for (const { step, reached, complete } of STEPS) {
  Deno.test(`mm pull killed at ${step} is made good by the next one`, async () => {
    await using place = await openPlace(8_000_000);
    const { hub, box } = place;
    await using running = box.start(["pull", REPO, "--events"]);
    let ended = false;
    void running.finished.then(() => ended = true);
    await waitUntil(step, async () => ended || await reached(place, running));
    running.signal("SIGKILL");
    await running.finished;
    const sentBytes = await finish(place);
    if (complete) strictEqual(sentBytes, 0, "bytes that were there came again");
    deepStrictEqual(hub.errors, []);
  });
}

/** What `strace` says that it is for; a machine without it proves less. */
const STRACE = Deno.build.os === "linux" &&
  await new Deno.Command("strace", { args: ["-V"], stdout: "null", stderr: "null" }).output()
    .then(({ success }) => success, () => false);
if (!STRACE) {
  // deno-lint-ignore no-console -- a test that is not run must be heard of
  console.warn("strace is missing: the order of writes and kills inside system calls are NOT tested here");
}

Deno.test({
  name: "mm pull killed inside the system calls that move and delete files is made good by the next one",
  ignore: !STRACE,
  async fn() {
    const random = randomFrom(SEED);
    const calls = [
      "rename",
      "link",
      "linkat",
      "unlink",
      "unlinkat",
      "fsync",
      "fdatasync",
      "ftruncate",
      "flock",
    ];
    for (let count = 0; count < (MANY ? KILLS : 2); count++) {
      await using place = await openPlace(3_000_000);
      const call = calls[Math.floor(random() * calls.length)] ?? "rename";
      const when = 1 + Math.floor(random() * 4);
      const inject = `-e trace=${call} -e inject=${call}:signal=SIGKILL:when=${when}`;
      const script = `exec strace -f -qqq -o /dev/null ${inject} "$@"`;
      await using running = place.box.shell(script, ["pull", REPO]);
      const { code } = await running.finished;
      if (MANY) print(`${call}, ${when}. time: ${code === 0 ? "it ended by itself" : "killed"}`);
      if (code === 0) place.hub.clear();
      await finish(place);
    }
  },
});

interface SystemCall {
  readonly name: string;
  /** Of the files that it names or has open, in its own order. */
  readonly paths: readonly string[];
}

/** The successful calls, in the order in which they ended: an effect is there at the end at the latest. */
function parseTrace(text: string): SystemCall[] {
  const begun = new Map<string, string>();
  return text.split("\n").flatMap((line) => {
    const thread = line.slice(0, line.indexOf(" "));
    let call = line.slice(thread.length).trim();
    if (call.endsWith("<unfinished ...>")) {
      begun.set(thread, call.slice(0, -"<unfinished ...>".length));
      return [];
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(call)?.[1];
    if (resumed !== undefined) call = `${begun.get(thread) ?? ""}${resumed}`;
    const name = /^(\w+)\(/.exec(call)?.[1];
    if (name === undefined || !/= \d+(?:<[^>]*>)?$/.test(call)) return [];
    const paths = [...call.matchAll(/\d<(\/[^>]*)>|"([^"]*)"/g)].map((match) => match[1] ?? match[2] ?? "");
    return [{ name, paths }];
  });
}

/** The trace of one pull from nothing. */
async function tracePull(place: Place): Promise<SystemCall[]> {
  const trace = place.box.join("trace");
  const calls = "trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat";
  const script = `exec strace -f -y -qqq -s 1 -o "${trace}" -e ${calls} "$@"`;
  await using running = place.box.shell(script, ["pull", REPO, "--quiet"]);
  const { code, stderr } = await running.finished;
  strictEqual(code, 0, stderr);
  return parseTrace(await readFile(trace, "utf8"));
}

/** Fails unless between the last change of a file before `index` and `index` the file is synced. */
function checkSynced(calls: readonly SystemCall[], index: number, path: string): void {
  const before = calls.slice(0, index);
  const written = before.findLastIndex(({ name, paths }) => /write/.test(name) && paths[0] === path);
  const synced = before.findLastIndex(({ name, paths }) => /sync/.test(name) && paths[0] === path);
  ok(written >= 0 && synced > written, `"${path}" is not synced before ${JSON.stringify(calls[index])}`);
}

/** Fails unless a folder is synced after `index`, and before anything that tells of the change. */
function checkFolderSynced(calls: readonly SystemCall[], index: number, until: number): void {
  const folder = dirname(calls[index]?.paths.at(-1) ?? "");
  ok(
    calls.slice(index + 1, until).some(({ name, paths }) => name === "fsync" && paths[0] === folder),
    `"${folder}" is not synced after ${JSON.stringify(calls[index])}`,
  );
}

Deno.test({
  name: "mm pull syncs data before the note of it, the note before its name, all of it before the final name",
  ignore: !STRACE,
  async fn() {
    await using place = await openPlace(30_000_000);
    place.hub.bytesPerSecond = 1_000_000;
    const calls = await tracePull(place);
    const part = inCache(place, `${await hexOf(place)}.part`);
    const finalPath = join(folderOf(place.box), PATH);
    const named = (path: string): number[] =>
      calls.flatMap(({ name, paths }, index) =>
        /^(?:rename|link)/.test(name) && paths.at(-1) === path ? [index] : []
      );

    const notes = named(inCache(place, `${await hexOf(place)}.journal.synced`));
    ok(notes.length > 0, "it takes more than a second, so there are synced notes");
    for (const index of notes) {
      const temporary = calls[index]?.paths[0] ?? "";
      checkSynced(calls, index, temporary);
      checkFolderSynced(calls, index, calls.length);
      // The data was synced before the note was begun.
      const begun = calls.slice(0, index).findLastIndex(({ name, paths }) =>
        /write/.test(name) && paths[0] === temporary
      );
      ok(calls.slice(0, begun).some(({ name, paths }) => name === "fdatasync" && paths[0] === part));
    }
    const [published = -1] = named(finalPath);
    checkSynced(calls, published, part);
    // The first registry is empty: it says that there is one, whatever happens before the first file has its name.
    const [empty = -1, registered = -1, ...others] = named(join(place.box.modelsDir, "registry.json"));
    ok(empty < published && others.length === 0);
    ok(published < registered, "registered before it has its name");
    checkFolderSynced(calls, published, registered);
    checkSynced(calls, registered, calls[registered]?.paths[0] ?? "");
    checkFolderSynced(calls, registered, calls.length);
    // The folders are new: their names are on the disk before anything is registered in them.
    for (const folder of [place.box.modelsDir, dirname(folderOf(place.box)), folderOf(place.box)]) {
      const made = calls.slice(0, registered);
      ok(
        made.some(({ name, paths }) => name === "fsync" && paths[0] === folder),
        `"${folder}" is not synced`,
      );
    }
    // Without the journal the data would be worth nothing: it goes last.
    const deleted = calls.findIndex(({ name, paths }) =>
      /^unlink/.test(name) && paths.at(-1)?.endsWith(".journal") === true
    );
    ok(deleted > published, "the journal is deleted before the file has its name");
  },
});
