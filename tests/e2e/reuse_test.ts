/**
 * A pull takes what is elsewhere on this machine, in real processes: from the library, the cache of the Hub's own tools,
 * Ollama and LM Studio.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { copyFile, mkdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PullResult } from "../../core/operations/model_manager.ts";
import type { HistoryRecord } from "../../core/state/history_record.ts";
import { type E2eHub, PLAIN, sha256, startE2eHub } from "../support/e2e_hub.ts";
import { openHfCacheBox } from "../support/hf_cache_box.ts";
import { PYTHON, PYTHON_NOTE } from "../support/python.ts";
import {
  exists,
  filesBelow,
  type FinishedProgram,
  openSandbox,
  readDocument,
  readJsonLines,
  type Sandbox,
  waitUntil,
} from "../support/run_program.ts";

/** The same weights and the same small file under other names, as forks have them. */
const BYTES = 3_000_001;
const CONFIG = JSON.stringify({ note: "x".repeat(3000) });
const ONE = "acme/one-GGUF";
const TWO = "club/two-GGUF";
const ONE_FILE = "one-Q4_K_M.gguf";
const TWO_FILE = "nested/two-Q4_K_M.gguf";

function models(): NonNullable<Parameters<typeof startE2eHub>[0]>["models"] {
  const bytes = new Uint8Array(BYTES);
  for (let index = 0; index < BYTES; index++) bytes[index] = (index * 31 + (index >> 8)) & 0xff;
  const files = (weights: string) => [
    { path: weights, bytes },
    { path: "config.json", text: CONFIG },
  ];
  return [
    { repo: ONE, files: [...files(ONE_FILE), { path: "extra-Q8_0.gguf", sizeBytes: 1_200_000 }] },
    { repo: TWO, files: files(TWO_FILE) },
  ];
}

interface Place extends AsyncDisposable {
  readonly hub: E2eHub;
  readonly box: Sandbox;
}

async function open(variables: Readonly<Record<string, string>> = {}): Promise<Place> {
  await using owned = new AsyncDisposableStack();
  const hub = owned.use(await startE2eHub({ models: models() ?? [] }));
  const box = owned.use(await openSandbox({ HF_ENDPOINT: hub.endpoint, ...variables }));
  const kept = owned.move();
  return { hub, box, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function only(finished: FinishedProgram): PullResult {
  strictEqual(finished.code, 0, finished.stderr + finished.stdout);
  const [result] = readDocument<{ readonly results: readonly PullResult[] }>(finished).results;
  ok(result);
  return result;
}

async function inode(path: string): Promise<bigint> {
  return (await stat(path, { bigint: true })).ino;
}

async function pullFirst({ hub, box }: Place, ...options: string[]): Promise<string> {
  const first = await box.run(["pull", `${ONE}:Q4_K_M`, ...options]);
  strictEqual(first.code, 0, first.stderr);
  hub.clear();
  return join(box.modelsDir, ONE, ONE_FILE);
}

const HERE = ["-i", TWO_FILE, "-i", "config.json", "--json"];

Deno.test("mm pull links what another model of the library has, without a byte and without hashing", async () => {
  await using place = await open();
  const { hub, box } = place;
  const source = await pullFirst(place, "-i", "config.json");
  const planned = only(await box.run(["pull", TWO, "--dry-run", ...HERE]));
  strictEqual(planned.status, "planned");
  strictEqual(planned.bytesReused, BYTES + CONFIG.length);
  strictEqual(await exists(join(box.modelsDir, TWO)), false);

  const result = only(await box.run(["pull", TWO, ...HERE]));
  strictEqual(result.status, "downloaded");
  deepStrictEqual([result.bytesFetched, result.bytesResumed, result.bytesReused], [
    0,
    0,
    BYTES + CONFIG.length,
  ]);
  deepStrictEqual(
    [...result.reused ?? []].sort((a, b) => b.sizeBytes - a.sizeBytes).map(({ path, from, store, way }) => ({
      path,
      from,
      store,
      way,
    })),
    [
      { path: TWO_FILE, from: source, store: "library", way: "link" },
      {
        path: "config.json",
        from: join(box.modelsDir, ONE, "config.json"),
        store: "library",
        way: "copy",
      },
    ],
  );
  strictEqual(hub.bodyBytes(), 0);
  strictEqual(await inode(join(box.modelsDir, TWO, TWO_FILE)), await inode(source));
  // A person may edit this one.
  notStrictEqual(
    await inode(join(box.modelsDir, TWO, "config.json")),
    await inode(join(box.modelsDir, ONE, "config.json")),
  );
  deepStrictEqual(
    (await filesBelow(join(box.modelsDir, TWO))).filter((path) => !path.startsWith(".cache/")),
    ["config.json", TWO_FILE],
  );
  deepStrictEqual((await filesBelow(join(box.modelsDir, TWO))).filter((path) => path.endsWith(".part")), []);

  const verified = await box.run(["verify"]);
  strictEqual(verified.code, 0, verified.stderr);
  const again = only(await box.run(["pull", TWO, ...HERE]));
  strictEqual(again.status, "present");
  const { records } = readDocument<{ records: HistoryRecord[] }>(
    await box.run(["history", "list", "--json"]),
  );
  const record = records.find(({ repo }) => repo === TWO);
  deepStrictEqual(
    [record?.status, record?.bytesFetched, record?.bytesReused],
    ["completed", 0, BYTES + CONFIG.length],
  );

  // Either goes without the other.
  const removed = await box.run(["remove", ONE, "--yes", "--json"]);
  strictEqual(removed.code, 0, removed.stderr);
  strictEqual(sha256(await readFile(join(box.modelsDir, TWO, TWO_FILE))), await hub.sha256(TWO, TWO_FILE));
  deepStrictEqual(hub.errors, []);
});

Deno.test("mm pull says what it takes from where, and --events too", async () => {
  await using place = await open();
  const { box } = place;
  const source = await pullFirst(place);
  const dry = await box.run(["pull", TWO, "--dry-run"]);
  strictEqual(dry.code, 0, dry.stderr);
  match(dry.stdout, /planned, link of \S+one-Q4_K_M\.gguf/);
  match(dry.stderr, /Would fetch 0 B in 0 files and take 3\.00 MB in 1 file from this machine; nothing/);

  const events = readJsonLines<Record<string, unknown>>(await box.run(["pull", TWO, "--events"]));
  const planned = events.find((event) => event["type"] === "planned");
  deepStrictEqual(planned?.["files"], [
    { path: TWO_FILE, totalBytes: BYTES, action: "link", resumedBytes: BYTES, from: source },
  ]);
  strictEqual(planned?.["fetchBytes"], 0);
  const ofFile = events.filter((event) => event["file"] === TWO_FILE).map((event) => event["type"]);
  deepStrictEqual(ofFile, ["started", "verified", "finished"]);
  ok(events.every((event) => Number(event["receivedBytes"] ?? 0) <= BYTES));

  await box.run(["remove", TWO, "--yes"]);
  const said = await box.run(["pull", TWO]);
  match(said.stderr, /^Taken from this machine: 3\.00 MB in 1 file, from the library, verified$/m);
});

/** The bytes under the name that a cache of the Hub's own tools gives them. */
async function putIntoHfCache(box: Sandbox, bytes: Uint8Array, name: string): Promise<string> {
  const path = join(box.path, "hf", "hub", "models--some--thing", "blobs", name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

Deno.test("mm pull links what the HF cache has, and proves it first", async () => {
  await using place = await open();
  const { hub, box } = place;
  const source = await pullFirst(place);
  const bytes = await readFile(source);
  strictEqual((await box.run(["remove", ONE, "--yes"])).code, 0);
  const blob = await putIntoHfCache(box, bytes, sha256(bytes));

  const good = only(await box.run(["pull", TWO, "--json"]));
  deepStrictEqual([good.bytesFetched, good.bytesReused, good.reused?.[0]?.store], [0, BYTES, "hf-cache"]);
  strictEqual(await inode(join(box.modelsDir, TWO, TWO_FILE)), await inode(blob));
  strictEqual(hub.bodyBytes(), 0);
  strictEqual((await box.run(["remove", TWO, "--yes"])).code, 0);
  ok(await exists(blob));

  // One wrong byte in a blob whose name and size are right.
  bytes[BYTES - 5] = (bytes[BYTES - 5] ?? 0) ^ 1;
  await rm(blob);
  await writeFile(blob, bytes);
  const finished = await box.run(["pull", TWO]);
  strictEqual(finished.code, 0, finished.stderr);
  match(finished.stderr, /has other bytes than it should: not used, see mm verify --hf-cache/);
  const fetched = await readFile(join(box.modelsDir, TWO, TWO_FILE));
  strictEqual(sha256(fetched), await hub.sha256(TWO, TWO_FILE));
  // A lane that takes over from another one costs some bytes twice.
  ok(hub.bodyBytes() >= BYTES);
  deepStrictEqual((await filesBelow(box.modelsDir)).filter((path) => path.endsWith(".part")), []);
});

Deno.test("mm pull takes what Ollama and LM Studio have, and leaves their files alone", async () => {
  await using place = await open();
  const { hub, box } = place;
  const source = await pullFirst(place);
  const kept = join(box.path, "kept.gguf");
  await copyFile(source, kept);
  const digest = sha256(await readFile(kept));
  strictEqual((await box.run(["remove", ONE, "--yes"])).code, 0);

  const ollama = join(box.path, "home", ".ollama", "models", "blobs", `sha256-${digest}`);
  await mkdir(dirname(ollama), { recursive: true });
  await copyFile(kept, ollama);
  const one = only(await box.run(["pull", TWO, "--json"]));
  deepStrictEqual([one.bytesFetched, one.reused?.[0]?.store], [0, "ollama"]);
  strictEqual(await inode(join(box.modelsDir, TWO, TWO_FILE)), await inode(ollama));
  strictEqual((await box.run(["remove", TWO, "--yes"])).code, 0);
  await rm(dirname(ollama), { recursive: true });

  const studio = join(box.path, "home", ".lmstudio", "models", "someone", "two", "two-Q4_K_M.gguf");
  await mkdir(dirname(studio), { recursive: true });
  await copyFile(kept, studio);
  const two = only(await box.run(["pull", TWO, "--json"]));
  deepStrictEqual([two.bytesFetched, two.reused?.[0]?.store], [0, "lmstudio"]);
  strictEqual(await inode(join(box.modelsDir, TWO, TWO_FILE)), await inode(studio));
  strictEqual((await box.run(["remove", TWO, "--yes"])).code, 0);
  strictEqual(hub.bodyBytes(), 0);

  // Another file of the same name and size: nothing to speak of.
  await rm(studio);
  await writeFile(studio, new Uint8Array(BYTES));
  const other = await box.run(["pull", TWO]);
  strictEqual(other.code, 0, other.stderr);
  doesNotMatch(other.stderr, /other bytes/);
  strictEqual(sha256(await readFile(join(box.modelsDir, TWO, TWO_FILE))), digest);
  ok(hub.bodyBytes() >= BYTES);
});

Deno.test("download.reuse and --reuse decide what becomes of files that are on this machine", async () => {
  await using place = await open();
  const { hub, box } = place;
  const source = await pullFirst(place);
  const target = join(box.modelsDir, TWO, TWO_FILE);
  strictEqual((await box.run(["config", "set", "download.reuse", "false"])).code, 0);
  strictEqual(only(await box.run(["pull", TWO, "--json"])).bytesFetched, BYTES);
  notStrictEqual(await inode(target), await inode(source));

  await box.run(["remove", TWO, "--yes"]);
  strictEqual(only(await box.run(["pull", TWO, "--json", "--reuse", "link"])).bytesFetched, 0);
  strictEqual(await inode(target), await inode(source));

  // With --force everything is fetched.
  hub.clear();
  strictEqual(only(await box.run(["pull", TWO, "--force", "--json", "--reuse", "link"])).bytesFetched, BYTES);
  notStrictEqual(await inode(target), await inode(source));

  const bad = await box.run(["pull", TWO, "--reuse", "reflink"]);
  strictEqual(bad.code, 2);
  match(bad.stderr, /--reuse cannot be "reflink": wanted link, copy, off/);
});

Deno.test("mm pull --reuse copy copies from another disk, and says so when it does not", async (t) => {
  const other = await Deno.makeTempDir({ dir: "/dev/shm" }).catch(() => undefined);
  if (other === undefined) return;
  try {
    await using place = await open({ HF_HUB_CACHE: join(other, "hub") });
    const { hub, box } = place;
    const source = await pullFirst(place);
    if ((await stat(other)).dev === (await stat(source)).dev) return;
    const bytes = await readFile(source);
    const blob = join(other, "hub", "models--some--thing", "blobs", sha256(bytes));
    await mkdir(dirname(blob), { recursive: true });
    await writeFile(blob, bytes);
    await box.run(["remove", ONE, "--yes"]);
    await t.step("copy", async () => {
      const copied = only(await box.run(["pull", TWO, "--json", "--reuse", "copy"]));
      deepStrictEqual([copied.bytesFetched, copied.reused?.[0]?.way, hub.bodyBytes()], [0, "copy", 0]);
      strictEqual(sha256(await readFile(join(box.modelsDir, TWO, TWO_FILE))), sha256(bytes));
      await box.run(["remove", TWO, "--yes"]);
    });
    await t.step("link", async () => {
      const fetched = await box.run(["pull", TWO]);
      strictEqual(fetched.code, 0);
      match(
        fetched.stderr,
        /3\.00 MB of it are on another disk, in ".*": copy them from there with --reuse copy/,
      );
      // A tail that is asked for twice on a busy machine counts twice.
      ok(hub.bodyBytes() >= BYTES);
    });
  } finally {
    await rm(other, { recursive: true });
  }
});

Deno.test("mm pull forgets what it had fetched of a file that turns up on this machine", async () => {
  await using place = await open();
  const { hub, box } = place;
  const source = await pullFirst(place);
  const bytes = await readFile(source);
  const digest = sha256(bytes);
  // As an interrupted pull leaves it.
  const partial = join(box.modelsDir, TWO, ".cache", `${digest}.part`);
  await mkdir(dirname(partial), { recursive: true });
  await writeFile(partial, bytes.subarray(0, 1_000_000));
  await truncate(partial, BYTES);
  await writeFile(
    partial.replace(/part$/, "journal"),
    JSON.stringify({
      version: 1,
      repo: TWO,
      commit: await hub.commit(TWO),
      path: TWO_FILE,
      sizeBytes: BYTES,
      digest: { algorithm: "sha256", hex: digest },
      written: [[0, 1_000_000]],
      synced: [],
    }),
  );
  const result = only(await box.run(["pull", TWO, "--json"]));
  deepStrictEqual([result.bytesFetched, result.bytesResumed, result.bytesReused], [0, 0, BYTES]);
  deepStrictEqual(await filesBelow(join(box.modelsDir, TWO)), [TWO_FILE]);
  strictEqual(await inode(join(box.modelsDir, TWO, TWO_FILE)), await inode(source));
});

Deno.test("mm pull fetches a file of the library that was changed under it, and spares the changed one", async () => {
  await using place = await open();
  const { hub, box } = place;
  const source = await pullFirst(place);
  const bytes = await readFile(source);
  bytes[7] = (bytes[7] ?? 0) ^ 1;
  await writeFile(source, bytes);
  const result = only(await box.run(["pull", TWO, "--json"]));
  strictEqual(result.bytesFetched, BYTES);
  strictEqual(sha256(await readFile(join(box.modelsDir, TWO, TWO_FILE))), await hub.sha256(TWO, TWO_FILE));
  deepStrictEqual(await readFile(source), bytes);
});

Deno.test("mm pull --to DIR and --to hf-cache take files from the library", async () => {
  await using place = await open();
  const { hub, box } = place;
  const source = await pullFirst(place);
  const folder = join(box.path, "folder");
  strictEqual(only(await box.run(["pull", TWO, "--to", folder, "--json"])).bytesFetched, 0);
  strictEqual(await inode(join(folder, TWO_FILE)), await inode(source));
  const cached = only(await box.run(["pull", TWO, "--to", "hf-cache", "--json"]));
  strictEqual(cached.bytesFetched, 0);
  strictEqual(await inode(cached.paths[0] ?? ""), await inode(source));
  strictEqual(hub.bodyBytes(), 0);
  const checked = await box.run(["verify", "--hf-cache"]);
  strictEqual(checked.code, 0, checked.stderr);
});

Deno.test("mm pull needs no room for what it links", async () => {
  await using place = await open();
  const { hub, box } = place;
  await pullFirst(place);
  // More than any disk has: whatever is to be fetched does not fit.
  strictEqual((await box.run(["config", "set", "cleanup.reserve", "9000TB"])).code, 0);
  const refused = await box.run(["pull", `${ONE}:Q8_0`]);
  strictEqual(refused.code, 8, refused.stderr);
  strictEqual(only(await box.run(["pull", TWO, "--json"])).bytesFetched, 0);
  strictEqual(hub.bodyBytes(), 0);
});

Deno.test({
  name: `mm pull brings what Python has downloaded into the library without a byte${PYTHON_NOTE}`,
  ignore: PYTHON === undefined,
  async fn() {
    await using hub = await startE2eHub();
    await using box = await openHfCacheBox(hub);
    await box.python([["snapshot", PLAIN]]);
    hub.clear();
    const result = only(await box.run(["pull", PLAIN, "--json"]));
    deepStrictEqual([result.bytesFetched, result.bytesReused], [0, result.bytesTotal]);
    strictEqual(hub.bodyBytes(), 0);
    strictEqual(hub.requests.length, 1);
    for (const path of result.paths) {
      const name = path.slice(join(box.modelsDir, PLAIN).length + 1);
      strictEqual(sha256(await readFile(path)), await hub.sha256(PLAIN, name), name);
    }
    deepStrictEqual((await box.pythonScan()).warnings, []);
  },
});

Deno.test("mm pull that is killed while it proves a copy leaves the other program's file alone", async () => {
  await using place = await open();
  const { hub, box } = place;
  const source = await pullFirst(place);
  const bytes = await readFile(source);
  await box.run(["remove", ONE, "--yes"]);
  const blob = await putIntoHfCache(box, bytes, sha256(bytes));
  const before = await stat(blob);
  {
    await using run = box.start(["pull", TWO, "--events"]);
    await waitUntil("the copy is taken", () => run.stdout.includes('"type":"started"'));
    run.signal("SIGKILL");
    await run.finished;
  }
  const result = only(await box.run(["pull", TWO, "--json"]));
  strictEqual(result.bytesFetched, 0);
  const after = await stat(blob);
  deepStrictEqual([after.ino, after.size, after.mtimeMs], [before.ino, before.size, before.mtimeMs]);
  deepStrictEqual(await readFile(blob), bytes);
  deepStrictEqual(await filesBelow(join(box.modelsDir, TWO)), [TWO_FILE]);
  strictEqual(hub.bodyBytes(), 0);
});

Deno.test("mm sync --frozen and jobs of the queue take files from this machine, too", async () => {
  await using place = await open();
  const { hub, box } = place;
  await pullFirst(place);
  strictEqual((await box.run(["queue", "add", TWO])).code, 0);
  const worked = await box.run(["queue", "run"]);
  strictEqual(worked.code, 0, worked.stderr);
  ok(await exists(join(box.modelsDir, TWO, TWO_FILE)));
  strictEqual((await box.run(["remove", TWO, "--yes"])).code, 0);
  strictEqual((await box.run(["models", "add", TWO])).code, 0);
  strictEqual((await box.run(["lock"])).code, 0);
  const synced = await box.run(["sync", "--frozen", "--json"]);
  strictEqual(synced.code, 0, synced.stderr);
  ok(await exists(join(box.modelsDir, TWO, TWO_FILE)));
  strictEqual(hub.bodyBytes(), 0);
});
