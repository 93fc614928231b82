/**
 * What this process downloads without the queue, such as updates.
 *
 * @module
 */
import type { Clock } from "../../../core/base/clock.ts";
import { isModelManagerError } from "../../../core/base/errors.ts";
import type { DownloadEvent } from "../../../core/download/events.ts";
import { reduceProgress, startProgress } from "../../output/progress_state.ts";
import type { TrackedRun } from "./downloads.ts";
import type { Activity } from "./downloads_state.ts";
import { sampleSpeed } from "./job_progress.ts";

/** Of what has ended, so many are kept. */
const MAX_ENDED = 20;

interface Running {
  readonly stop: () => void;
  readonly ended: Promise<void>;
}

/** What is made with the board of activities. */
export interface ActivitiesPorts {
  readonly clock: Clock;
  /** Aborted when the terminal UI ends. */
  readonly signal: AbortSignal;
  /** Told of each change. */
  readonly onChange: () => void;
}

/** What runs without the queue. */
export class Activities {
  readonly #ports: ActivitiesPorts;
  readonly #running = new Map<string, Running>();
  #list: readonly Activity[] = [];
  #lastId = 0;

  constructor(ports: ActivitiesPorts) {
    this.#ports = ports;
  }

  /** The oldest first; the same list until something changes. */
  get list(): readonly Activity[] {
    return this.#list;
  }

  /** Whether any runs. */
  get isRunning(): boolean {
    return this.#running.size > 0;
  }

  /** Runs one. @returns its result. */
  async track<Result>(title: string, run: TrackedRun<Result>): Promise<Result> {
    const { clock, signal } = this.#ports;
    const id = `activity-${++this.#lastId}`;
    const stop = new AbortController();
    const ended = Promise.withResolvers<void>();
    const events = typeof run === "function" ? run(AbortSignal.any([signal, stop.signal])) : run;
    this.#running.set(id, {
      ended: ended.promise,
      stop() {
        stop.abort();
        // Without a signal, it ends where it tells something next.
        if (typeof run !== "function") void events.return(undefined as Result).catch(() => {});
      },
    });
    this.#set([...this.#list, {
      id,
      title,
      startedAtMs: clock.now(),
      progress: undefined,
      ended: undefined,
    }]);
    try {
      for (;;) {
        const next = await events.next();
        if (next.done === true) {
          this.#end(id, stop.signal.aborted ? "stopped" : undefined);
          return next.value;
        }
        this.#move(id, next.value);
      }
    } catch (error) {
      this.#end(id, describeEnd(error));
      throw error;
    } finally {
      ended.resolve();
    }
  }

  /** Stops one. */
  stop(id: string): void {
    this.#running.get(id)?.stop();
  }

  /** Stops all, and waits until they have. */
  async stopAll(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { stop } of running) stop();
    await Promise.all(running.map(({ ended }) => ended));
  }

  /** Forgets what has ended. @returns how many there were */
  forgetEnded(): number {
    const kept = this.#list.filter(({ ended }) => ended === undefined);
    const count = this.#list.length - kept.length;
    if (count > 0) this.#set(kept);
    return count;
  }

  /** Adds the speeds of the last second. */
  sample(): void {
    if (!this.isRunning) return;
    const nowMs = this.#ports.clock.monotonic();
    this.#list = this.#list.map((activity) =>
      activity.ended !== undefined || activity.progress === undefined
        ? activity
        : { ...activity, speeds: sampleSpeed(activity.speeds ?? [], activity.progress, nowMs) }
    );
  }

  #move(id: string, event: DownloadEvent): void {
    const nowMs = this.#ports.clock.monotonic();
    this.#change(id, (activity) => ({
      ...activity,
      progress: reduceProgress(activity.progress ?? startProgress(nowMs), event, nowMs),
      ...(event.type === "retrying" ? { retries: (activity.retries ?? 0) + 1 } : {}),
    }));
  }

  #end(id: string, error: string | undefined): void {
    this.#running.delete(id);
    this.#change(id, (activity) => ({ ...activity, ended: { atMs: this.#ports.clock.now(), error } }));
    const ended = this.#list.filter((activity) => activity.ended !== undefined);
    const old = new Set(ended.slice(0, Math.max(0, ended.length - MAX_ENDED)));
    if (old.size > 0) this.#set(this.#list.filter((activity) => !old.has(activity)));
  }

  #change(id: string, change: (activity: Activity) => Activity): void {
    this.#set(this.#list.map((activity) => activity.id === id ? change(activity) : activity));
  }

  #set(list: readonly Activity[]): void {
    this.#list = list;
    this.#ports.onChange();
  }
}

function describeEnd(error: unknown): string {
  if (isModelManagerError(error) && error.code === "CANCELLED") return "stopped";
  return error instanceof Error ? error.message : String(error);
}
