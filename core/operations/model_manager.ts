/**
 * What the program can do, as one interface: the CLI, the TUI, the daemon and library users all go through it.
 *
 * @module
 */
import type { Digest } from "../base/digest.ts";
import type { ErrorData } from "../base/errors.ts";
import type { DownloadEvent } from "../download/events.ts";
import type { Account, Gating, ModelSummary, SearchQuery } from "../hub/model.ts";
import type { OverallProgress } from "../library/file_work.ts";
import type { VerifiedFile, VerifyEvent } from "../library/integrity.ts";
import type { LibraryModel, ListQuery } from "../library/model_entry.ts";
import type { ApiCacheInfo, CacheClearing, HubCache } from "./api_cache.ts";
import type {
  Check,
  CheckGroup,
  CheckStatus,
  ConfigurationFacts,
  DoctorReport,
  DoctorRequest,
  TerminalFacts,
} from "./doctor/doctor.ts";
import type {
  CleanedFile,
  CleanedModel,
  CleanupReason,
  CleanupRequest,
  CleanupResult,
  KeepReason,
  QuotaReport,
} from "./cleanup.ts";
import type { LockReport } from "./lock.ts";
import type {
  CheckFrequency,
  ManifestChanges,
  ManifestChoice,
  ManifestListing,
  ManifestModelChanges,
  ManifestPriority,
  ManifestQuery,
  Manifests,
  ManifestSettings,
  ManifestStatus,
  PrunedModel,
  WantedModel,
} from "./manifests.ts";
import type { PinnedModel } from "./pin.ts";
import type { AdoptedModel, ScanReport, VanishedModel } from "./scan.ts";
import type { History } from "../state/history_record.ts";
import type { Queue } from "./queue.ts";
import type { Schedules } from "./schedules.ts";
import type { SyncOptions, SyncPlanItem, SyncReport, SyncRequest, SyncResult } from "./sync_request.ts";
import type { UpdateRequest, UpdateResult } from "./update.ts";
import type { UpdateVerdict } from "../library/compare_upstream.ts";

export type { ApiCacheInfo, CacheClearing, HubCache };
export type {
  Check,
  CheckGroup,
  CheckStatus,
  ConfigurationFacts,
  DoctorReport,
  DoctorRequest,
  TerminalFacts,
};
export type {
  AdoptedModel,
  CleanedFile,
  CleanedModel,
  CleanupReason,
  CleanupRequest,
  CleanupResult,
  KeepReason,
  OverallProgress,
  PinnedModel,
  QuotaReport,
  ScanReport,
  VanishedModel,
};
export type {
  BackgroundRun,
  JobIds,
  JobOptions,
  JobOwner,
  JobPlace,
  JobPriority,
  JobRecord,
  JobResult,
  JobStatus,
  Queue,
  QueueAddRequest,
  QueueEvent,
  QueueRunOptions,
  QueueRunResult,
  SilentOwner,
} from "./queue.ts";
export type * from "./schedules.ts";
export type {
  CheckFrequency,
  LockReport,
  ManifestChanges,
  ManifestChoice,
  ManifestListing,
  ManifestModelChanges,
  ManifestPriority,
  ManifestQuery,
  Manifests,
  ManifestSettings,
  ManifestStatus,
  PrunedModel,
  SyncOptions,
  SyncPlanItem,
  SyncReport,
  SyncRequest,
  SyncResult,
  WantedModel,
};
export type { History, LibraryModel, ListQuery, VerifiedFile, VerifyEvent };

/** How a call can be stopped. */
export interface CallOptions {
  /** Aborting it stops the call with `CANCELLED`. */
  readonly signal?: AbortSignal;
}

/** How a unit stands on this machine: every file, some of it, or nothing. */
export type LocalState = "complete" | "partial" | "absent";

/** One row of the table of quants. */
export interface UnitDetails {
  /** The label, such as `Q4_K_M`; `undefined` for files that carry none. */
  readonly quant: string | undefined;
  /** Tells the unit from the others: the quant, else a name. Works as a selector. */
  readonly label: string;
  /** All files together. */
  readonly sizeBytes: number;
  /** In the order of their shards. */
  readonly files: readonly {
    readonly path: string;
    readonly sizeBytes: number;
    readonly digest: Digest | undefined;
  }[];
  /** What of it is on this machine. */
  readonly local: LocalState;
  /** How what is here of it stands against the Hub; `undefined` when nothing is, or it came from another revision. */
  readonly update: "up to date" | "update available" | "removed upstream" | "pinned" | undefined;
  /** Whether it fits this machine's memory; `undefined` when that is not known. */
  readonly fits: boolean | undefined;
  /** All shards are in the repository. */
  readonly complete: boolean;
  /** Why none of it can be pulled here: a name that no file may have; `undefined` when it can. */
  readonly refused: string | undefined;
}

/** A file that is of no unit. */
export interface FileDetails {
  /** As the Hub names it. */
  readonly path: string;
  /** Of the whole file. */
  readonly sizeBytes: number;
  /** `undefined` when the Hub masks it. */
  readonly digest: Digest | undefined;
  /** Whether it is on this machine; a single file is never `partial`. */
  readonly local: LocalState;
  /** Why it cannot be pulled here; `undefined` when it can. */
  readonly refused: string | undefined;
}

/** A model's facts and its table of quants. */
export interface ModelDetails {
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** The name that was asked for, when the repository has been renamed. */
  readonly renamedFrom: string | undefined;
  /** The revision that was asked for; `main` when none was. */
  readonly revision: string;
  /** The commit it stands for. */
  readonly commit: string;
  /** The namespace it is in. */
  readonly author: string | undefined;
  /** The page that a person visits. */
  readonly url: string;
  /** Downloads of the last 30 days. */
  readonly downloads: number;
  /** How many people like it. */
  readonly likes: number;
  /** ISO 8601, UTC. */
  readonly updatedAt: string | undefined;
  /** ISO 8601, UTC. */
  readonly createdAt: string | undefined;
  /** Whether access has to be asked for. */
  readonly gated: Gating;
  /** Only its owners see it. */
  readonly private: boolean;
  /** The Hub's task name, such as `text-generation`. */
  readonly task: string | undefined;
  /** What it is made for, such as `gguf`. */
  readonly library: string | undefined;
  /** Identifier of the licence, such as `mit`. */
  readonly license: string | undefined;
  /** What it was made from. */
  readonly baseModels: readonly string[];
  /** As the Hub lists them. */
  readonly tags: readonly string[];
  /** How many, when the Hub knows. */
  readonly parameters: number | undefined;
  /** Of a GGUF model, such as `llama`. */
  readonly architecture: string | undefined;
  /** In tokens. */
  readonly contextLength: number | undefined;
  /** Smallest first. */
  readonly units: readonly UnitDetails[];
  /** `mmproj`, draft heads, importance matrices. */
  readonly companions: readonly FileDetails[];
  /** All other files. */
  readonly otherFiles: readonly FileDetails[];
  /** What the reference's selector means; `undefined` when it names none. */
  readonly selection: { readonly selector: string; readonly paths: readonly string[] } | undefined;
  /** What `mm pull` takes when the reference names no selector. */
  readonly defaultQuant: string | undefined;
  /** Memory of this machine that `fits` was judged by. */
  readonly memoryBytes: number | undefined;
}

/** What to pull, and how. */
export interface PullRequest {
  /** As a person types them: `org/name[@revision][:selector]`. */
  readonly references: readonly string[];
  /** Patterns over the whole repository; what any of them matches is taken. */
  readonly include?: readonly string[];
  /** Patterns over the whole repository; what any of them matches is left out. */
  readonly exclude?: readonly string[];
  /** For references that name none. */
  readonly revision?: string;
  /** `library` (the default) or a directory. */
  readonly to?: string;
  /** Connections a job may use at once, 1 to 16. */
  readonly connections?: number;
  /**
   * Bytes a second for this request, in place of the process's limit; `null` for none. Requests that run at the same
   * time share one bucket, and the lowest limit among them counts.
   *
   * @default the limit of the process: its settings, or what `setRateLimit` said
   */
  readonly limitBytesPerSecond?: number | null;
  /** Take the projector that goes with the model, too. */
  readonly withMmproj?: boolean;
  /** Plan only: nothing is written. */
  readonly dryRun?: boolean;
  /** Fail with `LOCKED` where another process downloads one of the files, instead of waiting for it. */
  readonly noWait?: boolean;
  /** Fetch again what is there, and overwrite a foreign file in the way. */
  readonly force?: boolean;
}

/** What became of one reference. */
export interface PullResult {
  /** As it was typed. */
  readonly reference: string;
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** The commit it stands for. */
  readonly commit: string | undefined;
  /** What became of it. */
  readonly status: "downloaded" | "present" | "failed" | "planned";
  /** Absolute paths, of the units' first files first. */
  readonly paths: readonly string[];
  /** Bytes moved over the network for this reference. */
  readonly bytesFetched: number;
  /** Bytes kept from earlier runs. */
  readonly bytesResumed: number;
  /** Size of all files. */
  readonly bytesTotal: number;
  /** From the first question to the Hub to the last byte, without the time in which others were fetched. */
  readonly elapsedMs: number;
  /** Set when it failed. */
  readonly error?: ErrorData;
}

/** How files are verified. */
export interface VerifyOptions extends CallOptions {
  /** Fetch what is wrong or missing again, and make it right. @default {false} */
  readonly repair?: boolean;
}

export type { UpdateRequest, UpdateResult, UpdateVerdict };

/** What `remove` did. */
export interface RemoveResult {
  /** One entry a model. */
  readonly removed: readonly {
    readonly reference: string;
    readonly repo: string;
    /** `undefined` also when only some of its files were meant. */
    readonly quant: string | undefined;
    /** Whether only some of its files were meant. */
    readonly isPart: boolean;
    /** Absolute. */
    readonly paths: readonly string[];
    readonly bytesFreed: number;
    /** Whether it was pinned: a pin keeps it from the quota, not from a person. */
    readonly pinned: boolean;
  }[];
  /** What the disk got back. */
  readonly bytesFreed: number;
}

/** Everything the program does with models. Methods throw `ModelManagerError`. */
export interface ModelManager extends AsyncDisposable {
  /** Models on the Hub by words, best first. */
  search(query: SearchQuery, options?: CallOptions): Promise<ModelSummary[]>;
  /** A model's facts and its table of quants. */
  show(reference: string, options?: CallOptions & { readonly revision?: string }): Promise<ModelDetails>;
  /** Failures of single references are in the results; throws only for misuse and cancellation. */
  pull(request: PullRequest, options?: CallOptions): AsyncGenerator<DownloadEvent, PullResult[], undefined>;
  /**
   * Changes the rate limit of the process, in bytes a second, or lifts it with `undefined`. Transfers that run follow
   * it at once, also those that began with a limit of their own. A text is a timetable such as
   * `08:00,2M 12:00,10M 23:00,off`: its steps are followed, too, except by requests with a limit of their own.
   *
   * @throws {ModelManagerError} `USAGE_ERROR` when it is neither a finite number of at least 1 nor a timetable.
   */
  setRateLimit(limit: number | string | undefined): void;
  /** The models in the library. */
  list(query?: ListQuery): Promise<LibraryModel[]>;
  /**
   * Finds models that were put into the library by hand, hashes and registers them, and notices files that are gone.
   * Nothing but the registry is changed.
   */
  scan(options?: CallOptions): AsyncGenerator<VerifyEvent, ScanReport, undefined>;
  /**
   * Pins what the references mean, so that neither a quota nor an update takes it away, or takes the pin from it.
   *
   * @returns the models as they are then.
   * @throws {ModelManagerError} `NOT_FOUND` naming the first that is not in the library, or not complete.
   */
  setPinned(references: readonly string[], pinned: boolean): Promise<PinnedModel[]>;
  /** What `remove` would delete, without deleting. */
  planRemove(references: readonly string[]): Promise<RemoveResult>;
  /** Deletes models, or one quant of them; files that another model shares stay. */
  remove(references: readonly string[]): Promise<RemoveResult>;
  /** What `cleanup` would delete, without deleting. */
  planCleanup(request?: CleanupRequest): Promise<CleanupResult>;
  /**
   * Deletes what interrupted downloads and crashed processes have left, and, where the library may take only so much,
   * the models that were not used for longest; never what a running process uses, nor what is pinned.
   */
  cleanup(request?: CleanupRequest): Promise<CleanupResult>;
  /** All models without a reference. Failures of single repairs are in the results. */
  verify(
    references?: readonly string[],
    options?: VerifyOptions,
  ): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined>;
  /**
   * Compares models with the Hub by their contents, and fetches what has changed; with `check` it only tells. All
   * models without references. Failures of single models are in the results.
   */
  update(
    request?: UpdateRequest,
    options?: CallOptions,
  ): AsyncGenerator<DownloadEvent, UpdateResult[], undefined>;
  /**
   * Whether the library is to be checked for updates just now by the caller, as the settings say: at most once in the
   * time between two checks, whoever asks. Then `update` with `check` and without references is to be called.
   */
  claimUpdateCheck(): Promise<boolean>;
  /** The models that are wanted, in a file: `models.json`. */
  readonly manifest: Manifests;
  /**
   * Makes the library match the manifest, the most urgent models first; with `frozen`, exactly what its lock says.
   * Failures of single models are in the results; throws for misuse, a broken manifest or lock, and cancellation.
   */
  sync(
    request?: SyncRequest,
    options?: SyncOptions,
  ): AsyncGenerator<DownloadEvent, SyncReport, undefined>;
  /** Asks the Hub what every enabled model of the manifest is just now, and writes that into its lock. */
  lock(request?: ManifestChoice, options?: CallOptions): Promise<LockReport>;
  /** What was downloaded, and how it went. */
  readonly history: History;
  /** What is to be downloaded, in which order; it outlives the process. */
  readonly queue: Queue;
  /** When the daemon fetches by itself. */
  readonly schedules: Schedules;
  /** The Hub's replies that are kept for a while. */
  readonly cache: HubCache;
  /** Checks the token with the Hub, then stores it where the Hub's own tools look for it (mode 0600). */
  login(token: string, options?: CallOptions): Promise<Account>;
  /** @returns whether a token was stored. */
  /** Deletes the stored token. */
  logout(): Promise<boolean>;
  /** Whom the token belongs to. */
  whoAmI(options?: CallOptions): Promise<Account>;
  /** Looks at everything that the program depends on, changes nothing, and says what to do. */
  doctor(request?: DoctorRequest, options?: CallOptions): Promise<DoctorReport>;
}
