import assert from "node:assert/strict";
import {
  cancelledError,
  isModelManagerError,
  ModelManagerError,
  throwIfAborted,
} from "../../../core/base/errors.ts";
import { streamedRun } from "../../../core/base/streamed_run.ts";
import type { DownloadEvent } from "../../../core/download/events.ts";
import type { DownloadProgress } from "../../../core/operations/download_progress.ts";
import { ModelDownloadError } from "../../../core/operations/model_download_error.ts";
import { ModelDownloader } from "../../../core/operations/model_downloader.ts";
import type { ModelManager, PullRequest, PullResult } from "../../../core/operations/model_manager.ts";
import { superviseManager } from "../../../core/operations/supervised_manager.ts";
import { DETAILS, fakeManager, pullEvents, pullResult } from "../../support/fake_manager.ts";
import { settle } from "../../support/test_clock.ts";

/** Pulls that go on until the test lets them. They go to a folder, so that no registry is asked. */
class Pulls {
  readonly requests: PullRequest[] = [];
  atOnce = 0;
  most = 0;
  readonly #ends = new Map<string, (result: PullResult) => void>();

  readonly pull: ModelManager["pull"] = (request, call) => {
    const [reference = ""] = request.references;
    this.requests.push(request);
    return streamedRun<DownloadEvent, PullResult[]>(async (push, signal) => {
      this.most = Math.max(this.most, ++this.atOnce);
      try {
        for (const event of pullEvents(reference).slice(0, 3)) push(event);
        const result = await new Promise<PullResult>((resolve, reject) => {
          this.#ends.set(reference, resolve);
          signal.addEventListener("abort", () => reject(cancelledError(signal.reason)), { once: true });
        });
        throwIfAborted(signal);
        return [result];
      } finally {
        this.atOnce--;
      }
    }, { signal: call?.signal });
  };

  async end(reference: string, change: Partial<PullResult> = {}): Promise<void> {
    this.#ends.get(reference)?.(pullResult(reference, change));
    await settle();
  }
}

function open(options: { readonly maxConcurrent?: number } = {}) {
  const pulls = new Pulls();
  const progress: DownloadProgress[] = [];
  const downloader = new ModelDownloader({
    manager: fakeManager({ pull: pulls.pull }),
    onProgress: (each) => progress.push(each),
    ...options,
  });
  return { pulls, progress, downloader };
}

const fails = (code: string, modelId: string) => (error: unknown) =>
  error instanceof ModelDownloadError && error.code === code && error.modelId === modelId;

Deno.test("ModelDownloader.downloadModel() hands its options on and tells its progress", async () => {
  const { pulls, progress, downloader } = open();
  const own: string[] = [];
  const work = downloader.downloadModel("a/b:Q4_K_M", {
    revision: "v1",
    to: "/elsewhere",
    onProgress: ({ status }) => own.push(status),
  });
  assert.equal(downloader.getDownloadProgress("a/b:Q4_K_M")?.status, "pending");
  await settle();
  assert.equal(downloader.getDownloadProgress("a/b:Q4_K_M")?.status, "downloading");
  assert.deepEqual(downloader.listDownloads().map(({ modelId }) => modelId), ["a/b:Q4_K_M"]);
  await pulls.end("a/b:Q4_K_M");
  const model = await work;
  assert.deepEqual([model.modelId, model.status, model.entries], ["a/b:Q4_K_M", "downloaded", []]);
  assert.deepEqual(pulls.requests, [{ revision: "v1", to: "/elsewhere", references: ["a/b:Q4_K_M"] }]);
  assert.deepEqual(own, progress.map(({ status }) => status));
  assert.deepEqual([own[0], own.at(-1)], ["pending", "available"]);
  assert.equal(downloader.getDownloadProgress("a/b:Q4_K_M"), undefined);
});

Deno.test("ModelDownloader.downloadModel() fails with a ModelDownloadError", async () => {
  const { pulls, progress, downloader } = open();
  const work = downloader.downloadModel("a/b", { to: "/x" });
  await settle();
  const error = { code: "GATED", message: "Ask for it", hints: ["h"], causes: [] } as const;
  const failed = assert.rejects(work, fails("GATED", "a/b"));
  await pulls.end("a/b", { status: "failed", error });
  await failed;
  assert.deepEqual([progress.at(-1)?.status, progress.at(-1)?.error?.code], ["error", "GATED"]);
});

Deno.test("ModelDownloader.cancelDownload() stops one model and no other", async () => {
  const { pulls, progress, downloader } = open({ maxConcurrent: 2 });
  const [first, second] = [
    downloader.downloadModel("a/a", { to: "/x" }),
    downloader.downloadModel("a/b", { to: "/x" }),
  ];
  await settle();
  const stopped = assert.rejects(first, fails("CANCELLED", "a/a"));
  assert.equal(downloader.cancelDownload("a/a"), true);
  await stopped;
  assert.equal(downloader.cancelDownload("a/a"), false);
  await pulls.end("a/b");
  assert.equal((await second).modelId, "a/b");
  assert.equal(progress.findLast(({ modelId }) => modelId === "a/a")?.status, "cancelled");
});

Deno.test("ModelDownloader downloads no more at once than it may, also of single calls", async () => {
  const { pulls, downloader } = open({ maxConcurrent: 2 });
  const names = ["a/1", "a/2", "a/3", "a/4"];
  const all = Promise.all(names.map((name) => downloader.downloadModel(name, { to: "/x" })));
  await settle();
  assert.deepEqual(downloader.listDownloads().map(({ status }) => status), [
    "downloading",
    "downloading",
    "pending",
    "pending",
  ]);
  for (const name of names) {
    await settle();
    await pulls.end(name);
  }
  assert.deepEqual((await all).map(({ modelId }) => modelId), names);
  assert.equal(pulls.most, 2);
});

Deno.test("ModelDownloader.downloadModels() has a result for each, in their order", async () => {
  const { pulls, downloader } = open({ maxConcurrent: 4 });
  const work = downloader.downloadModels([
    { modelId: "a/1", to: "/x", connections: 2 },
    { modelId: "a/2", to: "/x" },
    { modelId: "a/3", to: "/x" },
    { modelId: "a/1", to: "/x", connections: 2 },
  ]);
  await settle();
  assert.deepEqual(pulls.requests.map(({ references, connections }) => [references[0], connections]), [
    ["a/1", 2],
    ["a/2", undefined],
    ["a/3", undefined],
  ]);
  downloader.cancelDownload("a/3");
  await pulls.end("a/2", {
    status: "failed",
    error: { code: "NOT_FOUND", message: "No", hints: [], causes: [] },
  });
  await pulls.end("a/1", { status: "present" });
  const results = await work;
  assert.deepEqual(results.map(({ modelId, status, error }) => [modelId, status, error?.code]), [
    ["a/1", "present", undefined],
    ["a/2", "failed", "NOT_FOUND"],
    ["a/3", "cancelled", "CANCELLED"],
    ["a/1", "present", undefined],
  ]);
});

Deno.test("ModelDownloader.downloadModels() takes other files of a model after the first ones", async () => {
  const { pulls, downloader } = open({ maxConcurrent: 4 });
  const to = "/x";
  const work = downloader.downloadModels([
    { modelId: "a/b", include: ["*Q8_0*"], to },
    { modelId: "a/b", include: ["config.json"], to },
    { to, modelId: "a/b", include: ["*Q8_0*"] },
  ]);
  await settle();
  assert.equal(pulls.requests.length, 1);
  await pulls.end("a/b", { paths: ["/x/b-Q8_0.gguf"] });
  await settle();
  assert.deepEqual(pulls.requests.map(({ include }) => include), [["*Q8_0*"], ["config.json"]]);
  await pulls.end("a/b", { paths: ["/x/config.json"] });
  const paths = (await work).map(({ model }) => model?.paths);
  assert.deepEqual(paths, [["/x/b-Q8_0.gguf"], ["/x/config.json"], ["/x/b-Q8_0.gguf"]]);
});

Deno.test("ModelDownloader.downloadModels() keeps what is in place when it is aborted", async () => {
  const { pulls, downloader } = open();
  const stop = new AbortController();
  const models = ["a/1", "a/2", "a/3"].map((modelId) => ({ modelId, to: "/x" }));
  const work = downloader.downloadModels(models, { signal: stop.signal });
  await settle();
  await pulls.end("a/1");
  stop.abort();
  assert.deepEqual((await work).map(({ status }) => status), ["downloaded", "cancelled", "cancelled"]);
});

Deno.test("ModelDownloader.watchDownload() follows a model to its end, and stops nothing", async () => {
  const { pulls, downloader } = open();
  const work = downloader.downloadModel("a/b", { to: "/x" });
  for await (const { status } of downloader.watchDownload("a/b")) {
    assert.ok(status === "pending" || status === "downloading");
    break;
  }
  await settle();
  const seen: string[] = [];
  const watching = (async () => {
    for await (const { status } of downloader.watchDownload("a/b")) seen.push(status);
  })();
  await settle();
  await pulls.end("a/b");
  await Promise.all([work, watching]);
  assert.equal(seen.at(-1), "available");
  for await (const _ of downloader.watchDownload("a/b")) assert.fail("It is over");
});

Deno.test("ModelDownloader.watchDownload() is stopped by its signal", async () => {
  const { pulls, downloader } = open();
  const work = downloader.downloadModel("a/b", { to: "/x" });
  const stop = new AbortController();
  const watching = (async () => {
    for await (const _ of downloader.watchDownload("a/b", { signal: stop.signal })) stop.abort();
  })();
  await assert.rejects(watching, (error) => isModelManagerError(error) && error.code === "CANCELLED");
  await settle();
  await pulls.end("a/b");
  await work;
});

Deno.test("ModelDownloader refuses what is under way already, and everything once it is disposed", async () => {
  const { downloader } = open();
  const work = downloader.downloadModel("a/b", { to: "/x" });
  const stopped = assert.rejects(work, fails("CANCELLED", "a/b"));
  await assert.rejects(downloader.downloadModel("a/b"), fails("USAGE_ERROR", "a/b"));
  await downloader[Symbol.asyncDispose]();
  await stopped;
  await assert.rejects(downloader.downloadModel("a/c"), fails("USAGE_ERROR", "a/c"));
  assert.throws(
    () => new ModelDownloader({ manager: fakeManager(), maxConcurrent: 0 }),
    (error) => isModelManagerError(error) && error.code === "USAGE_ERROR",
  );
});

Deno.test("ModelDownloader cancels also those that wait when its manager is disposed", async () => {
  const pulls = new Pulls();
  const manager = superviseManager(fakeManager({ pull: pulls.pull }));
  const downloader = new ModelDownloader({ manager, maxConcurrent: 1 });
  const results = downloader.downloadModels(["a/one", "a/two", "a/three"]);
  await settle();
  await manager[Symbol.asyncDispose]();
  for (const { modelId, status, error } of await results) {
    assert.deepEqual([status, error?.code], ["cancelled", "CANCELLED"], modelId);
  }
  assert.deepEqual(pulls.requests.map(({ references }) => references), [["a/one"]]);
  // Who asks later should have known.
  const [late] = await downloader.downloadModels(["a/four"]);
  assert.deepEqual([late?.status, late?.error?.code], ["failed", "USAGE_ERROR"]);
});

Deno.test("ModelDownloader survives a listener that throws", async () => {
  const { pulls, downloader } = open();
  const work = downloader.downloadModel("a/b", {
    to: "/x",
    onProgress: () => {
      throw new Error("mine");
    },
  });
  await settle();
  await pulls.end("a/b");
  assert.equal((await work).status, "downloaded");
});

Deno.test("ModelDownloader.getModelInfo() asks the Hub, and fails as downloads do", async () => {
  const gone = new ModelManagerError("NOT_FOUND", "No");
  const found = new ModelDownloader({ manager: fakeManager() });
  assert.equal(await found.getModelInfo("a/b"), DETAILS);
  const missing = new ModelDownloader({ manager: fakeManager({ show: () => Promise.reject(gone) }) });
  await assert.rejects(missing.getModelInfo("a/b"), fails("NOT_FOUND", "a/b"));
});
