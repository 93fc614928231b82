/**
 * The JSON documents: a promise to scripts. Fields are added, never renamed; a value that is not known is `null`.
 *
 * @module
 */
import type { Digest } from "../../core/base/digest.ts";
import type { ErrorData } from "../../core/base/errors.ts";
import type { DownloadEvent } from "../../core/download/events.ts";
import type {
  CleanupResult,
  LibraryModel,
  ModelDetails,
  PinnedModel,
  PullResult,
  RemoveResult,
  ScanReport,
  VerifiedFile,
} from "../../core/operations/model_manager.ts";
import type { HistoryRecord } from "../../core/state/history_record.ts";
import { describeErrorData, errorDocument } from "./error_view.ts";

/** The digest under its algorithm's name; the other one is `null`. */
function digestFields(digest: Digest | undefined): { sha256: string | null; gitSha1: string | null } {
  return {
    sha256: digest?.algorithm === "sha256" ? digest.hex : null,
    gitSha1: digest?.algorithm === "git-sha1" ? digest.hex : null,
  };
}

/** The error of one part of a result. */
function errorField(error: ErrorData | undefined): object {
  return error === undefined ? {} : { error: describeErrorData(error) };
}

/** A file in the form that all documents give it: the digest flat, under its algorithm's name. */
function fileFields<File extends { readonly digest: Digest | undefined }>({ digest, ...file }: File): object {
  return { ...file, ...digestFields(digest) };
}

/** `mm show`. Wherever there is a `local`, it is one of the words `complete`, `partial` and `absent`. */
export function showDocument(model: ModelDetails): object {
  const { units, companions, otherFiles, ...facts } = model;
  return {
    ...facts,
    units: units.map(({ files, ...unit }) => ({ ...unit, files: files.map(fileFields) })),
    companions: companions.map(fileFields),
    otherFiles: otherFiles.map(fileFields),
  };
}

/** `mm list`; with what `--scan` has found. */
export function listDocument(models: readonly LibraryModel[], scan?: ScanReport): object {
  return {
    models: models.map(({ files, ...model }) => ({ ...model, files: files.map(fileFields) })),
    ...(scan === undefined ? {} : { scan: { ...scan, problems: scan.problems.map(problemFields) } }),
  };
}

function problemFields(problem: ErrorData): object {
  return errorDocument(describeErrorData(problem)).error;
}

/** `mm pull`, `mm update`. */
export function resultsDocument(results: readonly PullResult[]): { readonly results: readonly object[] } {
  return { results: results.map(({ error, ...result }) => ({ ...result, ...errorField(error) })) };
}

/** A line of `mm pull --events`. */
export function eventDocument(event: DownloadEvent): object {
  return "error" in event ? { ...event, ...errorField(event.error) } : event;
}

/** `mm remove`. */
export function removeDocument(result: RemoveResult, options: { readonly dryRun: boolean }): object {
  return { removed: result.removed, bytesFreed: result.bytesFreed, dryRun: options.dryRun };
}

/** `mm cleanup`. */
export function cleanupDocument(result: CleanupResult, options: { readonly dryRun: boolean }): object {
  return {
    removed: result.removed,
    models: result.models,
    bytesFreed: result.bytesFreed,
    dryRun: options.dryRun,
    quota: result.quota,
    inUse: result.inUse,
    problems: result.problems.map(problemFields),
  };
}

/** `mm models pin`, `mm models unpin`. */
export function pinDocument(models: readonly PinnedModel[]): object {
  return { models };
}

/** `mm verify`. */
export function verifyDocument(files: readonly VerifiedFile[]): object {
  return { files: files.map(({ error, ...file }) => ({ ...file, ...errorField(error) })) };
}

/** `mm history list`. */
export function historyDocument(records: readonly HistoryRecord[]): object {
  return { records };
}
