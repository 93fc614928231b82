import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { isModelManagerError } from "../core/base/errors.ts";
import {
  type Fetch,
  ModelDownloader,
  ModelDownloadError,
  openModelManager,
  type OpenModelManagerOptions,
  type PullResult,
  spawnWorker,
} from "../mod.ts";
import { type E2eHub, LARGE, LARGE_BYTES, LARGE_PATH, startE2eHub, TINY } from "./support/e2e_hub.ts";
import { inProcessWorkers } from "./support/in_process_worker.ts";
import { runDeno } from "./support/run_deno.ts";
import { makeTempDir, type TempDir } from "./support/temp_dir.ts";

const Q4 = "tiny-Q4_K_M.gguf";

/** A Hub, an empty home, and how to open managers between them. */
interface Place extends AsyncDisposable {
  readonly hub: E2eHub;
  readonly dir: TempDir;
  options(name?: string): OpenModelManagerOptions;
}

async function openPlace(): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await makeTempDir());
  const hub = stack.use(await startE2eHub());
  const owned = stack.move();
  return {
    hub,
    dir,
    options: (name = "one") => ({
      endpoint: hub.endpoint,
      modelsDir: dir.join(name, "models"),
      stateDir: dir.join(name, "state"),
      configDir: dir.join(name, "config"),
      environment: { HOME: dir.join("home") },
    }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

type Manager = Awaited<ReturnType<typeof openModelManager>>;

async function pull(manager: Manager, reference: string): Promise<PullResult | undefined> {
  const run = manager.pull({ references: [reference] });
  for (;;) {
    const next = await run.next();
    if (next.done) return next.value[0];
  }
}

async function sha256Of(path: string | undefined): Promise<string> {
  return createHash("sha256").update(await readFile(path ?? "")).digest("hex");
}

const fails = (code: string) => (error: unknown) => isModelManagerError(error) && error.code === code;

Deno.test("openModelManager() sends everything through the fetch that it is given, bytes included", async () => {
  await using place = await openPlace();
  const { hub } = place;
  const asked: string[] = [];
  const counted: Fetch = async (input, init) => {
    asked.push(new URL(input instanceof Request ? input.url : input).pathname);
    const response = await fetch(input, init);
    // A body of somebody else's need not be a byte stream.
    const body = response.body?.pipeThrough(new TransformStream());
    return new Response(body ?? null, response);
  };
  await using manager = await openModelManager({ ...place.options(), fetch: counted });
  for (const reference of [`${TINY}:Q4_K_M`, LARGE]) {
    const result = await pull(manager, reference);
    assert.equal(result?.status, "downloaded", JSON.stringify(result?.error));
    const [repo = ""] = reference.split(":");
    const path = repo === LARGE ? LARGE_PATH : Q4;
    assert.equal(await sha256Of(result?.paths[0]), await hub.sha256(repo, path));
  }
  assert.equal(asked.length, hub.requests.length);
});

Deno.test("openModelManager() leaves bytes to the workers that it is given", async () => {
  await using place = await openPlace();
  using workers = inProcessWorkers();
  const threads: string[] = [];
  const asked: string[] = [];
  await using manager = await openModelManager({
    ...place.options(),
    spawnWorker: workers.spawnWorker,
    fetch: (input, init) => {
      asked.push(String(input));
      return fetch(input, init);
    },
  });
  assert.equal((await pull(manager, `${TINY}:Q4_K_M`))?.status, "downloaded");
  assert.ok(asked.length > 0 && asked.length < place.hub.requests.length);
  assert.ok(workers.workers.some(({ kind }) => kind === "download"));
  asked.length = 0;
  place.hub.clear();
  await using threaded = await openModelManager({
    ...place.options("two"),
    spawnWorker: (kind, access) => {
      threads.push(kind);
      return spawnWorker(kind, access);
    },
    fetch: (input, init) => {
      asked.push(String(input));
      return fetch(input, init);
    },
  });
  assert.equal((await pull(threaded, `${TINY}:Q8_0`))?.status, "downloaded");
  assert.ok(asked.length > 0 && asked.length < place.hub.requests.length);
  assert.ok(threads.includes("download"));
});

Deno.test("leaving a pull early stops it, and the next one goes on there", async () => {
  await using place = await openPlace();
  const { hub } = place;
  hub.bytesPerSecond = 4_000_000;
  {
    await using manager = await openModelManager(place.options());
    for await (const event of manager.pull({ references: [LARGE] })) {
      if (event.type === "progress" && event.receivedBytes > 4_000_000) break;
    }
    const sent = hub.bodyBytes();
    const [model] = await manager.list();
    assert.equal(model?.status, "downloading");
    assert.ok(sent < LARGE_BYTES);
  }
  {
    // Disposing stops it as well as leaving it does.
    const manager = await openModelManager(place.options());
    const run = manager.pull({ references: [LARGE] });
    let next = await run.next();
    while (!next.done && next.value.type !== "progress") next = await run.next();
    const rest = (async () => {
      while (!(await run.next()).done);
    })();
    const stopped = assert.rejects(rest, fails("CANCELLED"));
    await manager[Symbol.asyncDispose]();
    await stopped;
    await assert.rejects(manager.list(), fails("USAGE_ERROR"));
  }
  hub.bytesPerSecond = undefined;
  await using manager = await openModelManager(place.options());
  const result = await pull(manager, LARGE);
  assert.equal(result?.status, "downloaded");
  assert.ok((result?.bytesResumed ?? 0) > 4_000_000, `${result?.bytesResumed} bytes were kept`);
  assert.equal(await sha256Of(result?.paths[0]), await hub.sha256(LARGE, LARGE_PATH));
  const records = await manager.history.list();
  assert.deepEqual(records.map(({ status }) => status), ["completed", "cancelled", "cancelled"]);
});

Deno.test("two managers of one process keep to their own folders, and nothing is left elsewhere", async () => {
  await using place = await openPlace();
  const before = { globals: Object.keys(globalThis).sort(), variables: Deno.env.toObject() };
  const names = ["one", "two"];
  await Promise.all(names.map(async (name) => {
    await using manager = await openModelManager(place.options(name));
    const quant = name === "one" ? "Q4_K_M" : "Q8_0";
    assert.equal((await pull(manager, `${TINY}:${quant}`))?.status, "downloaded");
    assert.deepEqual((await manager.list()).map((model) => model.quant), [quant]);
    assert.equal((await manager.history.list()).length, 1);
    await manager.queue.add({ references: [TINY] });
  }));
  for (const name of names) {
    assert.ok((await stat(place.dir.join(name, "state", "state.kv"))).isFile());
  }
  assert.deepEqual(await readdir(place.dir.path), ["one", "two"], "no home was made");
  assert.deepEqual({ globals: Object.keys(globalThis).sort(), variables: Deno.env.toObject() }, before);
});

Deno.test("ModelDownloader downloads several models with what the registry has of each", async () => {
  await using place = await openPlace();
  await using manager = await openModelManager(place.options());
  await using downloader = new ModelDownloader({ manager, maxConcurrent: 2 });
  const highest = new Map<string, number>();
  const results = await downloader.downloadModels([`${TINY}:Q4_K_M`, `${TINY}:Q8_0`, "acme/none", LARGE], {
    onProgress: ({ modelId, progress, filesCompleted, filesTotal }) => {
      assert.ok(progress >= (highest.get(modelId) ?? 0) && progress <= 1 && filesCompleted <= filesTotal);
      highest.set(modelId, progress);
    },
  });
  assert.deepEqual(
    results.map((
      { status, model, error },
    ) => [status, model?.entries.map((each) => each.modelId), error?.code]),
    [
      ["downloaded", [`${TINY}:Q4_K_M`], undefined],
      ["downloaded", [`${TINY}:Q8_0`], undefined],
      ["failed", undefined, "NOT_FOUND"],
      ["downloaded", [`${LARGE}:Q4_K_M`], undefined],
    ],
  );
  const [first] = results;
  assert.deepEqual(
    [first?.model?.entries[0]?.status, first?.model?.entries[0]?.modelType],
    ["available", "text-generation"],
  );
  assert.deepEqual([highest.get(LARGE), highest.get("acme/none")], [1, 0]);
  assert.equal((await downloader.downloadModel(LARGE)).status, "present");
  await assert.rejects(
    downloader.getModelInfo("acme/none"),
    (error) => error instanceof ModelDownloadError && error.code === "NOT_FOUND" && error.hints.length > 0,
  );
});

Deno.test("openModelManager() takes settings by their names, and refuses others", async () => {
  await using place = await openPlace();
  const { hub } = place;
  {
    await using manager = await openModelManager({
      ...place.options(),
      settings: { "cleanup.max_total_size": "1G" },
    });
    assert.equal((await manager.space()).quotaBytes, 1_000_000_000);
  }
  await assert.rejects(
    openModelManager({ ...place.options(), settings: { "download.conections": 4 } }),
    (error) =>
      isModelManagerError(error) && error.code === "USAGE_ERROR" &&
      error.hints.some((hint) => hint.includes("download.connections")),
  );
  await assert.rejects(
    openModelManager({ settings: { "download.connections": "many" } }),
    fails("USAGE_ERROR"),
  );
  hub.clear();
  const environment = { HOME: place.dir.join("home"), HF_HUB_OFFLINE: "1" };
  await using manager = await openModelManager({ ...place.options(), environment });
  await assert.rejects(manager.show(TINY), fails("OFFLINE"));
  assert.equal(hub.requests.length, 0);
});

Deno.test("calls are stopped by their signals before they do anything", async () => {
  await using place = await openPlace();
  await using manager = await openModelManager(place.options());
  await pull(manager, `${TINY}:Q4_K_M`);
  const call = { signal: AbortSignal.abort() };
  const stopped = fails("CANCELLED");
  await assert.rejects(manager.remove([TINY], call), stopped);
  await assert.rejects(manager.planRemove([TINY], call), stopped);
  await assert.rejects(manager.cleanup({}, call), stopped);
  await assert.rejects(manager.planCleanup({}, call), stopped);
  await assert.rejects(manager.setPinned([TINY], true, call), stopped);
  await assert.rejects(manager.list({}, call), stopped);
  await assert.rejects(manager.space(call), stopped);
  await assert.rejects(manager.search({ text: "tiny" }, call), stopped);
  await assert.rejects(manager.show(TINY, call), stopped);
  await assert.rejects(manager.verify([], call).next(), stopped);
  await assert.rejects(manager.update({}, call).next(), stopped);
  await assert.rejects(manager.history.stats({}, call), stopped);
  await assert.rejects(manager.history.records({}, call).next(), stopped);
  await assert.rejects(manager.hfCache.scan(call), stopped);
  await assert.rejects(manager.hfCache.cleanup({}, call), stopped);
  assert.equal((await manager.list()).length, 1);
});

Deno.test("history refuses limits that are no counts", async () => {
  await using place = await openPlace();
  await using manager = await openModelManager(place.options());
  for (const limit of [-1, 1.5, NaN]) {
    await assert.rejects(manager.history.list({ limit }), fails("USAGE_ERROR"));
    await assert.rejects(manager.history.records({ limit }).next(), fails("USAGE_ERROR"));
  }
  assert.deepEqual(await manager.history.list({ limit: 0 }), []);
});

Deno.test("a fetch that fails once in the standard's words is asked again, for replies and for bytes", async () => {
  await using place = await openPlace();
  const failed = new Set<string>();
  const flaky: Fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const kind = pathname.startsWith("/api/") ? "api" : "bytes";
    if (!failed.has(kind)) {
      failed.add(kind);
      throw new TypeError("fetch failed");
    }
    return await fetch(input, init);
  };
  await using manager = await openModelManager({ ...place.options(), fetch: flaky });
  const result = await pull(manager, `${TINY}:Q4_K_M`);
  assert.equal(result?.status, "downloaded", JSON.stringify(result?.error));
  assert.deepEqual([...failed], ["api", "bytes"]);
});

Deno.test("a program needs the rights to the Hub and its folders, no others, and nothing is printed", async () => {
  await using place = await openPlace();
  const { dir, hub } = place;
  const script = `
    import { openModelManager } from ${JSON.stringify(new URL("../mod.ts", import.meta.url).href)};
    const [endpoint, dir] = Deno.args;
    await using models = await openModelManager({
      endpoint, modelsDir: dir + "/models", stateDir: dir + "/state", configDir: dir + "/config",
    });
    const run = models.pull({ references: [${JSON.stringify(`${TINY}:Q4_K_M`)}] });
    let next = await run.next();
    while (!next.done) next = await run.next();
    Deno.writeTextFileSync(dir + "/result.json", JSON.stringify(next.value[0]));`;
  // Of a checkout, the workers and what they import are files; those of a package need no right.
  const checkout = fileURLToPath(new URL("../", import.meta.url));
  const config = fileURLToPath(new URL("../deno.json", import.meta.url));
  const flags = ["--no-prompt", "--unstable-kv", "--config", config, "--allow-net=127.0.0.1,localhost"];
  const { code, stdout, stderr } = await runDeno(script, [hub.endpoint, dir.path], {
    flags: [...flags, `--allow-read=${dir.path},${checkout}`, `--allow-write=${dir.path}`],
  });
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
  const result = JSON.parse(await readFile(dir.join("result.json"), "utf8")) as PullResult;
  assert.equal(result.status, "downloaded", JSON.stringify(result.error));
  assert.equal(await sha256Of(result.paths[0]), await hub.sha256(TINY, Q4));
});
