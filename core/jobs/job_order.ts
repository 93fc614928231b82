/**
 * Jobs in order: whose turn it is, who is the same as whom, which are old.
 *
 * @module
 */
import { isFinished, type JobRecord } from "../state/job_record.ts";
import type { AddRequest } from "./commands.ts";
import { inTurn, type ScheduledJob } from "./scheduler.ts";

/** Finished jobs are kept so long… */
export const KEEP_FINISHED_MS = 30 * 86_400_000;
/** …and no more than so many of them. */
export const KEEP_FINISHED = 200;

/** The branch that is meant when none is named. */
const MAIN = "main";

/** The host that a job's bytes are asked of; where the endpoint cannot be read, itself. */
export function hostOf({ endpoint }: Pick<JobRecord, "endpoint">): string {
  return URL.canParse(endpoint) ? new URL(endpoint).host : endpoint;
}

/** A job as the scheduler wants it. */
export function toScheduled(job: JobRecord, state: ScheduledJob["state"]): ScheduledJob {
  return {
    id: job.id,
    priority: job.priority,
    position: job.position,
    waitingSinceMs: Date.parse(job.waitingSince),
    startedMs: job.startedAt === undefined ? undefined : Date.parse(job.startedAt),
    host: hostOf(job),
    state,
  };
}

/** What is to be fetched, and where to: jobs with the same key do the same. */
export function selectionKey(
  request: Pick<AddRequest, "reference" | "options" | "modelsDir" | "endpoint">,
): string {
  const { reference, options, modelsDir, endpoint } = request;
  const { to = "library" } = options;
  const [, repo = reference, named, rest = ""] = /^([^@:]*)(?:@([^:]*))?(.*)$/s.exec(reference) ?? [];
  // A revision in the reference counts before the option.
  const revision = named ?? options.revision ?? MAIN;
  return JSON.stringify([
    repo,
    revision,
    rest,
    [...options.include ?? []].sort(),
    [...options.exclude ?? []].sort(),
    to === "library" ? ["library", modelsDir] : [to],
    options.withMmproj ?? false,
    options.force ?? false,
    endpoint,
  ]);
}

/** As people look at them: at work, waiting in turn, paused, finished with the latest first. */
export function inDisplayOrder(jobs: readonly JobRecord[], nowMs: number): JobRecord[] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const of = (status: JobRecord["status"]): JobRecord[] => jobs.filter((job) => job.status === status);
  const byStart = (a: JobRecord, b: JobRecord): number =>
    (a.startedAt ?? "").localeCompare(b.startedAt ?? "");
  const byPosition = (a: JobRecord, b: JobRecord): number => a.position - b.position;
  const turns = inTurn(of("pending").map((job) => toScheduled(job, "waiting")), nowMs);
  return [
    ...of("downloading").sort(byStart),
    ...turns.flatMap(({ id }) => byId.get(id) ?? []),
    ...of("paused").sort(byPosition),
    ...finished(jobs),
  ];
}

/** Finished jobs, the latest first. */
function finished(jobs: readonly JobRecord[]): JobRecord[] {
  return jobs.filter(({ status }) => isFinished(status)).sort((a, b) =>
    (b.endedAt ?? "").localeCompare(a.endedAt ?? "")
  );
}

/** Finished jobs that need not be kept any longer. */
export function outdated(jobs: readonly JobRecord[], nowMs: number): JobRecord[] {
  return finished(jobs).filter(({ endedAt }, index) =>
    index >= KEEP_FINISHED || nowMs - Date.parse(endedAt ?? "") > KEEP_FINISHED_MS
  );
}
