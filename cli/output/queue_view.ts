/**
 * The queue on a screen and in documents.
 *
 * @module
 */
import { formatByteSize } from "../../core/base/byte_size.ts";
import type { BackgroundRun, JobRecord, JobResult } from "../../core/operations/model_manager.ts";
import { describeErrorData } from "./error_view.ts";
import { formatDateAge, formatPercent } from "./humanize.ts";
import type { Column } from "./table.ts";
import type { Style, Theme } from "./theme.ts";

const STATUS_STYLES: Readonly<Record<JobRecord["status"], (theme: Theme) => Style | undefined>> = {
  pending: () => undefined,
  downloading: (theme) => theme.accent,
  paused: (theme) => theme.warning,
  completed: (theme) => theme.good,
  failed: (theme) => theme.error,
  cancelled: (theme) => theme.dim,
};

function progress({ bytesReceived, bytesTotal, status }: JobRecord): string {
  if (bytesTotal === 0) return "";
  if (status === "completed") return formatByteSize(bytesTotal);
  return `${formatPercent(bytesReceived, bytesTotal)} of ${formatByteSize(bytesTotal)}`;
}

/** Which of the machines that share the store works on it, or ended it. */
function machineColumn(jobs: readonly JobRecord[]): readonly Column<JobRecord>[] {
  if (jobs.every(({ machine }) => machine === undefined)) return [];
  const cell = ({ machine, elsewhere }: JobRecord): string =>
    machine === undefined ? "" : elsewhere === true ? machine : "this one";
  return [{ header: "MACHINE", cell, minimum: 8, expendable: 5 }];
}

/** The table of `mm queue list`; where machines share the store, with the one that has taken each job. */
export function jobColumns(nowMs: number, jobs: readonly JobRecord[] = []): readonly Column<JobRecord>[] {
  return [
    { header: "ID", cell: ({ id }) => id },
    { header: "MODEL", cell: ({ reference }) => reference, minimum: 24, cut: "middle" },
    { header: "PRIORITY", cell: ({ priority }) => priority, expendable: 1 },
    {
      header: "STATUS",
      cell: ({ status }) => status,
      style: ({ status }, theme) => STATUS_STYLES[status](theme),
    },
    { header: "PROGRESS", cell: progress, align: "right", expendable: 2 },
    ...machineColumn(jobs),
    { header: "ADDED", cell: ({ createdAt }) => formatDateAge(createdAt, nowMs), expendable: 4 },
    { header: "ERROR", cell: ({ error }) => error?.message ?? "", minimum: 12, expendable: 3 },
  ];
}

/** A job in a document; who works on it is nobody's business. */
export function jobDocument({ owner: _, installation: __, error, ...job }: JobRecord): object {
  return { ...job, ...(error === undefined ? {} : { error: describeErrorData(error) }) };
}

/** Jobs: what `mm queue run` has done. */
export function queueDocument(jobs: readonly JobRecord[]): { readonly jobs: readonly object[] } {
  return { jobs: jobs.map(jobDocument) };
}

/** `mm queue list`. */
export function queueListDocument(
  jobs: readonly JobRecord[],
  work: { readonly owner: object | undefined; readonly background: BackgroundRun | undefined },
): object {
  return { ...queueDocument(jobs), owner: work.owner, background: work.background };
}

/** Every command that changes jobs. Where nothing could be done at all, the first reason stands for the whole. */
export function jobResultsDocument(results: readonly JobResult[]): object {
  const [first] = results;
  const error = results.every((result) => result.error !== undefined) ? first?.error : undefined;
  return {
    results: results.map(resultDocument),
    ...(error === undefined ? {} : { error: describeErrorData(error) }),
  };
}

function resultDocument({ job, error, ...result }: JobResult): object {
  return {
    ...result,
    job: job === undefined ? undefined : jobDocument(job),
    ...(error === undefined ? {} : { error: describeErrorData(error) }),
  };
}

/** `mm pull --background`: as every pull, and with the jobs. */
export function queuedPullsDocument(results: readonly JobResult[]): { readonly results: readonly object[] } {
  return {
    results: results.map((result) => {
      const reference = result.job?.reference ?? result.id;
      return {
        reference,
        repo: reference.replace(/[@:].*$/s, ""),
        commit: undefined,
        status: result.error === undefined ? "planned" : "failed",
        paths: [],
        bytesFetched: 0,
        bytesTotal: result.job?.bytesTotal ?? 0,
        elapsedMs: 0,
        ...resultDocument(result),
      };
    }),
  };
}
