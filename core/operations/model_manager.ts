/**
 * What the program can do, as one interface: the CLI, the TUI, the daemon and library users all go through it.
 *
 * @module
 */
import type { Digest } from "../base/digest.ts";
import type { ErrorData } from "../base/errors.ts";
import type { DownloadEvent } from "../download/events.ts";
import type { Account, Gating, ModelSummary, SearchQuery } from "../hub/model.ts";
import type { VerifiedFile, VerifyEvent } from "../library/integrity.ts";
import type { LibraryModel, ListQuery } from "../library/model_entry.ts";
import type { History } from "../state/history_record.ts";

export type { History, LibraryModel, ListQuery, VerifiedFile, VerifyEvent };

/** How a call can be stopped. */
export interface CallOptions {
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
  readonly sizeBytes: number;
  readonly files: readonly {
    readonly path: string;
    readonly sizeBytes: number;
    readonly digest: Digest | undefined;
  }[];
  readonly local: LocalState;
  /** Whether it fits this machine's memory. */
  readonly fits: boolean;
  /** All shards are in the repository. */
  readonly complete: boolean;
}

/** A model's facts and its table of quants. */
export interface ModelDetails {
  readonly repo: string;
  /** The name that was asked for, when the repository has been renamed. */
  readonly renamedFrom: string | undefined;
  readonly revision: string;
  readonly commit: string;
  readonly author: string | undefined;
  readonly url: string;
  readonly downloads: number;
  readonly likes: number;
  readonly updatedAt: string | undefined;
  readonly createdAt: string | undefined;
  readonly gated: Gating;
  readonly private: boolean;
  readonly task: string | undefined;
  readonly library: string | undefined;
  readonly license: string | undefined;
  readonly baseModels: readonly string[];
  readonly tags: readonly string[];
  readonly parameters: number | undefined;
  readonly architecture: string | undefined;
  readonly contextLength: number | undefined;
  /** Smallest first. */
  readonly units: readonly UnitDetails[];
  /** `mmproj`, draft heads, importance matrices. */
  readonly companions: readonly {
    readonly path: string;
    readonly sizeBytes: number;
    readonly local: boolean;
  }[];
  /** All other files. */
  readonly otherFiles: readonly {
    readonly path: string;
    readonly sizeBytes: number;
    readonly local: boolean;
  }[];
  /** What `mm pull` takes when the reference names no selector. */
  readonly defaultQuant: string | undefined;
  /** Memory of this machine that `fits` was judged by. */
  readonly memoryBytes: number;
}

/** What to pull, and how. */
export interface PullRequest {
  readonly references: readonly string[];
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** For references that name none. */
  readonly revision?: string;
  /** `library` (the default), `hf-cache` or a directory. */
  readonly to?: string;
  /** Connections a job may use at once, 1 to 16. */
  readonly connections?: number;
  /** Bytes a second over everything. */
  readonly limitBytesPerSecond?: number;
  readonly withMmproj?: boolean;
  /** Plan only: nothing is written. */
  readonly dryRun?: boolean;
  /** Fetch again what is there, and overwrite a foreign file in the way. */
  readonly force?: boolean;
}

/** What became of one reference. */
export interface PullResult {
  readonly reference: string;
  readonly repo: string;
  readonly commit: string | undefined;
  readonly status: "downloaded" | "present" | "failed" | "planned";
  /** Absolute paths, of the units' first files first. */
  readonly paths: readonly string[];
  /** Bytes moved over the network for this reference. */
  readonly bytesFetched: number;
  /** Bytes kept from earlier runs. */
  readonly bytesResumed: number;
  readonly bytesTotal: number;
  readonly elapsedMs: number;
  readonly error?: ErrorData;
}

/** What `remove` did. */
export interface RemoveResult {
  readonly removed: readonly {
    readonly reference: string;
    readonly repo: string;
    readonly quant: string | undefined;
    readonly paths: readonly string[];
    readonly bytesFreed: number;
  }[];
  readonly bytesFreed: number;
}

/** Everything the program does with models. Methods throw `ModelManagerError`. */
export interface ModelManager extends AsyncDisposable {
  search(query: SearchQuery, options?: CallOptions): Promise<ModelSummary[]>;
  show(reference: string, options?: CallOptions & { readonly revision?: string }): Promise<ModelDetails>;
  /** Failures of single references are in the results; throws only for misuse and cancellation. */
  pull(request: PullRequest, options?: CallOptions): AsyncGenerator<DownloadEvent, PullResult[], undefined>;
  list(query?: ListQuery): Promise<LibraryModel[]>;
  /** What `remove` would delete, without deleting. */
  planRemove(references: readonly string[]): Promise<RemoveResult>;
  remove(references: readonly string[]): Promise<RemoveResult>;
  /** All models without a reference. */
  verify(
    references?: readonly string[],
    options?: CallOptions,
  ): AsyncGenerator<VerifyEvent, VerifiedFile[], undefined>;
  readonly history: History;
  /** Checks the token with the Hub, then stores it where the Hub's own tools look for it (mode 0600). */
  login(token: string, options?: CallOptions): Promise<Account>;
  /** @returns whether a token was stored. */
  logout(): Promise<boolean>;
  whoAmI(options?: CallOptions): Promise<Account>;
}
