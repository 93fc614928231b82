/**
 * What is said of downloads, on the screen and aloud: pure.
 *
 * @module
 */
import { formatByteRate, formatByteSize } from "../../../core/base/byte_size.ts";
import { formatDuration } from "../../../core/base/duration.ts";
import { formatLocalTime } from "../../../core/base/local_time.ts";
import { nextRateChangeMs, rateLimitAt } from "../../../core/base/rate_timetable.ts";
import { formatDateAge } from "../../output/humanize.ts";
import { commonPhase, fileStatus } from "../../output/progress_frame.ts";
import { remainingMs, windowSpeed } from "../../../core/base/speed_window.ts";
import type { Frame } from "../screen.ts";
import { type DownloadRow, endedAtMs, progressOf } from "./download_rows.ts";
import type { DownloadsState } from "./downloads_state.ts";
import { isOpen } from "./job_list.ts";

/** What to do where there is nothing to see. */
export const NOTHING_HERE: readonly string[] = [
  "Nothing is being downloaded.",
  "Press S to search the Hub, or type: mm pull org/name:Q4_K_M",
];

/** The times that words are made with. */
export type Times = Pick<Frame, "nowMs" | "monotonicMs">;

/** How a download stands. */
export interface Standing {
  /** One word or two; empty while bytes come. */
  readonly word: string;
  /** Bytes a second, while bytes come. */
  readonly bytesPerSecond: number | undefined;
  /** Milliseconds that are left, as far as that can be told. */
  readonly restMs: number | undefined;
  readonly receivedBytes: number;
  /** 0 before it is known. */
  readonly totalBytes: number;
}

function standingWord(row: DownloadRow, { monotonicMs }: Times): string {
  const progress = progressOf(row)?.progress;
  if (progress === undefined) return row.kind === "job" ? "starting" : "at work";
  if (progress.waiting !== undefined) return "waiting";
  if (progress.totalFiles === 0) return "asking";
  const common = commonPhase(progress);
  if (common !== undefined) return common;
  const statuses = [...progress.active.values()].map((file) => fileStatus(file, monotonicMs));
  // As long as one file moves, the whole does.
  if (statuses.includes(undefined)) return "";
  return statuses.find((status) => status?.startsWith("retry")) ?? statuses[0] ?? "";
}

const WORDS = {
  pending: "waiting",
  paused: "paused",
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
} as const;

/** How a download stands just now. */
export function standingOf(row: DownloadRow, times: Times): Standing {
  const progress = progressOf(row)?.progress;
  const job = row.kind === "job" ? row.job : undefined;
  const receivedBytes = progress?.receivedBytes ?? job?.bytesReceived ?? 0;
  const totalBytes = (progress?.totalBytes || job?.bytesTotal) ?? 0;
  const base = { receivedBytes, totalBytes, bytesPerSecond: undefined, restMs: undefined };
  if (job !== undefined && job.status !== "downloading") return { ...base, word: WORDS[job.status] };
  if (row.kind === "activity" && row.activity.ended !== undefined) {
    return { ...base, word: row.activity.ended.error === undefined ? "completed" : "failed" };
  }
  const word = standingWord(row, times);
  if (word !== "" || progress === undefined) return { ...base, word };
  const bytesPerSecond = windowSpeed(progress.window, times.monotonicMs);
  return { ...base, word, bytesPerSecond, restMs: remainingMs(totalBytes - receivedBytes, bytesPerSecond) };
}

/** Who works the queue, as a sentence, and whether something has to be done about it. */
export function workerText({ worker, jobs, isLoading = false }: DownloadsState): {
  readonly text: string;
  readonly short: string;
  readonly isProblem: boolean;
} {
  if (isLoading) return { text: "Looking at the queue…", short: "looking…", isProblem: false };
  switch (worker.kind) {
    case "here":
      return { text: "This program works the queue", short: "working here", isProblem: false };
    case "other": {
      const who = `${worker.isDaemon ? "daemon" : "process"} ${worker.pid}`;
      if (worker.isSilent === true) {
        return {
          text: `The ${who} holds the queue, but does not answer`,
          short: `${who} is silent`,
          isProblem: true,
        };
      }
      const text = worker.isDaemon
        ? `The daemon (process ${worker.pid}) works the queue`
        : `Process ${worker.pid} works the queue`;
      return { text, short: `${who} works`, isProblem: false };
    }
    case "nobody": {
      const isProblem = jobs.some(isOpen);
      const text = isProblem
        ? "Nobody works the queue: press W to start"
        : "Nobody works the queue, nothing waits";
      return { text, short: isProblem ? "nobody works: W starts" : "nothing waits", isProblem };
    }
  }
}

/** The limit that this process keeps to, in words. */
export function rateText({ rateLimit }: Pick<DownloadsState, "rateLimit">, nowMs: number): string {
  if (rateLimit === undefined) return "no limit";
  const rate = rateLimitAt(rateLimit, nowMs);
  const text = rate === undefined ? "no limit" : `limit ${formatByteRate(rate)}`;
  const nextMs = nextRateChangeMs(rateLimit, nowMs);
  return nextMs === undefined ? text : `${text} until ${formatLocalTime(nextMs).slice(-5)}`;
}

/** When what is finished ended: `3 hours ago`. */
export function endedText(row: DownloadRow, nowMs: number): string {
  const atMs = endedAtMs(row);
  return atMs === 0 ? "" : formatDateAge(new Date(atMs).toISOString(), nowMs);
}

/** How long a job has been at work, or took; `undefined` when that is not known. */
export function elapsedMsOf(row: DownloadRow, nowMs: number): number | undefined {
  const startMs = row.kind === "activity" ? row.activity.startedAtMs : Date.parse(row.job.startedAt ?? "");
  if (Number.isNaN(startMs)) return undefined;
  if (row.kind === "job" && (row.job.status === "pending" || row.job.status === "paused")) return undefined;
  return Math.max(0, (endedAtMs(row) || nowMs) - startMs);
}

/** `elapsed 2:05`, or `took 2:05` of what is finished; empty when it is not known. */
export function elapsedText(row: DownloadRow, nowMs: number): string {
  const ms = elapsedMsOf(row, nowMs);
  return ms === undefined ? "" : `${endedAtMs(row) === 0 ? "elapsed" : "took"} ${formatDuration(ms)}`;
}

/** Why a download failed, in one line; `undefined` when it has not. */
export function failureOf(row: DownloadRow): string | undefined {
  return row.kind === "activity" ? row.activity.ended?.error : row.job.error?.message;
}

/** `840 MB of 2.00 GB`, as far as it is known. */
export function bytesText({ receivedBytes, totalBytes }: Standing): string {
  if (totalBytes === 0) return "";
  if (receivedBytes >= totalBytes) return formatByteSize(totalBytes);
  return `${formatByteSize(receivedBytes)} of ${formatByteSize(totalBytes)}`;
}
