/**
 * Which jobs to start and which to stop: pure.
 *
 * - Higher priority first, inside one the order of the queue.
 * - Ageing: for each {@link AGEING_MS} of waiting a job counts as one priority higher, so that nothing waits for ever.
 * - An urgent job never waits for a lower one: when no place is free, the least important of those at work makes room.
 *   It goes back into the queue with what it has fetched, and loses nothing but its turn. Nothing else is interrupted.
 *
 * @module
 */
import type { JobPriority } from "../state/job_record.ts";
import { rankOf } from "./priority.ts";

/** After so long, a job counts as one priority higher: twelve hours. */
export const AGEING_MS = 12 * 3_600_000;
/** Jobs of one host at once: each has connections of its own, and Hubs refuse clients with too many. */
export const MAX_PER_HOST = 4;

/** A job as the scheduler sees it. */
export interface ScheduledJob {
  readonly id: string;
  readonly priority: JobPriority;
  readonly position: number;
  /** In milliseconds since 1970. */
  readonly waitingSinceMs: number;
  /** Where its bytes come from. */
  readonly host: string;
  /** When it was taken to work on, in milliseconds since 1970: from then on it does not age. */
  readonly startedMs?: number | undefined;
  /** `stopping` is at work still, but has been told to stop. */
  readonly state: "waiting" | "running" | "stopping";
}

/** How much may be done at once. */
export interface SchedulerLimits {
  readonly maxConcurrent: number;
  readonly maxPerHost: number;
}

/** What is to be done now. */
export interface Schedule {
  /** In the order in which they are to be started. */
  readonly start: readonly string[];
  /** At work, and to go back into the queue. */
  readonly stop: readonly string[];
}

const TOP_RANK = rankOf("urgent");

/** The rank that counts: the priority's, and what waiting has added. A clock that was set back takes nothing away. */
export function effectiveRank(job: ScheduledJob, nowMs: number): number {
  const untilMs = job.state === "waiting" ? nowMs : job.startedMs ?? nowMs;
  const aged = Math.floor(Math.max(0, untilMs - job.waitingSinceMs) / AGEING_MS);
  return Math.min(TOP_RANK, rankOf(job.priority) + aged);
}

function byTurn(nowMs: number): (a: ScheduledJob, b: ScheduledJob) => number {
  return (a, b) =>
    effectiveRank(b, nowMs) - effectiveRank(a, nowMs) || a.position - b.position || (a.id < b.id ? -1 : 1);
}

/** Those that wait, the next one first. */
export function inTurn(jobs: readonly ScheduledJob[], nowMs: number): ScheduledJob[] {
  return jobs.filter(({ state }) => state === "waiting").sort(byTurn(nowMs));
}

/** Places that are taken, in all and by host. */
class Places {
  readonly #limits: SchedulerLimits;
  readonly #byHost = new Map<string, number>();
  #total = 0;

  constructor(limits: SchedulerLimits) {
    this.#limits = limits;
  }

  take({ host }: ScheduledJob): void {
    this.#total++;
    this.#byHost.set(host, (this.#byHost.get(host) ?? 0) + 1);
  }

  free({ host }: ScheduledJob): void {
    this.#total--;
    this.#byHost.set(host, (this.#byHost.get(host) ?? 0) - 1);
  }

  hasRoomFor({ host }: ScheduledJob): boolean {
    return this.#total < this.#limits.maxConcurrent &&
      (this.#byHost.get(host) ?? 0) < this.#limits.maxPerHost;
  }

  hostIsFull({ host }: ScheduledJob): boolean {
    return (this.#byHost.get(host) ?? 0) >= this.#limits.maxPerHost;
  }
}

/** Decides for one moment. What is stopping has its place until it has stopped. */
export function planSchedule(
  jobs: readonly ScheduledJob[],
  options: { readonly nowMs: number; readonly limits: SchedulerLimits },
): Schedule {
  const { nowMs, limits } = options;
  const now = new Places(limits);
  // How it will be when those that are stopping have stopped, and those that wait for their places have them.
  const soon = new Places(limits);
  for (const job of jobs) {
    if (job.state !== "waiting") now.take(job);
    if (job.state === "running") soon.take(job);
  }
  const start: string[] = [];
  const stop: string[] = [];
  const running = jobs.filter(({ state }) => state === "running");
  for (const job of inTurn(jobs, nowMs)) {
    if (!soon.hasRoomFor(job)) {
      const victim = job.priority === "urgent" ? findVictim(running, { job, nowMs, soon }) : undefined;
      if (victim === undefined) continue;
      running.splice(running.indexOf(victim), 1);
      stop.push(victim.id);
      soon.free(victim);
    }
    soon.take(job);
    // Otherwise it has a place that is becoming free, and is started then: nobody else may take that.
    if (!now.hasRoomFor(job)) continue;
    now.take(job);
    start.push(job.id);
  }
  return { start, stop };
}

/** The least important job whose place an urgent one could have. */
function findVictim(
  running: readonly ScheduledJob[],
  options: { readonly job: ScheduledJob; readonly nowMs: number; readonly soon: Places },
): ScheduledJob | undefined {
  const { job, nowMs, soon } = options;
  const lower = running.filter((other) =>
    effectiveRank(other, nowMs) < TOP_RANK && (!soon.hostIsFull(job) || other.host === job.host)
  );
  return lower.sort(byTurn(nowMs)).at(-1);
}
