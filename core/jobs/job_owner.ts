/**
 * Whether the one that works on a job is still there, where machines share a store: pure.
 *
 * @module
 */
import { type Installation, isSameInstallation } from "../state/installation.ts";
import type { JobRecord } from "../state/job_record.ts";

/** How often a job says that somebody is at work on it. */
export const OWNER_SEEN_EVERY_MS = 10_000;
/** One that has been silent for so long is gone: much longer, because the clocks of machines differ. */
export const OWNER_LOST_MS = 120_000;
/** An earlier release says when it began, and nothing more. */
const SILENT_OWNER_LOST_MS = 86_400_000;

/** Who asks. */
export interface Asking {
  readonly self: Installation;
  /** Only this machine uses the store. */
  readonly alone: boolean;
  readonly nowMs: number;
}

/**
 * Whether nobody is at work on a job although it says so; only for who knows that no process of this installation
 * works the queue.
 */
export function isAbandoned({ status, owner, startedAt, waitingSince }: JobRecord, asking: Asking): boolean {
  if (status !== "downloading") return false;
  if (asking.alone || owner === undefined || isSameInstallation(owner, asking.self)) return true;
  const seen = Date.parse(owner.seenAt ?? "");
  const sinceMs = Number.isNaN(seen) ? Date.parse(startedAt ?? waitingSince) : seen;
  const limitMs = Number.isNaN(seen) ? SILENT_OWNER_LOST_MS : OWNER_LOST_MS;
  // A clock that is far ahead is wrong, too.
  return !(Math.abs(asking.nowMs - sinceMs) < limitMs);
}

/** The job, told again that its owner is at work, when it is time for that. */
export function seenJob(
  job: JobRecord,
  options: { readonly ownerId: string; readonly nowMs: number },
): JobRecord {
  const { owner } = job;
  if (owner?.installation === undefined || owner.id !== options.ownerId) return job;
  const sinceMs = Math.abs(options.nowMs - Date.parse(owner.seenAt ?? ""));
  if (sinceMs < OWNER_SEEN_EVERY_MS) return job;
  return { ...job, owner: { ...owner, seenAt: new Date(options.nowMs).toISOString() } };
}

/** The job as it is to be shown here. */
export function seenFrom(job: JobRecord, self: Installation): JobRecord {
  const { machine, installation } = job;
  if (machine === undefined) return job;
  return isSameInstallation({ host: machine, ...(installation === undefined ? {} : { installation }) }, self)
    ? job
    : { ...job, elsewhere: true };
}
