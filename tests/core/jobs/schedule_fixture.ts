/**
 * Schedules on a clock that stands still until it is moved, and work that takes as long as a test says.
 *
 * @module
 */
import { cancelledError } from "../../../core/base/errors.ts";
import { ScheduleBook } from "../../../core/jobs/schedule_book.ts";
import type { DefaultSchedule, NewSchedule } from "../../../core/jobs/schedule_book.ts";
import { type ScheduledWork, ScheduleRunner, type WorkResult } from "../../../core/jobs/schedule_runner.ts";
import { openStore } from "../../../core/platform/kv.ts";
import type { ScheduleRecord } from "../../../core/state/schedule_record.ts";
import { ScheduleStore } from "../../../core/state/schedules.ts";
import { settle, TestClock } from "../../support/test_clock.ts";

const HOUR_MS = 3_600_000;

/** Lets everything run until something is so; the store works in threads of its own. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn > 500_000) throw new Error("Waited in vain");
    await settle(1);
  }
}

/** A call of the work. */
export interface Work {
  /** Who does it. */
  readonly by: ScheduleRunner;
  readonly request: ScheduledWork;
  readonly startedMs: number;
  readonly signal: AbortSignal;
  /** Ends it. */
  readonly finish: (result?: Partial<WorkResult>) => void;
  readonly fail: (error: unknown) => void;
  /** Whether it is at work still. */
  readonly active: boolean;
}

/** Nothing failed, nothing was fetched. */
export const DONE: WorkResult = {
  counts: { downloaded: 1, present: 0, failed: 0, bytesFetched: 10 },
  failures: [],
};

/** Schedules, a clock, and the process that works them. */
export class ScheduleBox implements AsyncDisposable {
  readonly clock: TestClock;
  readonly store: ScheduleStore;
  readonly book: ScheduleBook;
  readonly kv: Deno.Kv;
  readonly notices: string[] = [];
  /** Every state of a schedule that the runner has told of. */
  readonly told: ScheduleRecord[] = [];
  readonly works: Work[] = [];
  runner: ScheduleRunner;
  /** Called when work begins; may end it. */
  onWork: (work: Work) => void = () => {};
  alone = true;
  standard: DefaultSchedule | undefined;
  #process = 0;
  readonly #close: () => Promise<void>;

  private constructor(
    kv: Deno.Kv,
    options: { readonly startMs: number; readonly close: () => Promise<void> },
  ) {
    this.kv = kv;
    this.#close = options.close;
    this.clock = new TestClock({ startMs: options.startMs });
    this.store = new ScheduleStore(kv, { clock: this.clock });
    this.book = new ScheduleBook(this.store, { clock: this.clock, standard: () => this.standard });
    this.runner = this.start();
  }

  static async open(start: string): Promise<ScheduleBox> {
    const opened = await openStore(":memory:");
    return new ScheduleBox(opened.kv, {
      startMs: Date.parse(start),
      close: () => Promise.resolve(opened[Symbol.asyncDispose]()),
    });
  }

  /** A process that works the schedules, in the place of the one before: that may have been killed. */
  start(
    options: { readonly host?: string; readonly installation?: string; readonly alone?: boolean } = {},
  ): ScheduleRunner {
    const { installation } = options;
    const number = ++this.#process;
    const runner: ScheduleRunner = new ScheduleRunner({
      book: this.book,
      clock: this.clock,
      owner: {
        id: `process ${number}`,
        pid: number,
        host: options.host ?? "here",
        ...(installation === undefined ? {} : { installation }),
      },
      alone: options.alone ?? this.alone,
      work: (request, { signal }) => this.#work(runner, request, signal),
      onNotice: (text) => this.notices.push(text),
      onEvent: (event) => {
        if (event.type === "schedule") this.told.push(event.schedule);
      },
    });
    return this.runner = runner;
  }

  #work(by: ScheduleRunner, request: ScheduledWork, signal: AbortSignal): Promise<WorkResult> {
    return new Promise<WorkResult>((resolve, reject) => {
      const work = {
        by,
        request,
        startedMs: this.clock.now(),
        signal,
        active: true,
        finish: (result: Partial<WorkResult> = {}) => {
          work.active = false;
          resolve({ ...DONE, ...result });
        },
        fail: (error: unknown) => {
          work.active = false;
          reject(error);
        },
      };
      signal.addEventListener("abort", () => work.fail(cancelledError(signal.reason)));
      this.works.push(work);
      this.onWork(work);
    });
  }

  async create(schedule: Partial<NewSchedule> & Pick<NewSchedule, "timing">): Promise<void> {
    await this.book.create({ name: "nightly", references: ["acme/one"], ...schedule });
  }

  /** The schedule as it is stored. */
  async read(name = "nightly"): Promise<ScheduleRecord> {
    const entry = await this.store.get(name);
    if (entry === undefined) throw new Error(`No schedule "${name}"`);
    return entry.schedule;
  }

  /** Waits until the runner has written down whatever has ended. */
  async quiet(): Promise<void> {
    const { runner } = this;
    const active = (): number => this.works.filter((work) => work.active && work.by === runner).length;
    await until(() => runner.running.length === active());
  }

  /** Looks, until nothing more comes of it. */
  async look(): Promise<number | undefined> {
    for (let turn = 0; turn < 20; turn++) {
      await this.quiet();
      const wakeMs = await this.runner.tick();
      await this.quiet();
      if (wakeMs === undefined || wakeMs > this.clock.now()) {
        const again = await this.runner.tick();
        if (again === wakeMs) return wakeMs;
      }
    }
    throw new Error("It does not come to rest");
  }

  /** Lets time pass until then, as a daemon that is awake. */
  async passUntil(time: string | number): Promise<void> {
    const endMs = typeof time === "number" ? time : Date.parse(time);
    while (true) {
      const wakeMs = await this.look();
      const nowMs = this.clock.now();
      if (nowMs >= endMs) return;
      const next = Math.min(endMs, wakeMs ?? Infinity, nowMs + 6 * HOUR_MS, nextSleepMs(this.clock));
      await this.clock.advance(Math.max(1, next - nowMs));
    }
  }

  /** Sleeps until then: nobody looks, and nothing moves. */
  sleepUntil(time: string): void {
    this.clock.jumpTo(Date.parse(time));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner.close();
    await this.#close();
  }
}

/** Work that sleeps on the clock ends in the middle of a step otherwise. */
function nextSleepMs(clock: TestClock): number {
  return clock.sleeping === 0 ? Infinity : clock.now() + 15 * 60_000;
}
