/**
 * Models downloaded by name, one or many, with their progress: the downloader of the registry library, over the same
 * model manager as everything else.
 *
 * @module
 */
import { join } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import {
  cancelledError,
  fromErrorData,
  isModelManagerError,
  ModelManagerError,
  toErrorData,
} from "../base/errors.ts";
import { EventStream } from "../base/event_stream.ts";
import { Turns } from "../base/turns.ts";
import type { ModelEntry } from "../library/model_entry.ts";
import { ModelRegistry } from "../library/model_registry.ts";
import { type DownloadProgress, DownloadTracker } from "./download_progress.ts";
import type {
  DownloadedModel,
  DownloadModelOptions,
  ModelDownloaderOptions,
  ModelDownloadResult,
  ModelToDownload,
} from "./model_download.ts";
import { downloadErrorOf, ModelDownloadError, toDownloadError } from "./model_download_error.ts";
import type { CallOptions, ModelDetails, ModelManager, PullRequest, PullResult } from "./model_manager.ts";
import { isDisposed, MANAGER_DISPOSED } from "./supervised_manager.ts";

export type * from "./model_download.ts";

const MAX_CONCURRENT = 64;

/** A download that is under way, or waits for its turn. */
interface Running {
  readonly tracker: DownloadTracker;
  readonly stop: AbortController;
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
  readonly watchers: Set<EventStream<DownloadProgress>>;
}

/**
 * Downloads models by name.
 *
 * It has no engine of its own: files are proved, resumed, locked, registered and recorded as by
 * {@link ModelManager.pull}. Disposing it stops what it is downloading; the manager stays open.
 *
 * @example Several models, with their progress, from a Hub of our own
 * ```ts
 * import assert from "node:assert/strict";
 * import { ModelDownloader, openModelManager, startDemo } from "@model-manager/mm";
 *
 * await using demo = await startDemo();
 * await using manager = await openModelManager(demo);
 * await using downloader = new ModelDownloader({ manager, maxConcurrent: 2 });
 *
 * const results = await downloader.downloadModels(["demo/embed-mini-GGUF:Q4_K_M", "demo/nothing"], {
 *   onProgress: ({ modelId, progress }) => assert.ok(modelId !== "" && progress <= 1),
 * });
 * for (const { modelId, status, model, error } of results) {
 *   assert.ok(status === "downloaded" ? model?.entries.length === 1 : error?.code === "NOT_FOUND", modelId);
 * }
 * ```
 */
export class ModelDownloader implements AsyncDisposable {
  readonly #manager: ModelManager;
  readonly #maxConcurrent: number;
  readonly #onProgress: ((progress: DownloadProgress) => void) | undefined;
  readonly #clock: Clock;
  readonly #running = new Map<string, Running>();
  readonly #ends = new Set<Promise<unknown>>();
  readonly #turns: Turns;
  #isDisposed = false;

  /**
   * Opens nothing.
   *
   * @throws {ModelManagerError} `USAGE_ERROR` when `maxConcurrent` is no number from 1 to 64.
   */
  constructor(options: ModelDownloaderOptions) {
    const { manager, maxConcurrent = 1, onProgress, clock = systemClock } = options;
    if (!Number.isInteger(maxConcurrent) || maxConcurrent < 1 || maxConcurrent > MAX_CONCURRENT) {
      throw new ModelManagerError(
        "USAGE_ERROR",
        `Cannot download ${maxConcurrent} models at once: wanted a whole number from 1 to ${MAX_CONCURRENT}`,
        { hints: ["Leave it out: new ModelDownloader({ manager })"] },
      );
    }
    this.#manager = manager;
    this.#maxConcurrent = maxConcurrent;
    this.#turns = new Turns(maxConcurrent);
    this.#onProgress = onProgress;
    this.#clock = clock;
  }

  /** Models that are downloaded at once. */
  get maxConcurrent(): number {
    return this.#maxConcurrent;
  }

  /**
   * Downloads a model; one that is in place is not fetched again. More calls than may run at once wait for their turn.
   *
   * @param modelId `org/name[@revision][:selector]`; without a selector the default quant, or all files of a repository
   * that has no quants.
   * @throws {ModelDownloadError} `CANCELLED` when it was stopped, `USAGE_ERROR` when it is being downloaded already.
   */
  async downloadModel(modelId: string, options: DownloadModelOptions = {}): Promise<DownloadedModel> {
    this.#requireUsable(modelId);
    const { signal, onProgress, ...request } = options;
    const running: Running = {
      tracker: new DownloadTracker(modelId, this.#clock),
      stop: new AbortController(),
      onProgress,
      watchers: new Set(),
    };
    this.#running.set(modelId, running);
    const stopped = signal === undefined
      ? running.stop.signal
      : AbortSignal.any([signal, running.stop.signal]);
    const work = this.#download(modelId, { running, request, signal: stopped });
    const end = work.then(() => {}, () => {});
    this.#ends.add(end);
    try {
      return await work;
    } finally {
      this.#ends.delete(end);
    }
  }

  /**
   * Downloads several models. It does not fail for one of them: each has a result, in the order that was asked for.
   * Aborting the signal stops all that are not in place yet. One that is named twice is downloaded once; where other
   * files of it are wanted the second time, these come after the first.
   */
  async downloadModels(
    models: readonly (string | ModelToDownload)[],
    options: Pick<DownloadModelOptions, "signal" | "onProgress"> = {},
  ): Promise<ModelDownloadResult[]> {
    const begun = new Map<string, Promise<ModelDownloadResult>>();
    const latest = new Map<string, Promise<ModelDownloadResult>>();
    const results = models.map((model) => {
      const { modelId, ...request } = typeof model === "string" ? { modelId: model } : model;
      const key = JSON.stringify([modelId, Object.entries(request).sort()]);
      const known = begun.get(key);
      if (known !== undefined) return known;
      const before = latest.get(modelId);
      const call = { ...request, ...options };
      const result = before === undefined
        ? this.#result(modelId, call)
        : before.then(() => this.#result(modelId, call));
      begun.set(key, result);
      latest.set(modelId, result);
      return result;
    });
    return await Promise.all(results);
  }

  /**
   * What the Hub says of a model, without downloading it.
   *
   * @throws {ModelDownloadError} Such as `NOT_FOUND`.
   */
  async getModelInfo(
    modelId: string,
    options: CallOptions & { readonly revision?: string } = {},
  ): Promise<ModelDetails> {
    try {
      return await this.#manager.show(modelId, options);
    } catch (error) {
      throw toDownloadError(modelId, error);
    }
  }

  /** How far a model is; `undefined` when it is not being downloaded. */
  getDownloadProgress(modelId: string): DownloadProgress | undefined {
    return this.#running.get(modelId)?.tracker.progress;
  }

  /** How far all models are that are being downloaded or wait for their turn, in the order they were asked for. */
  listDownloads(): DownloadProgress[] {
    return [...this.#running.values()].map(({ tracker }) => tracker.progress);
  }

  /**
   * Follows a model until its download ends; the last one says how. A slow reader misses what is outdated. Who stops
   * reading does not stop the download. Nothing comes when the model is not being downloaded.
   */
  async *watchDownload(modelId: string, options: CallOptions = {}): AsyncGenerator<DownloadProgress, void> {
    const running = this.#running.get(modelId);
    if (running === undefined) return;
    const { signal } = options;
    const stream = new EventStream<DownloadProgress>({ coalesceKey: () => "progress" });
    const abort = (): void => stream.fail(cancelledError(signal?.reason));
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    running.watchers.add(stream);
    stream.push(running.tracker.progress);
    try {
      yield* stream;
    } finally {
      running.watchers.delete(stream);
      signal?.removeEventListener("abort", abort);
    }
  }

  /**
   * Stops a download: `downloadModel` fails with `CANCELLED`. What it has fetched stays, and the next one goes on there.
   *
   * @returns `false` when the model is not being downloaded.
   */
  cancelDownload(modelId: string): boolean {
    const running = this.#running.get(modelId);
    if (running === undefined) return false;
    running.stop.abort(new ModelManagerError("CANCELLED", `The download of "${modelId}" was cancelled`));
    return true;
  }

  /** Stops all downloads and waits until they have stopped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    for (const modelId of this.#running.keys()) this.cancelDownload(modelId);
    await Promise.all(this.#ends);
  }

  #requireUsable(modelId: string): void {
    if (this.#isDisposed) {
      throw new ModelDownloadError(
        "USAGE_ERROR",
        "The downloader was disposed: it can be asked nothing more",
        {
          modelId,
          hints: ["Make another one: new ModelDownloader({ manager })"],
        },
      );
    }
    if (!this.#running.has(modelId)) return;
    throw new ModelDownloadError("USAGE_ERROR", `"${modelId}" is being downloaded already`, {
      modelId,
      hints: [`Follow it: downloader.watchDownload("${modelId}")`],
    });
  }

  async #result(modelId: string, options: DownloadModelOptions): Promise<ModelDownloadResult> {
    try {
      const model = await this.downloadModel(modelId, options);
      return { modelId, status: model.status, model, error: undefined };
    } catch (error) {
      // Even a bug of ours is one model's failure here: the others go on.
      const failure = error instanceof ModelDownloadError
        ? error
        : downloadErrorOf(modelId, fromErrorData(toErrorData(error)));
      const status = failure.code === "CANCELLED" ? "cancelled" : "failed";
      return { modelId, status, model: undefined, error: failure };
    }
  }

  async #download(
    modelId: string,
    call: {
      readonly running: Running;
      readonly request: Omit<PullRequest, "references">;
      readonly signal: AbortSignal;
    },
  ): Promise<DownloadedModel> {
    const { running, request, signal } = call;
    this.#tell(running);
    const wasOpen = !isDisposed(this.#manager);
    try {
      using _place = await this.#turns.enter(signal);
      const result = await this.#pull(modelId, { running, request, signal });
      const entries = request.to === undefined || request.to === "library" ? await this.#entries(result) : [];
      running.tracker.end("available");
      return { ...result, modelId, entries };
    } catch (cause) {
      // Whoever waited for its turn when the manager was disposed was stopped by that, as those at work were.
      const wasStopped = wasOpen && isDisposed(this.#manager) && isModelManagerError(cause) &&
        cause.code === "USAGE_ERROR";
      const reason = wasStopped ? new ModelManagerError("CANCELLED", MANAGER_DISPOSED) : cause;
      const error = toDownloadError(modelId, reason);
      const isCancelled = isModelManagerError(error) && error.code === "CANCELLED";
      running.tracker.end(isCancelled ? "cancelled" : "error", toErrorData(error));
      throw error;
    } finally {
      this.#running.delete(modelId);
      this.#tell(running);
      for (const stream of running.watchers) stream.close();
    }
  }

  async #pull(
    modelId: string,
    { running, request, signal }: {
      readonly running: Running;
      readonly request: Omit<PullRequest, "references">;
      readonly signal: AbortSignal;
    },
  ): Promise<PullResult & Pick<DownloadedModel, "status">> {
    const run = this.#manager.pull({ ...request, references: [modelId] }, { signal });
    let next = await run.next();
    for (; !next.done; next = await run.next()) {
      running.tracker.handle(next.value);
      this.#tell(running);
    }
    const [result] = next.value;
    if (result === undefined) throw new TypeError("A pull of one reference has given no result");
    const { status, error } = result;
    if (error !== undefined) throw downloadErrorOf(modelId, error);
    return { ...result, status: status === "downloaded" ? "downloaded" : "present" };
  }

  /** What the registry has of what was pulled. */
  async #entries({ repo, paths }: PullResult): Promise<ModelEntry[]> {
    const pulled = new Set(paths);
    const { modelsDir } = await this.#manager.space();
    const registry = new ModelRegistry({ modelsDir });
    await registry.load();
    return registry.listModels().filter(({ path: folder, metadata }) =>
      metadata.repo === repo &&
      metadata.files.some(({ path }) => pulled.has(join(modelsDir, ...folder.split("/"), ...path.split("/"))))
    );
  }

  #tell(running: Running): void {
    const { progress } = running.tracker;
    for (const stream of running.watchers) stream.push(progress);
    for (const listener of [running.onProgress, this.#onProgress]) {
      try {
        listener?.(progress);
      } catch {
        // The download is nobody's to fail but its own.
      }
    }
  }
}
