/**
 * The downloads as the rows of one list: pure.
 *
 * @module
 */
import type { JobRecord } from "../../../core/operations/model_manager.ts";
import type { Activity, DownloadsState, JobProgress } from "./downloads_state.ts";

/** A job or an activity. */
export type DownloadRow =
  | {
    readonly kind: "job";
    readonly id: string;
    readonly job: JobRecord;
    /** Only while it is at work, and something has been heard of it. */
    readonly progress: JobProgress | undefined;
  }
  | { readonly kind: "activity"; readonly id: string; readonly activity: Activity };

/** The sections of the list, from above. */
export const SECTIONS = ["running", "waiting", "paused", "finished"] as const;

/** One of the sections. */
export type Section = typeof SECTIONS[number];

/** What a section is called. */
export const SECTION_TITLES: Readonly<Record<Section, string>> = {
  running: "Downloading",
  waiting: "Waiting",
  paused: "Paused",
  finished: "Finished",
};

const SECTION_OF: Readonly<Record<JobRecord["status"], Section>> = {
  downloading: "running",
  pending: "waiting",
  paused: "paused",
  completed: "finished",
  failed: "finished",
  cancelled: "finished",
};

/** The section that a row is in. */
export function sectionOf(row: DownloadRow): Section {
  if (row.kind === "job") return SECTION_OF[row.job.status];
  return row.activity.ended === undefined ? "running" : "finished";
}

/** What a row is about. */
export function titleOf(row: DownloadRow): string {
  return row.kind === "job" ? row.job.reference : row.activity.title;
}

/** When it ended, in milliseconds since 1970; 0 when that is not known. */
export function endedAtMs(row: DownloadRow): number {
  if (row.kind === "activity") return row.activity.ended?.atMs ?? 0;
  return Date.parse(row.job.endedAt ?? "") || 0;
}

/** How it goes; `undefined` when that is not known, or it is not at work. */
export function progressOf(row: DownloadRow): JobProgress | undefined {
  if (row.kind === "job") return row.progress;
  const { progress, speeds = [], retries = 0, ended } = row.activity;
  return progress === undefined || ended !== undefined ? undefined : { progress, speeds, retries };
}

/** All rows, section by section; a section has the order of the queue, what is finished the latest first. */
export function downloadRows({ jobs, progress, activities }: DownloadsState): readonly DownloadRow[] {
  const all: DownloadRow[] = [
    ...activities.map((activity) => ({ kind: "activity", id: activity.id, activity }) as const),
    ...jobs.map((job) => {
      const own = job.status === "downloading" ? progress.get(job.id) : undefined;
      return { kind: "job", id: job.id, job, progress: own } as const;
    }),
  ];
  return SECTIONS.flatMap((section) => {
    const rows = all.filter((row) => sectionOf(row) === section);
    return section === "finished" ? rows.toSorted((a, b) => endedAtMs(b) - endedAtMs(a)) : rows;
  });
}
