/**
 * What may become of a job: pure. The store takes care that each change is made once.
 *
 * @module
 */
import { type ErrorData, ModelManagerError } from "../base/errors.ts";
import { redactErrorData } from "../base/redact.ts";
import { isFinished, type JobOwner, type JobPriority, type JobRecord } from "../state/job_record.ts";

/** What people ask of a job. */
export type JobChange =
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "retry" }
  | { readonly type: "cancel" }
  | { readonly type: "priority"; readonly priority: JobPriority }
  | { readonly type: "move" };

/** What changes are made with. */
export interface ChangeContext {
  /** ISO 8601, UTC. */
  readonly now: string;
  /** The place that the job gets when it has to queue up anew. */
  readonly position: number;
}

/** Longer ones are cut: a record has to fit into one value. */
const MAX_ERROR_CHARACTERS = 2_000;
const MAX_ERROR_PARTS = 8;

type OfOneState = "startedAt" | "endedAt" | "error" | "owner" | "machine" | "installation";

/** The job without what only one state has. */
function plain(job: JobRecord): Omit<JobRecord, OfOneState> {
  const {
    startedAt: _,
    endedAt: __,
    error: ___,
    owner: ____,
    machine: _____,
    installation: ______,
    ...rest
  } = job;
  return rest;
}

/** Who has worked on it, where that is told. */
function doneBy({ machine, installation }: JobRecord): Pick<JobRecord, "machine" | "installation"> {
  return {
    ...(machine === undefined ? {} : { machine }),
    ...(installation === undefined ? {} : { installation }),
  };
}

function kept({ startedAt }: JobRecord): { readonly startedAt?: string } {
  return startedAt === undefined ? {} : { startedAt };
}

/** Back into the queue, at the end of its priority. */
function requeue(job: JobRecord, { now, position }: ChangeContext): JobRecord {
  return { ...plain(job), ...kept(job), status: "pending", waitingSince: now, position };
}

function refuse(job: JobRecord, what: string, hints: readonly string[]): ModelManagerError {
  const state = job.status === "cancelled" ? "was cancelled" : `has ${job.status} already`;
  return new ModelManagerError("USAGE_ERROR", `Cannot ${what} job "${job.id}": it ${state}`, { hints });
}

function whatNext(job: JobRecord): readonly string[] {
  return job.status === "completed"
    ? [`Fetch it again: mm pull --force "${job.reference}"`]
    : [`Try it again: mm queue retry ${job.id}`];
}

/**
 * The job after what somebody asked for; the same object when it is so already.
 *
 * @throws {ModelManagerError} `USAGE_ERROR` when the job is in no state for that.
 */
export function changeJob(job: JobRecord, change: JobChange, context: ChangeContext): JobRecord {
  const { status } = job;
  switch (change.type) {
    case "pause":
      if (status === "paused") return job;
      if (isFinished(status)) throw refuse(job, "pause", whatNext(job));
      return { ...plain(job), ...kept(job), status: "paused" };
    case "cancel":
      if (isFinished(status)) throw refuse(job, "cancel", ["See what there is to cancel: mm queue list"]);
      return { ...plain(job), ...kept(job), status: "cancelled", endedAt: context.now };
    case "retry":
    case "resume":
      return bringBack(job, change.type, context);
    case "priority":
      if (isFinished(status)) throw refuse(job, "change the priority of", whatNext(job));
      if (job.priority === change.priority) return job;
      return { ...job, priority: change.priority, position: context.position };
    case "move":
      if (isFinished(status)) throw refuse(job, "move", whatNext(job));
      return job.position === context.position ? job : { ...job, position: context.position };
  }
}

function bringBack(job: JobRecord, how: "resume" | "retry", context: ChangeContext): JobRecord {
  switch (job.status) {
    case "pending":
    case "downloading":
      return job;
    case "completed":
      throw refuse(job, how, whatNext(job));
    case "paused":
      // Its place is still its own; only the time in which nobody wanted it does not count.
      return { ...requeue(job, context), position: job.position };
    case "failed":
    case "cancelled":
      return requeue(job, context);
  }
}

/** What comes of working on a job. */
export type JobEnd =
  | { readonly type: "completed"; readonly bytesTotal: number }
  | { readonly type: "failed"; readonly error: ErrorData }
  /** Stopped before its end, to be gone on with: the queue was stopped, or something urgent came. */
  | { readonly type: "released" };

/** The job as it is taken to work on; `undefined` when it does not wait for that. */
export function takeJob(
  job: JobRecord,
  owner: JobOwner,
  now: string,
): JobRecord | undefined {
  if (job.status !== "pending") return undefined;
  const { host: machine, installation } = owner;
  return {
    ...plain(job),
    status: "downloading",
    startedAt: now,
    attempts: job.attempts + 1,
    ...(installation === undefined ? { owner } : { owner: { ...owner, seenAt: now }, machine, installation }),
  };
}

/** A job whose owner is dead waits again, in its old place. */
export function abandonJob(job: JobRecord): JobRecord {
  return { ...plain(job), ...kept(job), status: "pending" };
}

/**
 * The job after it was worked on; `undefined` when it is no longer its owner's: what people asked for meanwhile
 * counts.
 */
export function endJob(
  job: JobRecord,
  end: JobEnd,
  context: { readonly ownerId: string; readonly now: string },
): JobRecord | undefined {
  if (job.status !== "downloading" || job.owner?.id !== context.ownerId) return undefined;
  const base = abandonJob(job);
  switch (end.type) {
    case "completed":
      return {
        ...base,
        ...doneBy(job),
        status: "completed",
        endedAt: context.now,
        bytesReceived: end.bytesTotal,
        bytesTotal: end.bytesTotal,
      };
    case "failed":
      return {
        ...base,
        ...doneBy(job),
        status: "failed",
        endedAt: context.now,
        error: keptError(end.error),
      };
    case "released":
      // Its place and the time it has waited are still its own.
      return base;
  }
}

function cut(text: string): string {
  return text.length <= MAX_ERROR_CHARACTERS ? text : `${text.slice(0, MAX_ERROR_CHARACTERS)}…`;
}

/** As it is kept: short, and without secrets. */
function keptError(full: ErrorData): ErrorData {
  const error = redactErrorData(full);
  return {
    ...error,
    message: cut(error.message),
    hints: error.hints.slice(0, MAX_ERROR_PARTS).map(cut),
    causes: error.causes.slice(0, MAX_ERROR_PARTS).map(cut),
  };
}
