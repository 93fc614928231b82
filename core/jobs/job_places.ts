/**
 * Places for what a process fetches at once: the jobs of its queue, and what its schedules fetch.
 *
 * Both sides take turns when there is not room for both: a place that becomes free goes to the one that did not get the
 * last one. A schedule that may do more at once than the process, because somebody has said so, takes as many places as
 * it was given; the queue waits meanwhile. Nothing that runs is stopped for a place, and an urgent job does not wait for
 * a schedule.
 *
 * @module
 */
import { cancelledError } from "../base/errors.ts";
import { Notifier } from "../base/notifier.ts";
import type { JobLimit } from "./job_limit.ts";

interface Waiting {
  /** How many may be taken in all, for it to have one. */
  readonly most: () => number;
  readonly enter: () => void;
}

/** What the queue has at work, and what waits in it. */
export interface QueueLoad {
  readonly running: number;
  /** Waiting jobs that do not wait for what schedules fetch. */
  readonly urgent: number;
}

/** The places of one process. */
export class JobPlaces {
  readonly #limits: JobLimit;
  readonly #changes = new Notifier<void>();
  readonly #line: Waiting[] = [];
  /** What schedules fetch. */
  #scheduled = 0;
  #queued = 0;
  #queueWaits = false;
  /** A schedule had the last place. */
  #queueIsNext = false;

  constructor(limits: JobLimit) {
    this.#limits = limits;
    limits.onChange(() => this.#serve());
  }

  /** Calls `listener` after the queue may have more places, until disposed. */
  onChange(listener: () => void): Disposable {
    return this.#changes.subscribe(listener);
  }

  /** How many jobs the queue may have at work. */
  forQueue({ running, urgent }: QueueLoad): number {
    const { jobs } = this.#limits;
    const promised = this.#queueIsNext ? 0 : Math.min(1, this.#line.length);
    return Math.max(jobs - this.#scheduled - promised, Math.min(jobs, running + urgent));
  }

  /** The queue says how many it has at work, and whether it has more to do than it has places. */
  noteQueue(running: number, waits: boolean): void {
    if (running > this.#queued) this.#queueIsNext = false;
    this.#queued = running;
    this.#queueWaits = waits;
    this.#serve();
  }

  /**
   * Waits for a place for something that a schedule fetches; disposing gives it back.
   *
   * @param options.own How many the schedule may fetch at once, when it says so itself.
   * @throws {ModelManagerError} `CANCELLED`.
   */
  async enter(
    options: { readonly signal: AbortSignal; readonly own?: number | undefined },
  ): Promise<Disposable> {
    const { signal, own = 0 } = options;
    if (signal.aborted) throw cancelledError(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { most: () => Math.max(this.#limits.jobs, own), enter: resolve };
    const leave = (): void => {
      const index = this.#line.indexOf(waiting);
      if (index < 0) return;
      this.#line.splice(index, 1);
      reject(cancelledError(signal.reason));
      // What was promised to it can be the queue's.
      this.#changes.emit();
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#line.push(waiting);
    this.#serve();
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", leave);
    }
    return this.#place();
  }

  #place(): Disposable {
    let taken = true;
    return {
      [Symbol.dispose]: () => {
        if (!taken) return;
        taken = false;
        this.#scheduled--;
        this.#serve();
        this.#changes.emit();
      },
    };
  }

  #serve(): void {
    for (;;) {
      const taken = this.#queued + this.#scheduled;
      const isQueues = taken < this.#limits.jobs && this.#queueIsNext && this.#queueWaits;
      const next = isQueues ? undefined : this.#line.find(({ most }) => taken < most());
      if (next === undefined) return;
      this.#line.splice(this.#line.indexOf(next), 1);
      this.#scheduled++;
      this.#queueIsNext = true;
      next.enter();
    }
  }
}
