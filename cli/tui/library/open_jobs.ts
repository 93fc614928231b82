/**
 * Jobs of the queue that are not finished, as lists of models show them: pure.
 *
 * @module
 */
import { type ModelReference, parseReference } from "../../../core/base/reference.ts";
import type { JobRecord } from "../../../core/operations/model_manager.ts";
import type { DownloadsState } from "../downloads/downloads_state.ts";

/** A job that is not finished, and how far it is. */
export interface OpenJob {
  readonly id: string;
  /** As it was typed. */
  readonly reference: string;
  /** The same, taken apart. */
  readonly target: ModelReference;
  readonly status: "downloading" | "pending" | "paused";
  readonly receivedBytes: number;
  /** 0 while it is not known. */
  readonly totalBytes: number;
}

/** Bytes that are here of a job, as of its latest event, and of all of it. */
export function jobBytes(
  { id, bytesReceived, bytesTotal }: Pick<JobRecord, "id" | "bytesReceived" | "bytesTotal">,
  { progress }: Pick<DownloadsState, "progress">,
): Pick<OpenJob, "receivedBytes" | "totalBytes"> {
  const known = progress.get(id)?.progress;
  // Until the plan is made, the progress knows of no files.
  return known === undefined || known.totalBytes === 0
    ? { receivedBytes: bytesReceived, totalBytes: bytesTotal }
    : { receivedBytes: known.receivedBytes, totalBytes: known.totalBytes };
}

/** What a job fetches; of what cannot be read, such as the address of another Hub, only the text is known. */
export function readTarget(reference: string): ModelReference {
  try {
    return parseReference(reference);
  } catch {
    return { repo: reference, revision: undefined, selector: undefined };
  }
}

/** Jobs that bring something into a library, in the queue's order. */
export function openJobs(downloads: DownloadsState, modelsDir: string | undefined): OpenJob[] {
  return downloads.jobs.flatMap((job): OpenJob[] => {
    const { id, reference, status, options: { to = "library" } } = job;
    if (status !== "downloading" && status !== "pending" && status !== "paused") return [];
    if (to !== "library" || (modelsDir !== undefined && job.modelsDir !== modelsDir)) return [];
    const { receivedBytes, totalBytes } = jobBytes(job, downloads);
    return [{ id, reference, target: readTarget(reference), status, receivedBytes, totalBytes }];
  });
}

function shown({ receivedBytes, totalBytes }: OpenJob): number {
  return totalBytes === 0 ? 0 : Math.floor((receivedBytes / totalBytes) * 100);
}

/** Whether lists that show whole per cents show the same of both. */
export function showSame(a: readonly OpenJob[], b: readonly OpenJob[]): boolean {
  return a.length === b.length && a.every((job, index) => {
    const other = b[index];
    return other !== undefined && job.id === other.id && job.status === other.status &&
      job.reference === other.reference && job.totalBytes === other.totalBytes && shown(job) === shown(other);
  });
}
