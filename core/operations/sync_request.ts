/**
 * What a sync is asked for, and what it tells.
 *
 * @module
 */
import type { ManifestPriority } from "../library/manifest.ts";
import type { ManifestChoice, PrunedModel } from "./manifests.ts";
import type { CallOptions, PullRequest, PullResult } from "./model_manager.ts";

/** What to sync, and how. */
export interface SyncRequest
  extends ManifestChoice, Pick<PullRequest, "connections" | "limitBytesPerSecond" | "dryRun"> {
  /** Exactly what the lock says: by commit, each file proved against it. The manifest is not written to. @default {false} */
  readonly frozen?: boolean;
  /** Delete models that the manifest does not list, when everything else went well. @default {false} */
  readonly prune?: boolean;
  /** Models that are fetched at once, each with connections of its own. @default {1} */
  readonly maxConcurrent?: number;
  /** Ask the Hub about every model, whatever `check_frequency` says. @default {false} */
  readonly refresh?: boolean;
  /**
   * When nobody looks on: a manifest that is broken just now counts as it was when it was last read well, which is said.
   *
   * @default {false}
   */
  readonly keepGood?: boolean;
}

/** One model of the plan. */
export interface SyncPlanItem {
  /** As the manifest has it. */
  readonly reference: string;
  /** As the manifest says. */
  readonly priority: ManifestPriority;
  /** `present`: nothing is to be done. `failed`: its result says why. */
  readonly action: "fetch" | "resume" | "link" | "present" | "failed";
  /** Bytes still to be moved. */
  readonly fetchBytes: number;
  /** Of all its files. */
  readonly totalBytes: number;
}

/** What became of one model. */
export interface SyncResult extends PullResult {
  /** As the manifest says. */
  readonly priority: ManifestPriority;
  /** Why the Hub was not asked about it; left out when it was, or did not have to be. */
  readonly notAsked?: "pinned" | "checked";
}

/** What a sync did. */
export interface SyncReport {
  /** Absolute. */
  readonly manifest: string;
  /** Why the manifest could not be used as it is now, with `keepGood`; left out when it could. */
  readonly outdatedManifest?: string;
  /** Absolute path of the lock; `undefined` when there is none. */
  readonly lock: string | undefined;
  /** In the order in which models were fetched. */
  readonly plan: readonly SyncPlanItem[];
  /** In the same order. */
  readonly results: readonly SyncResult[];
  /** What was deleted, or would be. */
  readonly pruned: readonly PrunedModel[];
  /** Why nothing was pruned although it was asked for; left out when something could be. */
  readonly notPruned?: "failures";
  /** Enabled models of which the lock has another commit; empty without a lock. */
  readonly outdatedLock: readonly string[];
}

/** How a sync is stopped and followed. */
export interface SyncOptions extends CallOptions {
  /** Called once, when it is known what is to be done, before the first byte. */
  readonly onPlan?: (plan: readonly SyncPlanItem[]) => void;
  /** Waits until the bytes of one model may be fetched; disposed when they are. @default at once */
  readonly admit?: ((signal: AbortSignal) => Promise<Disposable>) | undefined;
}
