/**
 * What a downloader is asked for, and what it gives.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { ModelEntry } from "../library/model_entry.ts";
import type { DownloadProgress } from "./download_progress.ts";
import type { ModelDownloadError } from "./model_download_error.ts";
import type { CallOptions, ModelManager, PullRequest, PullResult } from "./model_manager.ts";

/** What a downloader works with. */
export interface ModelDownloaderOptions {
  /** It does the work, and decides on library, Hub and settings. */
  readonly manager: ModelManager;
  /** Models that are downloaded at once, 1 to 64, each with connections of its own. @default {1} */
  readonly maxConcurrent?: number;
  /** Told of every change, of any model. What it throws is ignored. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Only for speeds. @default {systemClock} */
  readonly clock?: Clock;
}

/** How one model is downloaded. */
export interface DownloadModelOptions extends CallOptions, Omit<PullRequest, "references" | "dryRun"> {
  /** Told of every change of this model. What it throws is ignored. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** One of several models, when it is to be downloaded in its own way. */
export interface ModelToDownload extends Omit<DownloadModelOptions, "signal" | "onProgress"> {
  /** `org/name[@revision][:selector]`. */
  readonly modelId: string;
}

/** A model that is in place. */
export interface DownloadedModel extends PullResult {
  /** As it was asked for. */
  readonly modelId: string;
  /** Whether bytes had to be moved. */
  readonly status: "downloaded" | "present";
  /** What the registry has of it, one entry a unit; empty when it went somewhere else than into the library. */
  readonly entries: readonly ModelEntry[];
}

/** What became of one of several models. */
export interface ModelDownloadResult {
  /** As it was asked for. */
  readonly modelId: string;
  /** What became of it. */
  readonly status: "downloaded" | "present" | "failed" | "cancelled";
  /** `undefined` when it failed or was stopped. */
  readonly model: DownloadedModel | undefined;
  /** Why it failed or was stopped; `undefined` when it did not. */
  readonly error: ModelDownloadError | undefined;
}
