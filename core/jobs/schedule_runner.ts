/**
 * The one that works schedules: begins their runs when they are due, and stops them at the ends of their windows.
 *
 * What the store says is what counts: whatever other processes create, change and remove is noticed at the next look.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { type ErrorData, ModelManagerError, toErrorData } from "../base/errors.ts";
import type { DownloadEvent } from "../download/events.ts";
import { isSameInstallation } from "../state/installation.ts";
import type { ScheduleCounts, ScheduleOwner, ScheduleRecord, ScheduleRun } from "../state/schedule_record.ts";
import type { ScheduleEntry } from "../state/schedules.ts";
import { damagedScheduleNotice, type ScheduleBook } from "./schedule_book.ts";
import { decideSchedule, isWithinRun, type ScheduleAction } from "./schedule_decision.ts";
import {
  beginRun,
  closeRun,
  finishWork,
  missRun,
  resetSchedule,
  takeRun,
  type WorkEnd,
} from "./schedule_transitions.ts";

/** What a run is to do. */
export type ScheduledWork = Pick<
  ScheduleRecord,
  "name" | "references" | "manifest" | "limitBytesPerSecond" | "maxConcurrent"
>;

/** What the work has come to. */
export interface WorkResult {
  readonly counts: ScheduleCounts;
  /** Why references failed; a run without any is complete. */
  readonly failures: readonly ErrorData[];
  /** What somebody should put right, although all went well. */
  readonly warning?: string;
}

/** Does the work of one run; rejects when it was stopped, or could not even begin. */
export type WorkOnSchedule = (
  work: ScheduledWork,
  call: { readonly signal: AbortSignal; readonly onEvent: (event: DownloadEvent) => void },
) => Promise<WorkResult>;

/** What happens in a runner. */
export type ScheduleEvent =
  /** A run began, went on, was paused, ended or was missed: the schedule as it is now. */
  | { readonly type: "schedule"; readonly schedule: ScheduleRecord }
  /** Something happens in the work of a run. */
  | { readonly type: "download"; readonly name: string; readonly event: DownloadEvent };

/** How schedules are worked. */
export interface ScheduleRunnerOptions {
  readonly book: ScheduleBook;
  readonly work: WorkOnSchedule;
  readonly clock: Clock;
  /** This start of the program. */
  readonly owner: Omit<ScheduleOwner, "seenAt">;
  /** Only this machine uses the store, and on it only one process works schedules. */
  readonly alone: boolean;
  readonly onEvent?: (event: ScheduleEvent) => void;
  /** Told what a person should know. */
  readonly onNotice?: (message: string) => void;
}

/** A run that is being worked on. */
export interface RunningSchedule {
  /** Of the schedule. */
  readonly name: string;
  /** As it was begun or taken up. */
  readonly run: ScheduleRun;
}

interface Working extends RunningSchedule {
  readonly stop: AbortController;
  done: Promise<void>;
}

/** How often the store and the clock are looked at: both change without a word. */
const LOOK_EVERY_MS = 10_000;
/** Where machines share a store, one that has not been heard of for so long is gone. */
const OWNER_LOST_MS = 5 * 60_000;
const SEEN_EVERY_MS = 60_000;
/** Before the end of a run is given up that cannot be written; it is then done again. */
const WRITE_ATTEMPTS = 20;
const WRITE_PAUSE_MS = 1_000;
/** Steps of one schedule in one look, such as to note a missed run and begin the next. */
const MAX_STEPS = 4;

/**
 * Works schedules. On each machine, only one process may do so at a time: whoever holds the daemon's lock.
 *
 * {@link ScheduleRunner.run} works them until its signal is aborted. A loop of somebody else's calls
 * {@link ScheduleRunner.tick} instead, which says when it wants to be called again, and disposes the runner at its end.
 */
export class ScheduleRunner implements AsyncDisposable {
  readonly #options: ScheduleRunnerOptions;
  readonly #working = new Map<string, Working>();
  readonly #said = new Map<string, string>();
  #tick: Promise<unknown> = Promise.resolve();
  #wake: (() => void) | undefined;
  #dirty = false;
  #closed = false;

  constructor(options: ScheduleRunnerOptions) {
    this.#options = options;
  }

  /** What is being worked on. */
  get running(): readonly RunningSchedule[] {
    return [...this.#working.values()].map(({ name, run }) => ({ name, run }));
  }

  /** Somebody has changed a schedule: {@link run} looks at once. */
  changed(): void {
    this.#dirty = true;
    this.#wake?.();
  }

  /**
   * Looks at everything once, and does what is to be done; the work goes on when it returns.
   *
   * @returns when to look again at the latest, in milliseconds since 1970; `undefined` when nothing is to come. Look
   * every few seconds all the same: clocks are set, machines sleep, and other processes change schedules.
   */
  async tick(): Promise<number | undefined> {
    const look = this.#tick.then(() => this.#look());
    this.#tick = look.catch(() => {});
    return await look;
  }

  /** Works until the signal is aborted; then stops what runs, which goes on at the next start. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#wake?.();
    signal.addEventListener("abort", wake);
    try {
      while (!signal.aborted) {
        this.#dirty = false;
        const wakeMs = await this.tick().catch((error) => this.#complain("store", error));
        if (!this.#dirty && !signal.aborted) await this.#rest(wakeMs ?? undefined);
      }
    } finally {
      signal.removeEventListener("abort", wake);
      await this.close();
    }
  }

  /** Stops what runs, and waits until that is written down. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#tick;
    for (const { stop } of this.#working.values()) {
      stop.abort(stopReason("Paused: the program that works it ended"));
    }
    await Promise.all([...this.#working.values()].map(({ done }) => done));
  }

  /** As {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #rest(wakeMs: number | undefined): Promise<void> {
    const { clock } = this.#options;
    const slept = new AbortController();
    const woken = new Promise<void>((resolve) => this.#wake = resolve);
    const restMs = Math.max(1, Math.min(LOOK_EVERY_MS, (wakeMs ?? Infinity) - clock.now()));
    await Promise.race([woken, clock.sleep(restMs, { signal: slept.signal }).catch(() => {})]);
    this.#wake = undefined;
    slept.abort();
  }

  async #look(): Promise<number | undefined> {
    if (this.#closed) return undefined;
    const { entries, damaged } = await this.#options.book.entries();
    this.#said.delete("store");
    this.#say("damaged", damaged.length === 0 ? undefined : damagedScheduleNotice(damaged));
    const byName = new Map(entries.map((entry) => [entry.schedule.name, entry]));
    for (const working of this.#working.values()) this.#stopUnwanted(working, byName.get(working.name));
    let wakeMs = Infinity;
    for (const entry of entries) wakeMs = Math.min(wakeMs, await this.#lookAt(entry));
    return wakeMs === Infinity ? undefined : wakeMs;
  }

  /** Looks at one schedule; what is wrong with one must not keep the others from running. */
  async #lookAt(entry: ScheduleEntry): Promise<number> {
    const { name } = entry.schedule;
    try {
      const wakeMs = await this.#step(entry);
      this.#said.delete(name);
      return wakeMs ?? Infinity;
    } catch (error) {
      this.#complain(name, error);
      return this.#options.clock.now() + LOOK_EVERY_MS;
    }
  }

  /** Does all that is to be done now. @returns when to look again. */
  async #step(first: ScheduleEntry): Promise<number | undefined> {
    const { clock, book } = this.#options;
    let entry: ScheduleEntry | undefined = first;
    for (let step = 0; entry !== undefined && step < MAX_STEPS; step++) {
      const nowMs = clock.now();
      const working = this.#isWorkedOn(entry.schedule, nowMs);
      const action = decideSchedule(entry.schedule, { nowMs, working });
      if (action.type === "wait") {
        await this.#beSeen(entry, nowMs);
        return action.wakeMs;
      }
      const schedule = this.#apply(action, entry.schedule, nowMs);
      // Nobody else can take it in between: the whole change is one.
      entry = await book.store.replace(entry, schedule);
      if (entry === undefined) break;
      this.#options.onEvent?.({ type: "schedule", schedule });
      if (action.type === "begin" || action.type === "work") this.#start(schedule);
    }
    // Somebody has changed it in between: looks again.
    this.changed();
    return clock.now();
  }

  #apply(
    action: Exclude<ScheduleAction, { readonly type: "wait" }>,
    schedule: ScheduleRecord,
    nowMs: number,
  ): ScheduleRecord {
    const owner: ScheduleOwner = { ...this.#options.owner, seenAt: new Date(nowMs).toISOString() };
    switch (action.type) {
      case "begin":
        return takeRun(beginRun(schedule, { ...action, nowMs }), owner);
      case "work":
        return takeRun(schedule, owner);
      case "end":
        return closeRun(schedule, nowMs);
      case "miss":
        return missRun(schedule, { dueMs: action.dueMs, nowMs });
      case "reset":
        this.#options.onNotice?.(
          `The clock was set back by more than a day: the schedule "${schedule.name}" begins again from now on`,
        );
        return resetSchedule(schedule, nowMs);
    }
  }

  #isWorkedOn({ name, run }: ScheduleRecord, nowMs: number): boolean {
    if (this.#working.has(name)) return true;
    const { owner: own, alone } = this.#options;
    const by = run?.owner;
    // Of this installation there is no other: it has died, or has been started anew.
    if (by === undefined || alone || isSameInstallation(by, own)) return false;
    return Math.abs(nowMs - Date.parse(by.seenAt)) < OWNER_LOST_MS;
  }

  /** Tells other machines that this one is at work. */
  async #beSeen(entry: ScheduleEntry, nowMs: number): Promise<void> {
    const { alone, owner, book } = this.#options;
    const { schedule } = entry;
    const { run } = schedule;
    if (alone || run?.owner?.id !== owner.id || !this.#working.has(schedule.name)) return;
    if (Math.abs(nowMs - Date.parse(run.owner.seenAt)) < SEEN_EVERY_MS) return;
    const seen = { ...run.owner, seenAt: new Date(nowMs).toISOString() };
    await book.store.replace(entry, { ...schedule, run: { ...run, owner: seen } });
  }

  #stopUnwanted({ run, stop }: Working, entry: ScheduleEntry | undefined): void {
    const now = entry?.schedule.run;
    if (entry === undefined) stop.abort(stopReason("The schedule was removed"));
    else if (!entry.schedule.enabled) stop.abort(stopReason("The schedule was switched off"));
    else if (now?.dueAt !== run.dueAt || now.owner?.id !== this.#options.owner.id) {
      stop.abort(stopReason("The schedule was changed"));
    } else if (!isWithinRun(run, this.#options.clock.now())) {
      stop.abort(stopReason("Paused: the time of the schedule is over"));
    }
  }

  #start(schedule: ScheduleRecord): void {
    const { name, run } = schedule;
    if (run === undefined) return;
    const working: Working = { name, run, stop: new AbortController(), done: Promise.resolve() };
    this.#working.set(name, working);
    working.done = this.#workOn(schedule, working);
  }

  async #workOn(schedule: ScheduleRecord, working: Working): Promise<void> {
    const { name, stop: { signal } } = working;
    const { references, manifest, limitBytesPerSecond, maxConcurrent } = schedule;
    let end: WorkEnd;
    try {
      const result = await this.#options.work({
        name,
        references,
        ...(manifest === undefined ? {} : { manifest }),
        ...(limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond }),
        ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
      }, {
        signal,
        onEvent: (event) => this.#options.onEvent?.({ type: "download", name, event }),
      });
      end = signal.aborted && result.failures.length > 0 ? { type: "stopped" } : { type: "done", ...result };
    } catch (error) {
      end = signal.aborted ? { type: "stopped" } : { type: "failed", error: toErrorData(error) };
    }
    await this.#writeEnd(working, end);
    this.#working.delete(name);
    this.changed();
  }

  /** Again until it is written: a run whose end is not known would be done twice. */
  async #writeEnd({ name, run }: Working, end: WorkEnd): Promise<void> {
    const { book: { store }, clock, owner } = this.#options;
    for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
      try {
        const entry = await store.get(name);
        const now = entry?.schedule.run;
        // It is gone, or somebody else's.
        if (entry === undefined || now?.dueAt !== run.dueAt || now.owner?.id !== owner.id) return;
        const schedule = finishWork(entry.schedule, end, clock.now());
        if (await store.replace(entry, schedule) === undefined) continue;
        this.#options.onEvent?.({ type: "schedule", schedule });
        return;
      } catch (error) {
        this.#complain("store", error);
        await clock.sleep(WRITE_PAUSE_MS).catch(() => {});
      }
    }
  }

  #complain(topic: string, error: unknown): undefined {
    const { message } = toErrorData(error);
    this.#say(
      topic,
      topic === "store"
        ? `The schedules could not be read or written: ${message}`
        : `The schedule "${topic}" could not be worked: ${message}`,
    );
  }

  /** Once, until it is something else. */
  #say(topic: string, text: string | undefined): void {
    if (text !== undefined && this.#said.get(topic) !== text) this.#options.onNotice?.(text);
    if (text === undefined) this.#said.delete(topic);
    else this.#said.set(topic, text);
  }
}

/** The history tells by it why an attempt ended. */
function stopReason(message: string): ModelManagerError {
  return new ModelManagerError("CANCELLED", message);
}
