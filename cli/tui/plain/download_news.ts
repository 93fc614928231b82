/**
 * What is worth saying of downloads that go on beside everything else: pure.
 *
 * @module
 */
import type { JobRecord } from "../../../core/operations/model_manager.ts";
import { formatByteRate, formatByteSize } from "../../../core/base/byte_size.ts";
import { windowSpeed } from "../../../core/base/speed_window.ts";
import { printable } from "../../output/text_width.ts";
import type { DownloadsState } from "../downloads/downloads_state.ts";

/** A job as far as it was told. */
interface Told {
  readonly status: JobRecord["status"];
  /** Quarters that are done, from 0 to 4. */
  readonly quarter: number;
}

/** What was told so far, by job and by activity. */
export interface ToldDownloads {
  /** Nothing was known yet: what was there before is no news. */
  readonly isLoading: boolean;
  readonly jobs: ReadonlyMap<string, Told>;
  /** Those that have ended. */
  readonly activities: ReadonlyMap<string, boolean>;
}

function bytesOf(job: JobRecord, { progress }: DownloadsState): { received: number; total: number } {
  const known = progress.get(job.id)?.progress;
  return { received: known?.receivedBytes ?? job.bytesReceived, total: known?.totalBytes ?? job.bytesTotal };
}

function toldOf(job: JobRecord, downloads: DownloadsState): Told {
  const { received, total } = bytesOf(job, downloads);
  return { status: job.status, quarter: total > 0 ? Math.min(4, Math.floor(received / total * 4)) : 0 };
}

/** Everything as if it had been told. */
export function toldOfAll(downloads: DownloadsState): ToldDownloads {
  return {
    isLoading: downloads.isLoading === true,
    jobs: new Map(downloads.jobs.map((job) => [job.id, toldOf(job, downloads)])),
    activities: new Map(downloads.activities.map(({ id, ended }) => [id, ended !== undefined])),
  };
}

const ENDS: Readonly<Partial<Record<JobRecord["status"], string>>> = {
  paused: "Paused",
  completed: "Finished",
  cancelled: "Cancelled",
  pending: "Waits",
};

function jobNews(job: JobRecord, before: Told | undefined, now: Told, rest: string): string | undefined {
  const { reference, status, error } = job;
  if (status !== before?.status) {
    if (status === "downloading") return `Downloading ${reference}${rest}`;
    if (status === "failed") return `Failed: ${reference}: ${error?.message ?? "for an unknown reason"}`;
    return `${ENDS[status] ?? status}: ${reference}`;
  }
  const moved = status === "downloading" && now.quarter > before.quarter && now.quarter < 4;
  return moved ? `${reference}: ${now.quarter * 25} percent${rest}` : undefined;
}

/** What has happened since something was told last: a line each. */
export function downloadNews(
  downloads: DownloadsState,
  before: ToldDownloads,
  monotonicMs: number,
): string[] {
  if (before.isLoading) return [];
  const lines: string[] = [];
  for (const job of downloads.jobs) {
    const { total } = bytesOf(job, downloads);
    const progress = downloads.progress.get(job.id)?.progress;
    const speed = progress === undefined ? undefined : windowSpeed(progress.window, monotonicMs);
    const rest = [
      ...(total > 0 ? [formatByteSize(total)] : []),
      ...(speed === undefined || speed <= 0 ? [] : [formatByteRate(speed)]),
    ].map((fact) => `, ${fact}`).join("");
    const told = before.jobs.get(job.id);
    const news = jobNews(job, told, toldOf(job, downloads), rest);
    if (news !== undefined) lines.push(news);
  }
  for (const { id, title, ended } of downloads.activities) {
    const told = before.activities.get(id);
    if (ended === undefined && told === undefined) lines.push(`Began: ${title}`);
    if (ended === undefined || told === true) continue;
    lines.push(ended.error === undefined ? `Finished: ${title}` : `Failed: ${title}: ${ended.error}`);
  }
  return lines.map(printable);
}
