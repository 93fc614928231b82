/**
 * Model Manager as a library: find, download, verify and file AI models from the Hugging Face Hub.
 *
 * Importing this module opens nothing and prints nothing. Run as a program (`deno run -A jsr:@model-manager/mm …`)
 * it is the command line.
 *
 * @example Download one quant, from a Hub of our own instead of `https://huggingface.co`
 * ```ts
 * import assert from "node:assert/strict";
 * import { openModelManager, startDemo } from "@model-manager/mm";
 *
 * await using demo = await startDemo();
 * await using models = await openModelManager({ endpoint: demo.endpoint, modelsDir: demo.modelsDir });
 *
 * const run = models.pull({ references: ["demo/embed-mini-GGUF:Q4_K_M"] });
 * let next = await run.next();
 * for (; !next.done; next = await run.next()) {
 *   const { type, receivedBytes, totalBytes } = next.value;
 *   if (type === "progress") assert.ok(receivedBytes <= totalBytes);
 * }
 * for (const { status, paths } of next.value) assert.ok(status === "downloaded" && paths.length === 1);
 * ```
 *
 * @module
 */
import { resolve } from "node:path";
import { createApp } from "./core/app.ts";
import type { Clock } from "./core/base/clock.ts";
import { ModelManagerError } from "./core/base/errors.ts";
import {
  ENVIRONMENT_VARIABLES,
  findSetting,
  isOfflineEnvironment,
  type OptionSetting,
  settingNames,
  settingsWithoutFiles,
  suggest,
} from "./core/config/mod.ts";
import { fetchThrough } from "./core/download/fetch_worker.ts";
import type { SpawnWorker } from "./core/download/worker_protocol.ts";
import type { Fetch } from "./core/http/fetch.ts";
import type { ModelManager } from "./core/operations/model_manager.ts";
import { requirePackages } from "./core/operations/own_packages.ts";
import { superviseManager } from "./core/operations/supervised_manager.ts";
import { resolveDirectories } from "./core/platform/dirs.ts";
import { readEnvironment } from "./core/platform/environment.ts";
import { spawnWorker } from "./workers/spawn.ts";

export { type Clock, systemClock } from "./core/base/clock.ts";
export { type Digest, type DigestAlgorithm, formatDigest } from "./core/base/digest.ts";
export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorData,
  isModelManagerError,
  ModelManagerError,
  type ModelManagerErrorOptions,
} from "./core/base/errors.ts";
export {
  formatReference,
  type ModelReference,
  parseReference,
  type ReferenceOptions,
  webHosts,
} from "./core/base/reference.ts";
export { VERSION } from "./core/base/version.ts";
export type {
  DownloadEvent,
  EventBase,
  FileEvent,
  PlannedFile,
  ReferenceEvent,
} from "./core/download/events.ts";
export type {
  FromWorker,
  HashRequest,
  HashResult,
  SegmentReply,
  SegmentRequest,
  SegmentResult,
  SpawnWorker,
  ToWorker,
  TransferFailure,
  WorkerAccess,
  WorkerHandle,
  WorkerKind,
  WorkerSurroundings,
} from "./core/download/worker_protocol.ts";
export type { ByteRange } from "./core/base/byte_range.ts";
export type { Fetch } from "./core/http/fetch.ts";
export type { Account, Gating, ModelSummary, SearchQuery } from "./core/hub/model.ts";
export type {
  LibraryFile,
  LibraryModel,
  ListQuery,
  ModelEntry,
  ModelMetadata,
  ModelStatus,
  ModelType,
  RegisteredFile,
} from "./core/library/model_entry.ts";
export {
  type ModelFilter,
  ModelRegistry,
  ModelRegistryError,
  type ModelRegistryOptions,
  type NewModel,
  type RegistryModel,
} from "./core/library/model_registry.ts";
export type * from "./core/operations/model_manager.ts";
export type { DownloadProgress, DownloadStatus } from "./core/operations/download_progress.ts";
export {
  ModelDownloadError,
  type ModelDownloadErrorOptions,
} from "./core/operations/model_download_error.ts";
export {
  type DownloadedModel,
  type DownloadModelOptions,
  ModelDownloader,
  type ModelDownloaderOptions,
  type ModelDownloadResult,
  type ModelToDownload,
} from "./core/operations/model_downloader.ts";
export { type Demo, startDemo } from "./core/app.ts";
export { spawnWorker } from "./workers/spawn.ts";
export type {
  History,
  HistoryCall,
  HistoryCounts,
  HistoryDay,
  HistoryFilter,
  HistoryQuery,
  HistoryRecord,
  HistoryRepo,
  HistoryStatistics,
} from "./core/state/history_record.ts";

/** How a model manager is opened. What is left out comes from the environment, then from the defaults. */
export interface OpenModelManagerOptions {
  /** The library. @default {"~/models"} */
  readonly modelsDir?: string;
  /** Base URL of the Hub. @default {"https://huggingface.co"} */
  readonly endpoint?: string;
  /** Where history, queue, logs and the cache of the Hub's replies are kept. @default {the user's state folder} */
  readonly stateDir?: string;
  /** Where the manifest is when the working directory has none. @default {the user's configuration folder} */
  readonly configDir?: string;
  /** Any setting by its name, such as `{ "download.connections": 4, "download.limit_rate": "20M" }`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Access token. @default {the one that the Hub's own tools use} */
  readonly token?: string;
  /** Ask nothing of the network. @default {what `HF_HUB_OFFLINE` says} */
  readonly offline?: boolean;
  /**
   * Used for every request, and for the bytes of files, too. Those then come through the thread of the caller, because a
   * function cannot be handed to another one: right for tests and special networks, but slower. It has to heed
   * `redirect: "manual"` and the signal. With a
   * `spawnWorker`, too, the bytes are the workers' business: with {@link spawnWorker}, threads fetch them as ever.
   *
   * @default {globalThis.fetch; bytes are fetched by threads}
   */
  readonly fetch?: Fetch;
  /** Time and chance. Threads have their own. @default {systemClock} */
  readonly clock?: Clock;
  /** Starts the workers that fetch and hash. @default {Web Workers} */
  readonly spawnWorker?: SpawnWorker;
  /** Variables to use in place of those of the process; the proxies of `fetch` itself are always those of the process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with what a person should know although all is well. */
  readonly onNotice?: (message: string) => void;
}

/**
 * Opens the program as a library. It reads no configuration file, prints nothing, and opens nothing before a method
 * needs it. Several may be open at once, in one folder or in several: they share them as processes do.
 *
 * Disposing it stops what it is doing, waits until that has stopped, ends its threads and closes its store. Downloads
 * that were stopped go on where they were the next time. Calls made afterwards fail with `USAGE_ERROR`. Left open, it
 * keeps the process from ending for some two seconds after its last download.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID` when a variable cannot be what it says, or the source was imported by its
 * path from a project that does not know its packages; `USAGE_ERROR` for an option.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openModelManager, startDemo } from "@model-manager/mm";
 *
 * await using demo = await startDemo();
 * await using models = await openModelManager({ ...demo, settings: { "download.connections": 4 } });
 * assert.ok((await models.list()).length === 0);
 * const [found] = await models.search({ text: "embed" });
 * assert.ok(found?.repo === "demo/embed-mini-GGUF");
 * ```
 */
export async function openModelManager(options: OpenModelManagerOptions = {}): Promise<ModelManager> {
  await requirePackages();
  const { modelsDir, endpoint, stateDir, configDir, token, fetch, clock, onNotice } = options;
  const names = ENVIRONMENT_VARIABLES.filter(({ group }) => group !== "terminal").map(({ name }) => name);
  const machine = readEnvironment({ names });
  const environment = options.environment ?? machine.variables;
  const { offline = isOfflineEnvironment(environment) } = options;
  const given = [modelsDir, stateDir, configDir];
  const found = resolveDirectories(environment, {
    os: machine.os,
    // Who names every folder needs no home.
    home: given.every((each) => each !== undefined)
      ? environment["HOME"] ?? resolve(stateDir ?? "")
      : undefined,
    refused: options.environment === undefined ? machine.refused : [],
  });
  const { settings, origins } = settingsWithoutFiles({
    environment,
    home: found.home,
    workingDirectory: resolve(),
    options: settingTexts({
      ...options.settings,
      ...(modelsDir === undefined ? {} : { models_dir: modelsDir }),
      ...(endpoint === undefined ? {} : { endpoint }),
    }),
  });
  const state = stateDir === undefined ? {} : { state: resolve(stateDir), logs: resolve(stateDir, "logs") };
  return superviseManager(createApp({
    spawnWorker: options.spawnWorker ??
      (fetch === undefined ? spawnWorker : fetchThrough(fetch, spawnWorker)),
    settings,
    origins,
    environment,
    directories: { ...found, ...state, ...(configDir === undefined ? {} : { config: resolve(configDir) }) },
    ...(token === undefined ? {} : { token }),
    offline,
    ...(fetch === undefined ? {} : { fetch }),
    ...(clock === undefined ? {} : { clock }),
    ...(onNotice === undefined ? {} : { onNotice }),
  }));
}

/** As they would be typed. */
function settingTexts(settings: NonNullable<OpenModelManagerOptions["settings"]>): OptionSetting[] {
  const texts: OptionSetting[] = [];
  for (const [name, value] of Object.entries(settings)) {
    const setting = findSetting(name);
    if (setting === undefined) {
      const meant = suggest(name, settingNames());
      throw new ModelManagerError("USAGE_ERROR", `There is no setting "${name}"`, {
        hints: [meant === undefined ? "See the settings: mm config show" : `Did you mean "${meant}"?`],
      });
    }
    texts.push({ setting, name, text: String(value) });
  }
  return texts;
}

if (import.meta.main) {
  const { runAndExit } = await import("./main.ts");
  await runAndExit();
}
