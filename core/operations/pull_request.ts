/**
 * What to pull, and what has become of it.
 *
 * @module
 */
import type { ErrorData } from "../base/errors.ts";
import type { ReuseMode } from "../config/settings.ts";
import type { CopyStore } from "../library/known_copies.ts";
import type { JobOptions } from "../state/job_record.ts";

export type { CopyStore, ReuseMode };

/** What to pull, and how. */
export interface PullRequest extends JobOptions {
  /** As a person types them: `org/name[@revision][:selector]`. */
  readonly references: readonly string[];
  /**
   * Bytes a second for this request, in place of the process's limit; `null` for none. Requests that run at the same
   * time share one bucket, and the lowest limit among them counts.
   *
   * @default the limit of the process: its settings, or what `setRateLimit` said
   */
  readonly limitBytesPerSecond?: number | null;
  /** Plan only: nothing is written. */
  readonly dryRun?: boolean;
  /** Fail with `LOCKED` where another process downloads one of the files, instead of waiting for it. */
  readonly noWait?: boolean;
  /**
   * What is done with files that are elsewhere on this machine. With `force`, everything is fetched.
   *
   * @default the setting `download.reuse`
   */
  readonly reuse?: ReuseMode;
}

/** A file that was not fetched, because its bytes were elsewhere on this machine. */
export interface ReusedFile {
  /** In the repository. */
  readonly path: string;
  /** Absolute: what has the same bytes. */
  readonly from: string;
  /** Whose file that is. */
  readonly store: CopyStore;
  /** `link`: one content with two names. `copy`: a file of its own. */
  readonly way: "link" | "copy";
  /** What the network was spared. */
  readonly sizeBytes: number;
}

/** What became of one reference. */
export interface PullResult {
  /** As it was typed. */
  readonly reference: string;
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** The commit it stands for. */
  readonly commit: string | undefined;
  /** What became of it. Of a plan, `planned`, or `present` where nothing is left to do. */
  readonly status: "downloaded" | "present" | "failed" | "planned";
  /** Absolute paths, of the units' first files first. */
  readonly paths: readonly string[];
  /** Bytes moved over the network for this reference. */
  readonly bytesFetched: number;
  /** Of a plan, what would come over the network. Left out of everything else. */
  readonly bytesToFetch?: number;
  /** Bytes kept from earlier runs. */
  readonly bytesResumed: number;
  /** Bytes that were elsewhere on this machine. Left out when there were none; of a plan, what would be. */
  readonly bytesReused?: number;
  /** The files that were elsewhere on this machine. Left out when there were none; of a plan, what would be. */
  readonly reused?: readonly ReusedFile[];
  /** Size of all files. */
  readonly bytesTotal: number;
  /** From the first question to the Hub to the last byte, without the time in which others were fetched. */
  readonly elapsedMs: number;
  /** Set when it failed. */
  readonly error?: ErrorData;
}
