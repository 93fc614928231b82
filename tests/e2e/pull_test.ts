/**
 * `mm pull` in real processes with real workers: what is fetched, where it goes, what is said of it.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DownloadEvent } from "../../core/download/events.ts";
import type { PullResult } from "../../core/operations/model_manager.ts";
import { type E2eHub, PLAIN, sha256, startE2eHub, TINY, TINY_FORMERLY } from "../support/e2e_hub.ts";
import {
  exists,
  filesBelow,
  type FinishedProgram,
  linesOf,
  openSandbox,
  readDocument,
  readJsonLines,
  type Sandbox,
} from "../support/run_program.ts";

const Q4 = "tiny-Q4_K_M.gguf";
const SHARDS = [1, 2, 3].map((shard) => `tiny-F16-0000${shard}-of-00003.gguf`);
const MMPROJ = "mmproj-tiny-F16.gguf";

/** A sandbox whose Hub is this one. */
function openBox(hub: E2eHub): Promise<Sandbox> {
  return openSandbox({ HF_ENDPOINT: hub.endpoint });
}

function results(finished: FinishedProgram): readonly PullResult[] {
  return readDocument<{ readonly results: readonly PullResult[] }>(finished).results;
}

/** Files of a model in the library, without our own folder. */
async function modelFiles(box: Sandbox, repo: string): Promise<string[]> {
  return (await filesBelow(join(box.modelsDir, repo))).filter((path) => !path.startsWith(".cache/"));
}

async function checkBytes(
  hub: E2eHub,
  box: Sandbox,
  file: { readonly repo: string; readonly path: string; readonly revision?: string },
): Promise<void> {
  const bytes = await readFile(join(box.modelsDir, file.repo, file.path));
  strictEqual(sha256(bytes), await hub.sha256(file.repo, file.path, file.revision), file.path);
}

Deno.test("mm pull fetches the default quant, and the second time costs one call and no bytes", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const path = join(box.modelsDir, TINY, Q4);

  const first = await box.run(["pull", TINY]);
  strictEqual(first.code, 0, first.stderr);
  strictEqual(first.stdout, `${path}\n`);
  match(first.stderr, /^Fetched 1\.40 MB in .*, verified$/m);
  deepStrictEqual(await modelFiles(box, TINY), [Q4]);
  await checkBytes(hub, box, { repo: TINY, path: Q4 });
  // On a busy machine a lane that was taken for slow is replaced, and some bytes are sent twice.
  ok(hub.bodyBytes() >= 1_400_000);

  hub.clear();
  const second = await box.run(["pull", TINY, "--json"]);
  strictEqual(second.code, 0, second.stderr);
  const [result, ...others] = results(second);
  deepStrictEqual(others, []);
  const { elapsedMs, ...facts } = result ?? { elapsedMs: -1 };
  deepStrictEqual(facts, {
    reference: TINY,
    repo: TINY,
    commit: await hub.commit(TINY),
    status: "present",
    paths: [path],
    bytesFetched: 0,
    bytesResumed: 0,
    bytesTotal: 1_400_000,
  });
  ok(elapsedMs >= 0);
  strictEqual(hub.apiCalls().length, 1);
  strictEqual(hub.requests.length, 1);
  strictEqual(hub.bodyBytes(), 0);
  deepStrictEqual(hub.errors, []);
});

Deno.test("mm pull of a repository without GGUF brings all files, whatever they are called", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const commit = await hub.commit(PLAIN);
  const wanted = (await hub.source.files({ repo: PLAIN, commit })).map((file) => file.path).sort();

  const pulled = await box.run(["pull", PLAIN, "--json"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  deepStrictEqual(await modelFiles(box, PLAIN), wanted);
  for (const path of wanted) await checkBytes(hub, box, { repo: PLAIN, path });
  const [result] = results(pulled);
  deepStrictEqual(
    [...result?.paths ?? []].sort(),
    wanted.map((path) => join(box.modelsDir, PLAIN, ...path.split("/"))).sort(),
  );
  strictEqual(result?.bytesFetched, result?.bytesTotal);
  strictEqual(hub.bodyBytes(), result?.bytesTotal);

  hub.clear();
  const again = await box.run(["pull", PLAIN, "--json"]);
  strictEqual(results(again)[0]?.status, "present");
  strictEqual(hub.requests.length, 1);
});

Deno.test("mm pull takes all shards as one unit, and the projector on request", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const shards = await box.run(["pull", `${TINY}:f16`, "--quiet"]);
  strictEqual(shards.code, 0, shards.stderr);
  deepStrictEqual(linesOf(shards.stdout), SHARDS.map((path) => join(box.modelsDir, TINY, path)));
  strictEqual(shards.stderr, "");

  hub.clear();
  const projector = await box.run(["pull", `${TINY}:F16`, "--with-mmproj", "--json"]);
  strictEqual(projector.code, 0, projector.stderr);
  strictEqual(results(projector)[0]?.bytesFetched, 400_000);
  deepStrictEqual(hub.requests.filter((request) => request.host === "file-host").map(({ path }) => path), [
    MMPROJ,
  ]);
  for (const path of [...SHARDS, MMPROJ]) await checkBytes(hub, box, { repo: TINY, path });

  const listed = await box.run(["list", "--json"]);
  const { models } = readDocument<{ models: { quant: string; files: { path: string }[] }[] }>(listed);
  deepStrictEqual(models.map(({ quant, files }) => [quant, files.map(({ path }) => path).sort()]), [
    ["F16", [MMPROJ, ...SHARDS]],
  ]);
});

/** Paths that a dry run would fetch, relative to the model's folder. */
async function planned(box: Sandbox, args: readonly string[], repo = TINY): Promise<string[]> {
  const finished = await box.run(["pull", ...args, "--dry-run", "--json"]);
  strictEqual(finished.code, 0, finished.stdout);
  const folder = join(box.modelsDir, repo);
  return results(finished).flatMap(({ paths }) => paths)
    .map((path) => path.slice(folder.length + 1).replaceAll("\\", "/"));
}

Deno.test("mm pull selects files by quant, path, glob, folder, include and exclude", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const selections: readonly (readonly [args: readonly string[], repo: string, paths: readonly string[]])[] =
    [
      [[`${TINY}:q8_0`], TINY, ["tiny-Q8_0.gguf"]],
      [[`${TINY}:config.json`], TINY, ["config.json"]],
      [[`${TINY}:*.md`], TINY, ["README.md"]],
      [[`${TINY}:tiny-F16-*`], TINY, SHARDS],
      [[`${PLAIN}:onnx`], PLAIN, ["onnx/deep/er/weights.bin", "onnx/model.onnx"]],
      [[TINY, "-i", "*.json", "-i", "*.md"], TINY, ["README.md", "config.json"]],
      [[TINY, "--include", "*.gguf", "-x", "*F16*", "-x", "*Q8*"], TINY, [Q4]],
      [[`${TINY}:Q4_K_M`, "-i", "config.json"], TINY, [Q4, "config.json"]],
      [[PLAIN, "-x", "odd/*", "-x", "onnx/*", "-x", "empty.*", "-x", "*.gz"], PLAIN, [
        "model.safetensors",
        "config.json",
        "tokenizer.json",
      ]],
      [[`hf://${TINY}/tiny-Q8_0.gguf`], TINY, ["tiny-Q8_0.gguf"]],
      [[`${hub.endpoint}/${TINY}/blob/main/config.json`], TINY, ["config.json"]],
      [[`https://huggingface.co/${PLAIN}/tree/main/onnx/deep`], PLAIN, ["onnx/deep/er/weights.bin"]],
    ];
  await Promise.all([0, 1, 2].map(async (third) => {
    for (const [args, repo, paths] of selections.filter((_, index) => index % 3 === third)) {
      deepStrictEqual(await planned(box, args, repo), paths, args.join(" "));
    }
  }));
  strictEqual(await exists(box.modelsDir), false, "a dry run wrote into the library");
  strictEqual(hub.bodyBytes(), 0);
});

Deno.test("mm pull finds branches, tags, pull requests and commits, by every way to name them", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const [main, v1, pullRequest] = await Promise.all(
    ["main", "v1", "refs/pr/1"].map((revision) => hub.commit(TINY, revision)),
  );
  const references: readonly (readonly [args: readonly string[], commit: string | undefined])[] = [
    [[TINY], main],
    [[`${TINY}@v1`], v1],
    [[TINY, "--revision", "v1"], v1],
    [[`${TINY}@main:Q4_K_M`, "--revision", "v1"], main],
    [[`${TINY}@refs/pr/1:proposed.txt`], pullRequest],
    [[`${TINY}@feature/x:proposed.txt`], pullRequest],
    [[`${TINY}@${v1}`], v1],
    [[`hf://${TINY}@v1/${Q4}`], v1],
    [[`${hub.endpoint}/${TINY}/resolve/refs%2Fpr%2F1/proposed.txt`], pullRequest],
  ];
  await Promise.all([0, 1, 2].map(async (third) => {
    for (const [args, commit] of references.filter((_, index) => index % 3 === third)) {
      const [result] = results(await box.run(["pull", ...args, "--dry-run", "--json"]));
      deepStrictEqual([result?.status, result?.commit], ["planned", commit], args.join(" "));
    }
  }));
  const old = await box.run(["pull", `${TINY}@v1`]);
  strictEqual(old.code, 0, old.stderr);
  await checkBytes(hub, box, { repo: TINY, path: Q4, revision: "v1" });
  // The file has another content on main: the newer one takes the place of our own older one.
  const newer = await box.run(["pull", TINY]);
  strictEqual(newer.code, 0, newer.stderr);
  await checkBytes(hub, box, { repo: TINY, path: Q4 });
});

Deno.test("mm pull follows a renamed repository and says so", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const pulled = await box.run(["pull", TINY_FORMERLY]);
  strictEqual(pulled.code, 0, pulled.stderr);
  strictEqual(pulled.stdout, `${join(box.modelsDir, TINY, Q4)}\n`);
  match(pulled.stderr, new RegExp(`"${TINY_FORMERLY}" is now called "${TINY}"`));
  const again = await box.run(["pull", TINY_FORMERLY, "--json"]);
  const [result] = results(again);
  deepStrictEqual([result?.reference, result?.repo, result?.status], [TINY_FORMERLY, TINY, "present"]);
});

Deno.test("mm pull --dry-run says what it would do and writes nothing into the library", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const dry = await box.run(["pull", `${TINY}:F16`, "--dry-run"]);
  strictEqual(dry.code, 0, dry.stderr);
  for (const path of SHARDS) match(dry.stdout, new RegExp(`${path} .*planned`));
  match(dry.stderr, /^Would fetch 4\.70 MB in 3 files; nothing was written$/m);
  strictEqual(await exists(box.modelsDir), false);
  const quiet = await box.run(["pull", `${TINY}:F16`, "-n", "-q"]);
  deepStrictEqual(linesOf(quiet.stdout), SHARDS.map((path) => join(box.modelsDir, TINY, path)));
  const history = await box.run(["history", "list", "--json"]);
  deepStrictEqual(readDocument(history), { records: [] });

  // What a script has to know: whether there is anything to fetch, and how much.
  const first = await box.run(["pull", `${TINY}:Q4_K_M`]);
  strictEqual(first.code, 0, first.stderr);
  const both = results(await box.run(["pull", `${TINY}:Q4_K_M`, `${TINY}:F16`, "-n", "--json"]));
  deepStrictEqual(both.map(({ status, bytesToFetch }) => [status, bytesToFetch]), [
    ["present", 0],
    ["planned", 4_700_000],
  ]);
});

Deno.test("mm pull --events tells every phase with absolute counts, one JSON object a line", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  hub.bytesPerSecond = 1_500_000;
  const pulled = await box.run(["pull", `${TINY}:Q4_K_M`, PLAIN, "--events"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  const events = readJsonLines<DownloadEvent | { type: "results"; results: readonly PullResult[] }>(pulled);
  const last = events.at(-1);
  ok(last?.type === "results");
  deepStrictEqual(last.results.map(({ status }) => status), ["downloaded", "downloaded"]);
  const received = new Map<string, number>();
  const types = new Set<string>();
  for (const event of events) {
    if (event.type === "results") continue;
    types.add(event.type);
    ok(event.receivedBytes <= event.totalBytes, JSON.stringify(event));
    const key = `${event.reference} ${"file" in event ? event.file : ""}`;
    ok(event.receivedBytes >= (received.get(key) ?? 0), `counts went back: ${JSON.stringify(event)}`);
    received.set(key, event.receivedBytes);
  }
  deepStrictEqual([...types].sort(), ["finished", "planned", "progress", "started", "verified", "verifying"]);
  const progress = events.filter((event) => event.type === "progress" && event.file === Q4);
  ok(progress.length >= 2, `only ${progress.length} progress events`);
  strictEqual(received.get(`${TINY}:Q4_K_M ${Q4}`), 1_400_000);
  match(pulled.stderr, /^warning: "tiny-Q4_K_M\.gguf" is what the Hub has, but no sound GGUF file: .*\n$/);
});

Deno.test("mm pull of several references goes on after a failure and ends with 11", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const some = await box.run(["pull", "acme/none", `${TINY}:Q4_K_M`, `${TINY}:Q9_X`]);
  strictEqual(some.code, 11);
  strictEqual(some.stdout, `${join(box.modelsDir, TINY, Q4)}\n`);
  match(some.stderr, /^error: acme\/none: Repository "acme\/none" does not exist/m);
  match(some.stderr, /^error: 2 of 3 references failed$/m);
  match(some.stderr, new RegExp(`^hint: .*mm pull acme/none ${TINY}:Q9_X$`, "m"));

  const json = await box.run(["pull", "acme/none", `${TINY}:Q4_K_M`, "--json"]);
  strictEqual(json.code, 11);
  const [failed, present] = results(json);
  deepStrictEqual([failed?.status, failed?.error?.code, failed?.paths], ["failed", "NOT_FOUND", []]);
  ok((failed?.error?.hints.length ?? 0) > 0);
  strictEqual(present?.status, "present");

  const all = await box.run(["pull", "acme/none", "acme/neither", "--json"]);
  strictEqual(all.code, 3);
});

Deno.test("mm pull into a folder of its own puts the files there and nothing into the library", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const pulled = await box.run(["pull", `${TINY}:Q4_K_M`, "--to", "./here"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  strictEqual(pulled.stdout, `${join(box.work, "here", Q4)}\n`);
  strictEqual(sha256(await readFile(join(box.work, "here", Q4))), await hub.sha256(TINY, Q4));
  strictEqual((await box.run(["list"])).stdout, "");
  hub.clear();
  const again = await box.run(["pull", `${TINY}:Q4_K_M`, "--to", "here", "--json"]);
  strictEqual(results(again)[0]?.status, "present");
  strictEqual(hub.bodyBytes(), 0);
});

Deno.test("mm pull asks for the bytes as they are, though the Hub would pack them", async () => {
  await using hub = await startE2eHub({
    // A Hub that packs whatever may be packed, as some proxies do.
    wrapHub: (handler) => async (request) => {
      const response = await handler(request);
      if (!/\bgzip\b/.test(request.headers.get("accept-encoding") ?? "")) return response;
      if (!request.url.includes("/resolve/") || response.body === null) return response;
      const headers = new Headers(response.headers);
      headers.set("content-encoding", "gzip");
      headers.delete("content-length");
      const packed = response.body.pipeThrough(new CompressionStream("gzip"));
      return new Response(packed as ReadableStream<Uint8Array>, { status: response.status, headers });
    },
  });
  await using box = await openBox(hub);
  const pulled = await box.run(["pull", TINY, "-i", "config.json", "-i", "README.md"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  await checkBytes(hub, box, { repo: TINY, path: "config.json" });
  await checkBytes(hub, box, { repo: TINY, path: "README.md" });
  const encodings = hub.requests.filter(({ path }) => path.includes("/resolve")).map((one) =>
    one.acceptEncoding
  );
  ok(encodings.length > 0);
  ok(encodings.every((encoding) => encoding === "identity"), JSON.stringify(encodings));
});

Deno.test("mm pull --force replaces a file in the way; without it the file is left alone", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const path = join(box.modelsDir, TINY, Q4);
  await box.write(`home/models/${TINY}/${Q4}`, "mine");
  const refused = await box.run(["pull", TINY, "--json"]);
  strictEqual(refused.code, 1);
  const [result] = results(refused);
  match(result?.error?.message ?? "", /in the way/);
  match(result?.error?.hints.join() ?? "", /--force/);
  strictEqual(await readFile(path, "utf8"), "mine");
  strictEqual(hub.bodyBytes(), 0);

  const forced = await box.run(["pull", TINY, "--force"]);
  strictEqual(forced.code, 0, forced.stderr);
  await checkBytes(hub, box, { repo: TINY, path: Q4 });
  doesNotMatch(forced.stderr, /error/);
});

Deno.test("mm pull refuses a folder that has a file's name before anything is fetched, force or not", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await box.write(`home/models/${TINY}/${Q4}/mine.txt`, "mine");
  for (const args of [[], ["--force"]]) {
    const refused = await box.run(["pull", TINY, ...args]);
    strictEqual(refused.code, 1);
    match(refused.stderr, /^error: A folder has the name that a file was to get: ".+"$/m);
    match(refused.stderr, /^hint: Move the folder away/m);
    doesNotMatch(refused.stderr, /--force/);
  }
  strictEqual(hub.bodyBytes(), 0);
});

Deno.test("mm pull offline is content with what is complete here, and asks nothing", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  strictEqual((await box.run(["pull", TINY])).code, 0);
  hub.clear();
  const offline = await box.run(["pull", TINY, "--offline", "--json"]);
  strictEqual(offline.code, 0, offline.stderr);
  deepStrictEqual(
    results(offline).map(({ status, paths }) => ({ status, paths })),
    [{ status: "present", paths: [join(box.modelsDir, TINY, Q4)] }],
  );
  strictEqual(hub.requests.length, 0);
  strictEqual((await box.run(["pull", `${TINY}:Q8_0`, "--offline"])).code, 9);
});

Deno.test("mm pull of two large files of the same content puts both into their places", async () => {
  const bytes = new Uint8Array(2_000_000).fill(7);
  const files = [{ path: "a.bin", bytes }, { path: "b.bin", bytes }];
  await using hub = await startE2eHub({ models: [{ repo: "acme/twins", files }] });
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
  const pulled = await box.run(["pull", "acme/twins", "-i", "*"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  for (const { path } of files) {
    strictEqual(sha256(await readFile(join(box.modelsDir, "acme/twins", path))), sha256(bytes));
  }
});
