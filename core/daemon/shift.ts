/**
 * The work of the daemon under one set of settings: when those change, one shift ends and the next begins.
 *
 * @module
 */
import { pid } from "node:process";
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../base/clock.ts";
import type { ModelManager } from "../operations/model_manager.ts";
import { housekeeping, type HousekeepingOptions } from "./housekeeping.ts";
import { JobLog } from "./job_log.ts";
import { jobsForNewToken } from "./mending.ts";
import type { ScheduleAtWork } from "./daemon_status.ts";
import { ScheduleActivity } from "./schedule_activity.ts";
import { ScheduleLog } from "./schedule_log.ts";
import type { Problems } from "./problems.ts";
import { type DaemonTask, keepRunning } from "./supervisor.ts";

/** What a shift is made of. */
export interface ShiftOptions {
  readonly manager: ModelManager;
  readonly clock: Clock;
  readonly problems: Problems;
  readonly wants: HousekeepingOptions["wants"];
  readonly onManifest: HousekeepingOptions["onManifest"];
  /** Jobs that failed for want of a token are tried again. @default {false} */
  readonly hasNewToken?: boolean;
}

const LOOK_MS = 50;
/** By then it is another process that works the queue, and nobody waits any more. */
const LOOK_LATER_MS = 5_000;

/** One shift. */
export class Shift {
  readonly #options: ShiftOptions;
  readonly #activity: ScheduleActivity;
  #ready = false;

  constructor(options: ShiftOptions) {
    this.#options = options;
    this.#activity = new ScheduleActivity(options.clock);
  }

  /** Whether this process works the queue. */
  get ready(): boolean {
    return this.#ready;
  }

  /** The program of this shift. */
  get manager(): ModelManager {
    return this.#options.manager;
  }

  /** The schedules that are being worked on, and what they fetch. */
  schedulesAtWork(): readonly ScheduleAtWork[] {
    return this.manager.schedules.running.map(({ name, run: { startedAt } }) => {
      const limitRate = this.#activity.limitRate(name);
      return {
        name,
        startedAt,
        ...(limitRate === undefined ? {} : { limitRate }),
        downloads: this.#activity.downloads(name),
      };
    });
  }

  /** Works until the signal is aborted; settles when everything has stopped. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { manager, clock, problems, wants, onManifest } = this.#options;
    const tasks: readonly DaemonTask[] = [
      { name: "queue", run: (stop) => this.#workQueue(stop) },
      { name: "schedules", run: (stop) => this.#workSchedules(stop) },
      housekeeping({ manager, clock, problems, wants, onManifest }),
    ];
    await Promise.all(tasks.map((task) => keepRunning(task, { clock, problems, signal })));
  }

  async #workQueue(signal: AbortSignal): Promise<void> {
    const { manager } = this.#options;
    const ended = new AbortController();
    const watching = this.#awaitReady(AbortSignal.any([signal, ended.signal]));
    const log = new JobLog();
    try {
      const run = manager.queue.run({ stay: true, signal });
      for (let next = await run.next(); next.done !== true; next = await run.next()) log.handle(next.value);
    } finally {
      ended.abort();
      await watching;
      this.#ready = false;
    }
  }

  async #workSchedules(signal: AbortSignal): Promise<void> {
    const log = new ScheduleLog();
    await this.#options.manager.schedules.run({
      signal,
      onEvent: (event) => {
        log.handle(event);
        this.#activity.handle(event);
      },
    });
  }

  /** Notices when this process has become the one that works the queue. */
  async #awaitReady(signal: AbortSignal): Promise<void> {
    const { manager, clock, hasNewToken = false } = this.#options;
    const startMs = clock.monotonic();
    let other: number | undefined;
    while (!signal.aborted) {
      const owner = await manager.queue.owner().catch(() => undefined);
      if (owner?.pid === pid) break;
      if (owner !== undefined && owner.pid !== other) {
        other = owner.pid;
        getLogger(["mm", "queue"]).info("Process {other} works the queue; its end is waited for", { other });
      }
      const lookMs = clock.monotonic() - startMs < LOOK_LATER_MS ? LOOK_MS : LOOK_LATER_MS;
      await clock.sleep(lookMs, { signal }).catch(() => {});
    }
    if (signal.aborted) return;
    this.#ready = true;
    this.#options.problems.works("queue");
    if (hasNewToken) await this.#retryForToken().catch(() => {});
  }

  async #retryForToken(): Promise<void> {
    const { queue } = this.#options.manager;
    const jobs = jobsForNewToken(await queue.list());
    if (jobs.length > 0) await queue.retry(jobs.map(({ id }) => id));
  }
}
