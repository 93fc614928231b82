/**
 * What a sync is about to do.
 *
 * @module
 */
import { redactTyped } from "../base/redact.ts";
import type { DownloadEvent } from "../download/events.ts";
import type { ManifestModel } from "../library/manifest.ts";
import type { LocalPull } from "./pull_item.ts";
import type { SyncPlanItem, SyncResult } from "./sync_request.ts";

/** What is planned. */
export interface SyncPlanOptions {
  /** First the most urgent. */
  readonly models: readonly ManifestModel[];
  /** Those that are in place, and that the Hub is not asked about. */
  readonly settled: ReadonlyMap<ManifestModel, { readonly local: LocalPull }>;
  /** Called once, before the first byte is moved. */
  readonly onPlan: (plan: readonly SyncPlanItem[]) => void;
}

/** Gathers what is to be done, and tells it before the first byte is moved. */
export class SyncPlan {
  readonly #options: SyncPlanOptions;
  readonly #planned = new Map<string, DownloadEvent & { readonly type: "planned" }>();
  #announced = false;

  constructor(options: SyncPlanOptions) {
    this.#options = options;
  }

  /** Takes in what the pull says. */
  see(event: DownloadEvent): void {
    if (event.type === "planned") this.#planned.set(event.reference, event);
    else if (event.type !== "waiting") this.announce();
  }

  /** Whether it is known what the Hub, or the lock, says of a model. */
  has(reference: string): boolean {
    return this.#planned.has(reference);
  }

  /** Tells it, once. */
  announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    this.#options.onPlan(this.items([]));
  }

  /**
   * One item a model, in their order.
   *
   * @param results When it is over: what could not be planned has failed in any case.
   */
  items(results: readonly SyncResult[]): SyncPlanItem[] {
    const totals = new Map(results.map((result) => [result.reference, result.bytesTotal]));
    return this.#options.models.map((model) => {
      const reference = redactTyped(model.name);
      const { priority } = model;
      const local = this.#options.settled.get(model)?.local;
      const event = this.#planned.get(reference);
      if (event === undefined) {
        const totalBytes = local?.sizeBytes ?? totals.get(reference) ?? 0;
        const isHere = local !== undefined || totalBytes > 0;
        return { reference, priority, action: isHere ? "present" : "failed", fetchBytes: 0, totalBytes };
      }
      const { files, fetchBytes, totalBytes } = event;
      const missing = files.filter((file) => file.action !== "present");
      const action = missing.length === 0
        ? "present"
        : missing.every((file) => file.from !== undefined)
        ? "link"
        : missing.some((file) => file.action === "resume")
        ? "resume"
        : "fetch";
      return { reference, priority, action, fetchBytes, totalBytes };
    });
  }
}
