/**
 * What the program can do, as one interface: the CLI, the TUI, the daemon and library users all go through it.
 *
 * @module
 */
import type { DownloadEvent } from "../download/events.ts";
import type { Account, ModelSummary, SearchQuery } from "../hub/model.ts";
import type { VerifiedFile, VerifyEvent } from "../library/integrity.ts";
import type { LibraryModel, ListQuery } from "../library/model_entry.ts";
import type { History } from "../state/history_record.ts";
import type { HubCache } from "./api_cache.ts";
import type { CleanupRequest, CleanupResult } from "./cleanup.ts";
import type { DoctorReport, DoctorRequest } from "./doctor/doctor.ts";
import type { PermissionCommand } from "./permission_command.ts";
import type { HfCacheAccess } from "./hf_cache.ts";
import type { ImportReport, ImportRequest } from "./import/import_request.ts";
import type { LinkReport, LinkRequest } from "./link/link_request.ts";
import type { LockReport } from "./lock.ts";
import type { ManifestChoice, Manifests } from "./manifests.ts";
import type { ModelDetails } from "./model_details.ts";
import type { PinnedModel } from "./pin.ts";
import type { PullRequest, PullResult } from "./pull_request.ts";
import type { Queue } from "./queue.ts";
import type { ScanReport } from "./scan.ts";
import type { RunningServer, ServeOptions } from "./serve_request.ts";
import type { Schedules } from "./schedules.ts";
import type { LibrarySpace } from "./space.ts";
import type { SyncOptions, SyncReport, SyncRequest } from "./sync_request.ts";
import type { UpdateRequest, UpdateResult } from "./update.ts";

export type { JobIds, JobPlace, JobResult } from "../jobs/commands.ts";
export type { QueueEvent } from "../jobs/queue_events.ts";
export type { ScheduleChange, ScheduleInfo } from "../jobs/schedule_book.ts";
export type { RunningSchedule, ScheduleEvent } from "../jobs/schedule_runner.ts";
export type { TimingRequest } from "../jobs/schedule_timing.ts";
export type { UpdateVerdict } from "../library/compare_upstream.ts";
export type { OverallProgress } from "../library/file_work.ts";
export type { VerifiedFile, VerifyEvent } from "../library/integrity.ts";
export type { LibraryModel, ListQuery } from "../library/model_entry.ts";
export type { History } from "../state/history_record.ts";
export type { JobOptions, JobOwner, JobPriority, JobRecord, JobStatus } from "../state/job_record.ts";
export type {
  ScheduleCounts,
  ScheduleKind,
  ScheduleOwner,
  ScheduleRecord,
  ScheduleResult,
  ScheduleRun,
  ScheduleRunStatus,
  ScheduleTiming,
} from "../state/schedule_record.ts";
export type { ApiCacheInfo, CacheClearing, HubCache } from "./api_cache.ts";
export type { BackgroundRun } from "./background_run.ts";
export type {
  CleanedFile,
  CleanedModel,
  CleanupReason,
  CleanupRequest,
  CleanupResult,
  KeepReason,
  QuotaReport,
} from "./cleanup.ts";
export type {
  Check,
  CheckGroup,
  CheckStatus,
  ConfigurationFacts,
  DoctorReport,
  DoctorRequest,
  TerminalFacts,
} from "./doctor/doctor.ts";
export type {
  HfBlob,
  HfCache,
  HfCacheAccess,
  HfCacheFile,
  HfCacheRepo,
  HfCacheRevision,
  HfCacheWarning,
  HfCleanedItem,
  HfCleanupReason,
  HfCleanupRequest,
  HfCleanupResult,
  HfIncomplete,
  HfRepoKind,
  HfSharedBlob,
} from "./hf_cache.ts";
export type * from "./import/import_request.ts";
export type { LinkedFile, LinkedStatus, LinkReport, LinkRequest, LinkResult } from "./link/link_request.ts";
export type { LockReport } from "./lock.ts";
export type * from "./manifests.ts";
export type * from "./model_details.ts";
export type { PermissionSetName } from "../config/permission_sets.ts";
export type { PermissionCommand, WiderGrant } from "./permission_command.ts";
export type { PinnedModel } from "./pin.ts";
export type * from "./pull_request.ts";
export type { Queue, QueueAddRequest } from "./queue.ts";
export type { SilentOwner } from "./queue_reach.ts";
export type { QueueRunOptions, QueueRunResult } from "./queue_run.ts";
export type { AdoptedModel, ScanReport, VanishedModel } from "./scan.ts";
export type { ScheduleRequest, ScheduleRunOptions, Schedules } from "./schedules.ts";
export type * from "./serve_request.ts";
export type { LibrarySpace } from "./space.ts";
export type * from "./sync_request.ts";
export type { UpdateRequest, UpdateResult } from "./update.ts";

/** How a call can be stopped. */
export interface CallOptions {
  /** Aborting it stops the call with `CANCELLED`. */
  readonly signal?: AbortSignal;
}

/** How a search is read page by page. */
export interface SearchPagesOptions extends CallOptions {
  /** Models in a page, 1 to 500; the last one may have fewer. @default {20} */
  readonly pageSize?: number;
}

/** How a model is looked at. */
export interface ShowOptions extends CallOptions {
  /** Branch, tag or commit, when the reference names none. @default {the default branch} */
  readonly revision?: string;
  /** Ask for the page that comes with it, too. @default {false} */
  readonly readme?: boolean;
}

/** How files are verified. */
export interface VerifyOptions extends CallOptions {
  /** Fetch what is wrong or missing again, and make it right. @default {false} */
  readonly repair?: boolean;
}

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
    /** Of files whose bytes stay, because other programs have links to them. Left out when there are none. */
    readonly bytesElsewhere?: number;
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
  /**
   * The same, page by page, up to the query's limit, or to the end when it has none. The next page is asked for when it
   * is wanted; pages that were read a short time ago are not asked for again (`cache.duration`).
   */
  searchPages(
    query: SearchQuery,
    options?: SearchPagesOptions,
  ): AsyncGenerator<readonly ModelSummary[], void, undefined>;
  /** A model's facts and its table of quants. */
  show(reference: string, options?: ShowOptions): Promise<ModelDetails>;
  /** Failures of single references are in the results; throws only for misuse and cancellation. */
  pull(request: PullRequest, options?: CallOptions): AsyncGenerator<DownloadEvent, PullResult[], undefined>;
  /**
   * Changes the rate limit of the process, in bytes a second, or lifts it with `undefined`. Transfers that run follow
   * it at once, except requests with a limit of their own: they keep it. A text is a timetable such as
   * `08:00,2M 12:00,10M 23:00,off`: its steps are followed, too.
   *
   * @throws {ModelManagerError} `USAGE_ERROR` when it is neither a finite number of at least 1 nor a timetable.
   */
  setRateLimit(limit: number | string | undefined): void;
  /** The models in the library. */
  list(query?: ListQuery, options?: CallOptions): Promise<LibraryModel[]>;
  /** What the library takes, may take, and still could take: in milliseconds, without hashing. */
  space(options?: CallOptions): Promise<LibrarySpace>;
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
  setPinned(
    references: readonly string[],
    pinned: boolean,
    options?: CallOptions,
  ): Promise<PinnedModel[]>;
  /**
   * Finds model files of other programs, hashes them, asks the Hub where they are from, and links them into the
   * library; nothing of those programs is changed. Failures of single files are in the report.
   */
  importModels(
    request: ImportRequest,
    options?: CallOptions,
  ): AsyncGenerator<VerifyEvent, ImportReport, undefined>;
  /**
   * Links models of the library to where another program looks for them. Failures of single references are in the
   * report.
   *
   * @throws {ModelManagerError} `NOT_FOUND` when the program is not there.
   */
  link(request: LinkRequest, options?: CallOptions): Promise<LinkReport>;
  /** What `remove` would delete, without deleting. */
  planRemove(references: readonly string[], options?: CallOptions): Promise<RemoveResult>;
  /** Deletes models, or one quant of them; files that another model shares stay. What is aborted stops between models. */
  remove(references: readonly string[], options?: CallOptions): Promise<RemoveResult>;
  /** What `cleanup` would delete, without deleting. */
  planCleanup(request?: CleanupRequest, options?: CallOptions): Promise<CleanupResult>;
  /**
   * Deletes what interrupted downloads and crashed processes have left, and, where the library may take only so much,
   * the models that were not used for longest; never what a running process uses, nor what is pinned.
   */
  cleanup(request?: CleanupRequest, options?: CallOptions): Promise<CleanupResult>;
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
  /** The cache of the Hub's own tools: what other programs on this machine have of the Hub. */
  readonly hfCache: HfCacheAccess;
  /** The Hub's replies that are kept for a while. */
  readonly cache: HubCache;
  /** Checks the token with the Hub, then stores it where the Hub's own tools look for it (mode 0600). */
  login(token: string, options?: CallOptions): Promise<Account>;
  /**
   * Deletes the stored token.
   *
   * @returns whether one was stored.
   */
  logout(): Promise<boolean>;
  /** Whom the token belongs to. */
  whoAmI(options?: CallOptions): Promise<Account>;
  /**
   * Serves the library as a Hub, read-only: to this machine only unless an address is named.
   *
   * @throws {ModelManagerError} `USAGE_ERROR` when other machines could ask and nothing says who may, `FAILED` when the
   * port is taken.
   */
  serve(options?: ServeOptions): Promise<RunningServer>;
  /** Looks at everything that the program depends on, changes nothing, and says what to do. */
  doctor(request?: DoctorRequest, options?: CallOptions): Promise<DoctorReport>;
  /**
   * How to run the program with no more rights than one of its permission sets has, in this user's folders.
   *
   * @throws {ModelManagerError} `USAGE_ERROR` when there is no set of that name.
   */
  permissions(set: string): Promise<PermissionCommand>;
}
