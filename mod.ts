/**
 * Model Manager as a library: find, download, verify and file AI models from the Hugging Face Hub.
 *
 * Importing this module opens nothing and prints nothing. Run as a program (`deno run -A jsr:@model-manager/mm …`)
 * it is the command line.
 *
 * @example Download one quant and print where it is
 * ```ts no-eval
 * import { openModelManager } from "@model-manager/mm";
 *
 * await using models = await openModelManager({ modelsDir: "./models" });
 * const run = models.pull({ references: ["org/name-GGUF:Q4_K_M"] });
 * let next = await run.next();
 * for (; !next.done; next = await run.next()) {
 *   if (next.value.type === "progress") console.error(next.value.receivedBytes, next.value.totalBytes);
 * }
 * for (const result of next.value) console.log(result.status, result.paths);
 * ```
 *
 * @module
 */
import { createApp } from "./core/app.ts";
import type { Clock } from "./core/base/clock.ts";
import { ENVIRONMENT_VARIABLES, settingsWithoutFiles } from "./core/config/mod.ts";
import type { SpawnWorker } from "./core/download/worker_protocol.ts";
import type { Fetch } from "./core/http/fetch.ts";
import type { ModelManager } from "./core/operations/model_manager.ts";
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
  WorkerHandle,
  WorkerKind,
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
export type {
  History,
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
  /** Where the history and the cache are kept. @default {the user's state folder} */
  readonly stateDir?: string;
  /** Access token. @default {the one that the Hub's own tools use} */
  readonly token?: string;
  /** Ask nothing of the network. @default {false} */
  readonly offline?: boolean;
  /** Used for everything but the bytes of files, which workers fetch. @default {globalThis.fetch} */
  readonly fetch?: Fetch;
  /** Time and chance. @default {systemClock} */
  readonly clock?: Clock;
  /** Starts worker threads. @default {Web Workers} */
  readonly spawnWorker?: SpawnWorker;
  /** Variables to use in place of those of the process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with what a person should know although all is well. */
  readonly onNotice?: (message: string) => void;
}

/**
 * Opens the program as a library. It reads no configuration file, and opens nothing before a method needs it;
 * disposing it ends its threads and closes its store.
 *
 * @throws {ModelManagerError} `CONFIG_INVALID` when an option or a variable cannot be what it says.
 *
 * @example
 * ```ts no-eval
 * import { openModelManager } from "@model-manager/mm";
 *
 * await using models = await openModelManager({ modelsDir: "./models" });
 * for (const model of await models.list()) console.log(model.repo, model.quant, model.sizeBytes);
 * ```
 */
export function openModelManager(options: OpenModelManagerOptions = {}): Promise<ModelManager> {
  const { modelsDir, endpoint, stateDir, ...ports } = options;
  const machine = readEnvironment({ names: ENVIRONMENT_VARIABLES.map(({ name }) => name) });
  const environment = options.environment ?? machine.variables;
  const directories = resolveDirectories(environment, { os: machine.os });
  const { settings, origins } = settingsWithoutFiles({
    environment,
    home: directories.home,
    workingDirectory: ".",
    options: [
      ...(modelsDir === undefined
        ? []
        : [{ setting: "models_dir", name: "modelsDir", text: modelsDir } as const]),
      ...(endpoint === undefined ? [] : [{ setting: "endpoint", name: "endpoint", text: endpoint } as const]),
    ],
  });
  return Promise.resolve(createApp({
    spawnWorker,
    ...ports,
    settings,
    origins,
    environment,
    directories: stateDir === undefined ? directories : { ...directories, state: stateDir },
  }));
}

if (import.meta.main) {
  const { runAndExit } = await import("./main.ts");
  await runAndExit();
}
