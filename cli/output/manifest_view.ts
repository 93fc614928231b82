/**
 * How the manifest, its changes and a sync are shown.
 *
 * @module
 */
import { formatByteSize } from "../../core/base/byte_size.ts";
import type {
  LockReport,
  ManifestChanges,
  PrunedModel,
  SyncPlanItem,
  SyncReport,
  SyncResult,
  WantedModel,
} from "../../core/operations/model_manager.ts";
import { describeErrorData } from "./error_view.ts";
import type { Column } from "./table.ts";
import type { Style, Theme } from "./theme.ts";

function statusStyle(status: string, theme: Theme): Style | undefined {
  if (["completed", "present", "downloaded"].includes(status)) return theme.good;
  return status === "failed" ? theme.error : undefined;
}

/** `mm models list`. */
export const WANTED_COLUMNS: readonly Column<WantedModel>[] = [
  { header: "MODEL", cell: ({ name }) => name, minimum: 24, cut: "middle" },
  {
    header: "STATUS",
    cell: ({ status, enabled }) => enabled ? status : `${status}, disabled`,
    style: ({ status }, theme) => statusStyle(status, theme),
  },
  { header: "PRIORITY", cell: ({ priority }) => priority, expendable: 2 },
  {
    header: "SIZE",
    cell: ({ sizeEstimateBytes: bytes }) => bytes === undefined ? "" : `~${formatByteSize(bytes)}`,
    align: "right",
    expendable: 4,
  },
  { header: "PIN", cell: ({ pinned }) => pinned ? "pinned" : "", expendable: 5 },
  { header: "TAGS", cell: ({ tags }) => tags.join(", "), minimum: 8, expendable: 3 },
  { header: "DESCRIPTION", cell: ({ description = "" }) => description, minimum: 12, expendable: 6 },
];

/** Columns that have nothing to show are left out. */
export function wantedColumns(models: readonly WantedModel[]): readonly Column<WantedModel>[] {
  return WANTED_COLUMNS.filter(({ cell, expendable }) =>
    expendable === undefined || models.some((model) => cell(model) !== "")
  );
}

/** What became of models in the manifest. */
export const CHANGE_COLUMNS: readonly Column<ManifestChanges["models"][number]>[] = [
  { header: "MODEL", cell: ({ name }) => name, minimum: 24, cut: "middle" },
  { header: "CHANGE", cell: ({ change }) => change },
];

/** `mm lock`. */
export const LOCKED_COLUMNS: readonly Column<LockReport["models"][number]>[] = [
  { header: "MODEL", cell: ({ name }) => name, minimum: 24, cut: "middle" },
  { header: "COMMIT", cell: ({ commit }) => commit.slice(0, 12) },
  { header: "FILES", cell: ({ files }) => String(files), align: "right" },
  { header: "SIZE", cell: ({ sizeBytes }) => formatByteSize(sizeBytes), align: "right" },
];

const ACTIONS: Readonly<Record<SyncPlanItem["action"], string>> = {
  fetch: "to fetch",
  resume: "to go on with",
  link: "on this machine",
  present: "present",
  failed: "cannot be planned",
};

/** What is to be done. */
export const PLAN_COLUMNS: readonly Column<SyncPlanItem>[] = [
  { header: "MODEL", cell: ({ reference }) => reference, minimum: 24, cut: "middle" },
  { header: "PRIORITY", cell: ({ priority }) => priority, expendable: 1 },
  {
    header: "SIZE",
    cell: ({ totalBytes, action }) => action === "failed" ? "" : formatByteSize(totalBytes),
    align: "right",
  },
  {
    header: "PLAN",
    cell: ({ action, fetchBytes, totalBytes }) =>
      fetchBytes > 0 && fetchBytes < totalBytes
        ? `${ACTIONS[action]}: ${formatByteSize(fetchBytes)}`
        : ACTIONS[action],
    style: ({ action }, theme) => statusStyle(action, theme),
  },
];

/** What was done. */
export const SYNC_COLUMNS: readonly Column<SyncResult>[] = [
  { header: "MODEL", cell: ({ reference }) => reference, minimum: 24, cut: "middle" },
  { header: "PRIORITY", cell: ({ priority }) => priority, expendable: 1 },
  {
    header: "SIZE",
    cell: ({ bytesTotal, status }) => status === "failed" ? "" : formatByteSize(bytesTotal),
    align: "right",
  },
  {
    header: "STATUS",
    cell: ({ status, notAsked }) =>
      notAsked === "pinned"
        ? "present, pinned"
        : notAsked === "checked"
        ? "present, checked not long ago"
        : status,
    style: ({ status }, theme) => statusStyle(status, theme),
  },
];

/** What goes. */
export const PRUNE_COLUMNS: readonly Column<PrunedModel>[] = [
  { header: "NO LONGER WANTED", cell: ({ reference }) => reference, minimum: 24, cut: "middle" },
  { header: "SIZE", cell: ({ bytesFreed }) => formatByteSize(bytesFreed), align: "right" },
];

/** `mm sync --json`. */
export function syncDocument(
  report: SyncReport,
  options: { readonly frozen: boolean; readonly dryRun: boolean },
): object {
  const { results, lock = null, ...rest } = report;
  return {
    results: results.map(({ error, ...result }) => ({
      ...result,
      ...(error === undefined ? {} : { error: describeErrorData(error) }),
    })),
    ...rest,
    lock,
    ...options,
  };
}
