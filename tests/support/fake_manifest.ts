/**
 * A manifest that is a plain object: two models, no disk.
 *
 * @module
 */
import type { ModelManager, SyncReport, WantedModel } from "../../core/operations/model_manager.ts";

/** One that is here, and one that failed. */
export const WANTED: readonly WantedModel[] = [
  {
    name: "acme/llama-GGUF:Q4_K_M",
    repo: "acme/llama-GGUF",
    revision: undefined,
    selector: "Q4_K_M",
    enabled: true,
    status: "completed",
    description: "for chats",
    sizeEstimateBytes: 1_600_000_000,
    priority: "high",
    tags: ["chat", "small"],
    pinned: true,
    local: true,
    checkedAt: "2025-01-01T00:00:00.000Z",
  },
  {
    name: "acme/clip@v1",
    repo: "acme/clip",
    revision: "v1",
    selector: undefined,
    enabled: false,
    status: "failed",
    description: undefined,
    sizeEstimateBytes: undefined,
    priority: "medium",
    tags: [],
    pinned: false,
    local: false,
    checkedAt: undefined,
    error: { code: "NOT_FOUND", message: 'Repository "acme/clip" does not exist' },
  },
];

/** A sync that found everything in its place. */
export const SYNCED: SyncReport = {
  manifest: "/project/models.json",
  lock: undefined,
  plan: [{
    reference: "acme/llama-GGUF:Q4_K_M",
    priority: "high",
    action: "present",
    fetchBytes: 0,
    totalBytes: 1_600_000_000,
  }],
  results: [{
    reference: "acme/llama-GGUF:Q4_K_M",
    repo: "acme/llama-GGUF",
    commit: "0123456789abcdef0123456789abcdef01234567",
    status: "present",
    paths: ["/models/acme/llama-GGUF/llama-Q4_K_M.gguf"],
    bytesFetched: 0,
    bytesResumed: 0,
    bytesTotal: 1_600_000_000,
    elapsedMs: 12,
    priority: "high",
  }],
  pruned: [],
  outdatedLock: [],
};

/** The members that are about the manifest. */
export function fakeManifest(): Pick<ModelManager, "manifest" | "sync" | "lock"> {
  const manifest = "/project/models.json";
  const settings = {
    autoCleanup: undefined,
    cleanupAgeDays: undefined,
    maxTotalBytes: undefined,
    checkFrequency: undefined,
  };
  return {
    manifest: {
      list: () => Promise.resolve({ manifest, models: WANTED, settings, warnings: [] }),
      add: (names) =>
        Promise.resolve({
          manifest,
          created: true,
          models: names.map((name) => ({ name, change: "added" })),
        }),
      remove: (names) =>
        Promise.resolve({
          manifest,
          created: false,
          models: names.map((name) => ({ name, change: "removed" })),
        }),
      update: (names, _changes, choice) =>
        Promise.resolve({
          manifest,
          created: false,
          models: choice?.ifThere === true ? [] : names.map((name) => ({ name, change: "updated" as const })),
        }),
      planPrune: () => Promise.resolve([]),
      schema: () => Promise.resolve({ type: "object" }),
    },
    async *sync() {
      await Promise.resolve();
      yield* [];
      return SYNCED;
    },
    lock: () => Promise.resolve({ manifest, lock: "/project/models.lock.json", changed: true, models: [] }),
  };
}
