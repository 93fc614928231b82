/**
 * The queue on a screen and in documents.
 *
 * @module
 */
import { formatByteSize } from "../../core/base/byte_size.ts";
import type { JobRecord, JobResult } from "../../core/operations/model_manager.ts";
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

/** The table of `mm queue list`. */
export function jobColumns(nowMs: number): readonly Column<JobRecord>[] {
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
    { header: "ADDED", cell: ({ createdAt }) => formatDateAge(createdAt, nowMs), expendable: 4 },
    { header: "ERROR", cell: ({ error }) => error?.message ?? "", minimum: 12, expendable: 3 },
  ];
}

/** A job in a document; who works on it is nobody's business. */
export function jobDocument({ owner: _, error, ...job }: JobRecord): object {
  return { ...job, ...(error === undefined ? {} : { error: describeErrorData(error) }) };
}

/** `mm queue list`. */
export function queueDocument(jobs: readonly JobRecord[]): object {
  return { jobs: jobs.map(jobDocument) };
}

/** Every command that changes jobs. */
export function jobResultsDocument(results: readonly JobResult[]): object {
  return {
    results: results.map(({ job, error, ...result }) => ({
      ...result,
      job: job === undefined ? undefined : jobDocument(job),
      ...(error === undefined ? {} : { error: describeErrorData(error) }),
    })),
  };
}
