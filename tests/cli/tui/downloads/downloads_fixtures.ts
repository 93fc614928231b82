/**
 * Downloads of all kinds for tests.
 *
 * @module
 */
import type { DownloadEvent } from "../../../../core/download/events.ts";
import type { JobRecord, JobStatus } from "../../../../core/operations/model_manager.ts";
import type { Activity, DownloadsState, JobProgress } from "../../../../cli/tui/downloads/downloads_state.ts";
import { reduceJobProgress, startJobProgress } from "../../../../cli/tui/downloads/job_progress.ts";
import { JOBS } from "../../../support/fake_manager.ts";
import { NOW_MS } from "../../../support/tui_screens.ts";

const [FIRST] = JOBS as [JobRecord];

/** ISO 8601, so many seconds before the frames of tests are drawn. */
export function ago(seconds: number): string {
  return new Date(NOW_MS - seconds * 1000).toISOString();
}

/** A job; `name` is its id, and its model. */
export function job(name: string, status: JobStatus, change: Partial<JobRecord> = {}): JobRecord {
  const { startedAt: _, owner: __, ...base } = FIRST;
  return {
    ...base,
    id: name,
    reference: `acme/${name}:Q4_K_M`,
    status,
    priority: "normal",
    bytesReceived: 0,
    bytesTotal: 0,
    createdAt: ago(7200),
    waitingSince: ago(7200),
    ...change,
  };
}

/** The file of a model in five parts. */
export function part(number: number): string {
  return `model-0000${number}-of-00005.gguf`;
}

const PART_BYTES = 4_000_000_000;

/** A plan of five parts, of which nothing is there. */
export function plan(reference = "x", parts: readonly number[] = [1, 2, 3, 4, 5]): DownloadEvent {
  return {
    type: "planned",
    reference,
    repo: "acme/x",
    commit: "c",
    files: parts.map((number) => ({
      path: part(number),
      totalBytes: PART_BYTES,
      action: "fetch",
      resumedBytes: 0,
    })),
    fetchBytes: parts.length * PART_BYTES,
    totalBytes: parts.length * PART_BYTES,
    receivedBytes: 0,
    notices: [],
  };
}

/** A part begins. */
export function started(number: number, resumedBytes = 0): DownloadEvent {
  const file = part(number);
  return {
    type: "started",
    reference: "x",
    file,
    totalBytes: PART_BYTES,
    receivedBytes: resumedBytes,
    resumedBytes,
  };
}

/** A part goes on. */
export function moved(number: number, receivedBytes: number): DownloadEvent {
  const file = part(number);
  return { type: "progress", reference: "x", file, totalBytes: PART_BYTES, receivedBytes, connections: 4 };
}

/** A part is tried again. */
export function retrying(number: number, receivedBytes: number): DownloadEvent {
  const error = { code: "NETWORK_ERROR", message: "The connection broke", hints: [], causes: [] } as const;
  return {
    type: "retrying",
    reference: "x",
    file: part(number),
    totalBytes: PART_BYTES,
    receivedBytes,
    attempt: 2,
    delayMs: 5_000,
    error,
  };
}

/** What comes of events, each so many milliseconds after the beginning. */
export function progressAfter(
  events: readonly (readonly [atMs: number, event: DownloadEvent])[],
): JobProgress {
  return events.reduce(
    (before, [monotonicMs, event]) => reduceJobProgress(before, event, { monotonicMs }),
    startJobProgress({ monotonicMs: 0, elapsedMs: 40_000 }),
  );
}

/** The moment at which the frames of {@link BUSY} are drawn. */
export const MOMENT_MS = 7_600;

/** Two parts at work for eight seconds: one moves, one waits for its next try. */
export const MOVING: JobProgress = {
  ...progressAfter([
    [0, plan()],
    [0, started(1)],
    [0, started(2)],
    ...[1, 2, 3, 4, 5, 6, 7].flatMap((second) =>
      [
        [second * 1000, moved(1, second * 120_000_000)],
        [second * 1000, moved(2, second * 360_000_000)],
      ] as const
    ),
    [7_500, retrying(2, 2_520_000_000)],
  ]),
  speeds: Array.from({ length: 60 }, (_, second) => 250_000_000 * (1 + 0.8 * Math.sin(second / 5))),
};

const UPDATE: Activity = {
  id: "activity-1",
  title: "update acme/tiny",
  startedAtMs: NOW_MS - 30_000,
  progress: undefined,
  ended: undefined,
};

/** Something of everything. */
export const BUSY: DownloadsState = {
  jobs: [
    job("big", "downloading", {
      reference: "acme/Llama-3.2-3B-Instruct-GGUF:Q4_K_M",
      priority: "high",
      startedAt: ago(47),
      bytesTotal: 20_000_000_000,
    }),
    job("wide", "downloading", {
      reference: "日本語モデル/とても長い名前のモデル🎉-GGUF:Q8_0",
      startedAt: ago(4),
    }),
    job("waits", "pending"),
    job("rests", "paused", { priority: "low", bytesReceived: 840_000_000, bytesTotal: 2_000_000_000 }),
    job("none", "failed", {
      startedAt: ago(501),
      endedAt: ago(500),
      attempts: 3,
      error: {
        code: "NOT_FOUND",
        message: 'Repository "acme/none" does not exist',
        hints: ["Search for it: mm search none"],
        causes: [],
      },
    }),
    job("done", "completed", {
      startedAt: ago(3_700),
      endedAt: ago(3_600),
      bytesReceived: 2_000_000_000,
      bytesTotal: 2_000_000_000,
    }),
    job("gone", "cancelled", { startedAt: ago(90_000), endedAt: ago(86_400) }),
  ],
  progress: new Map([["big", MOVING]]),
  activities: [UPDATE],
  worker: { kind: "here" },
  rateLimit: 20_000_000,
};
