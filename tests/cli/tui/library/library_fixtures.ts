/**
 * A library as its screen has to show it: every state that a model can be in, and names that somebody meant badly.
 *
 * @module
 */
import { startProgress } from "../../../../cli/output/progress_state.ts";
import type { DownloadsState } from "../../../../cli/tui/downloads/downloads_state.ts";
import { NO_DOWNLOADS } from "../../../../cli/tui/downloads/downloads_state.ts";
import type { JobRecord, LibraryModel, LibrarySpace } from "../../../../mod.ts";
import { JOBS, LIBRARY } from "../../../support/fake_manager.ts";

const [LLAMA, CLIP] = LIBRARY as readonly [LibraryModel, LibraryModel];
const [JOB] = JOBS as readonly [JobRecord];
const GGUF = { modelType: "text-generation", status: "available", revision: "main" } as const;

/** A model of the library, with what is different from the first one of the fake manager. */
export function model(repo: string, change: Partial<LibraryModel> = {}): LibraryModel {
  return {
    ...LLAMA,
    ...GGUF,
    repo,
    path: `/models/${repo}`,
    downloadDate: "2026-05-01T12:00:00.000Z",
    ...change,
  };
}

/** One model for each state. */
export const MODELS: readonly LibraryModel[] = [
  model("acme/Llama-3.2-3B-Instruct-GGUF", { update: "up to date" }),
  model("acme/Llama-3.2-3B-Instruct-GGUF", {
    quant: "Q8_0",
    sizeBytes: 3_421_898_912,
    update: "update available",
  }),
  model("acme/gone-GGUF", { quant: "IQ2_XXS", sizeBytes: 812_000_000, update: "removed upstream" }),
  model("acme/kept-GGUF", {
    sizeBytes: 4_900_000_000,
    pinned: true,
    downloadDate: "2025-11-01T00:00:00.000Z",
  }),
  model("acme/half-GGUF", {
    quant: "F16",
    status: "downloading",
    sizeBytes: 80_000_000_000,
    receivedBytes: 34_400_000_000,
    update: undefined,
  }),
  { ...CLIP, update: undefined },
];

/** Names of other alphabets, of joy and of malice. */
export const HOSTILE: readonly LibraryModel[] = [
  model("日本語モデル/とても長い名前のモデル-GGUF", { quant: "Q4_K_M" }),
  model("emoji/👩‍👩‍👧‍👦-🚀-GGUF", { quant: "Q5_K_S" }),
  model("evil/\u001b[2J\u001b]0;owned\u0007-GGUF", { quant: "\u202eQ4\n_K" }),
  model(`long/${"x".repeat(300)}`, { quant: "Q6_K" }),
];

/** A library with a quota. */
export const SPACE_WITH_QUOTA: LibrarySpace = {
  modelsDir: "/home/ada/models",
  freeBytes: 45_000_000_000,
  usedBytes: 42_100_000_000,
  sharedBytes: 0,
  partialBytes: 34_400_000_000,
  quotaBytes: 100_000_000_000,
  reserveBytes: 1_073_741_824,
};

/** A job of the queue, with what is different from the first one of the fake manager. */
export function job(change: Partial<JobRecord> = {}): JobRecord {
  return { ...JOB, modelsDir: "/home/ada/models", ...change };
}

/** One that is being downloaded, one that waits. */
export const DOWNLOADS: DownloadsState = {
  ...NO_DOWNLOADS,
  jobs: [
    job({ id: "1", reference: "acme/half-GGUF:F16", bytesReceived: 0, bytesTotal: 80_000_000_000 }),
    job({ id: "2", reference: "acme/coming-GGUF", status: "pending", bytesReceived: 0, bytesTotal: 0 }),
  ],
  progress: new Map([["1", {
    progress: {
      ...startProgress(0),
      totalFiles: 1,
      totalBytes: 80_000_000_000,
      receivedBytes: 34_400_000_000,
      window: [{ atMs: 0, bytes: 0 }, { atMs: 2_000, bytes: 250_000_000 }],
    },
    speeds: [],
    retries: 0,
  }]]),
};
