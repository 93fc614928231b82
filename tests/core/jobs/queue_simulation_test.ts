/**
 * The real owner over the real store, with a random mix of people, downloads, crashes and clocks. After each step, when
 * nothing moves any more, every promise is checked.
 *
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { cancelledError } from "../../../core/base/errors.ts";
import type { QueueCommand } from "../../../core/jobs/commands.ts";
import { hostOf, toScheduled } from "../../../core/jobs/job_order.ts";
import { JobQueue } from "../../../core/jobs/job_queue.ts";
import { type JobOutcome, QueueOwner } from "../../../core/jobs/queue_owner.ts";
import { effectiveRank } from "../../../core/jobs/scheduler.ts";
import { openStore } from "../../../core/platform/kv.ts";
import {
  isFinished,
  JOB_PRIORITIES,
  type JobPriority,
  type JobRecord,
} from "../../../core/state/job_record.ts";
import { type JobEntry, type JobListing, JobStore } from "../../../core/state/jobs.ts";
import { settle, TestClock } from "../../support/test_clock.ts";

/** A store that knows when nobody is at it, and that a killed process never gets an answer from. */
class WatchedStore extends JobStore {
  dead = false;
  underWay = 0;

  async #watch<T>(work: Promise<T>): Promise<T> {
    if (this.dead) return await new Promise<never>(() => {});
    this.underWay++;
    try {
      return await work;
    } finally {
      this.underWay--;
    }
  }

  override list(): Promise<JobListing> {
    return this.#watch(super.list());
  }

  override version(): Promise<string | null> {
    return this.#watch(super.version());
  }

  override get(id: string): Promise<JobEntry | undefined> {
    return this.#watch(super.get(id));
  }

  override replace(entry: JobEntry, job: JobRecord): Promise<JobEntry | undefined> {
    return this.#watch(super.replace(entry, job));
  }
}

/** A download under way. */
interface Download {
  readonly id: string;
  readonly host: string;
  end(outcome: JobOutcome): void;
}

/** A process that works the queue. */
interface Process {
  readonly owner: QueueOwner;
  readonly store: WatchedStore;
  readonly clock: TestClock;
  ended: boolean;
}

type Step =
  | { readonly type: "add"; readonly priority: JobPriority; readonly host: string }
  | { readonly type: "pause" | "resume" | "cancel" | "retry"; readonly pick: number }
  | { readonly type: "all"; readonly what: "pause" | "resume" | "retry" }
  | { readonly type: "priority"; readonly pick: number; readonly priority: JobPriority }
  | {
    readonly type: "move";
    readonly pick: number;
    readonly place: "first" | "last" | "up" | "down" | number;
  }
  | { readonly type: "clear" }
  | { readonly type: "kill" }
  | { readonly type: "end"; readonly pick: number; readonly fails: boolean }
  | { readonly type: "clock"; readonly hours: number };

const FAILURE = { code: "NETWORK_ERROR", message: "no line", hints: [], causes: [] } as const;

class Simulation {
  readonly #kv: Deno.Kv;
  readonly #limits: { readonly maxConcurrent: number; readonly maxPerHost: number };
  readonly #people: JobQueue;
  readonly #downloads = new Map<string, Download>();
  readonly #starts = new Map<string, number>();
  readonly #completed = new Set<string>();
  #startedNow: string[] = [];
  #process: Process | undefined;
  #nowMs = Date.UTC(2025, 0, 1);
  #count = 0;

  constructor(kv: Deno.Kv, limits: { readonly maxConcurrent: number; readonly maxPerHost: number }) {
    this.#kv = kv;
    this.#limits = limits;
    const now = () => this.#nowMs;
    this.#people = new JobQueue(new JobStore(kv), {
      clock: { now, monotonic: now, random: () => 0.5, sleep: () => Promise.resolve() },
    });
  }

  async jobs(): Promise<readonly JobRecord[]> {
    return (await this.#people.list()).jobs;
  }

  /** One step, to the point where everybody waits; then all is checked. */
  async step(step: Step, told: boolean): Promise<void> {
    this.#startedNow = [];
    await this.#do(step);
    if (this.#process === undefined || this.#process.ended) this.#process = this.#start();
    const { owner, clock } = this.#process;
    clock.jumpTo(this.#nowMs);
    // Either somebody tells the owner, or it looks by itself.
    if (told) owner.changed();
    else await clock.advance(1_000);
    await this.#quiet(this.#process);
    await this.#check();
  }

  /** Everything is let go on, and downloads come to their ends. */
  async finish(): Promise<void> {
    await this.step({ type: "all", what: "resume" }, true);
    for (let round = 0; this.#downloads.size > 0; round++) {
      ok(round < 1_000, "it comes to an end");
      await this.step({ type: "end", pick: round, fails: false }, true);
    }
    ok(this.#process?.ended, "who has nothing to do ends");
  }

  async #do(step: Step): Promise<void> {
    switch (step.type) {
      case "kill":
        if (this.#process !== undefined) this.#process.store.dead = true;
        this.#process = undefined;
        this.#downloads.clear();
        return;
      case "clock":
        this.#nowMs += step.hours * 3_600_000;
        return;
      case "end": {
        const download = [...this.#downloads.values()][step.pick % Math.max(1, this.#downloads.size)];
        if (download === undefined) return;
        this.#downloads.delete(download.id);
        if (!step.fails) this.#completed.add(download.id);
        return download.end(
          step.fails ? { status: "failed", error: FAILURE } : { status: "completed", bytesTotal: 10 },
        );
      }
      default: {
        const command = await this.#command(step);
        if (command !== undefined) await this.#people.execute(command);
      }
    }
  }

  async #command(step: Exclude<Step, { type: "kill" | "clock" | "end" }>): Promise<QueueCommand | undefined> {
    if (step.type === "add") {
      const { priority, host } = step;
      const [options, modelsDir, endpoint] = [{}, "/m", `https://${host}.test`];
      const reference = `acme/m${this.#count++}`;
      return { type: "add", requests: [{ reference, priority, options, modelsDir, endpoint }] };
    }
    if (step.type === "clear") return { type: "clear" };
    if (step.type === "all") return { type: step.what, ids: ["all"] };
    const jobs = await this.jobs();
    const id = jobs[step.pick % Math.max(1, jobs.length)]?.id;
    if (id === undefined) return undefined;
    if (step.type === "priority") return { type: "priority", ids: [id], priority: step.priority };
    if (step.type === "move") return { type: "move", id, place: step.place };
    return { type: step.type, ids: [id] };
  }

  #start(): Process {
    const clock = new TestClock({ startMs: this.#nowMs });
    const store = new WatchedStore(this.#kv, { clock });
    const owner = new QueueOwner({
      queue: new JobQueue(store, { clock }),
      clock,
      limits: this.#limits,
      owner: { id: crypto.randomUUID(), pid: 1, host: "here" },
      alone: true,
      runJob: (job, { signal }) => this.#download(job, signal),
    });
    const process: Process = { owner, store, clock, ended: false };
    owner.run(new AbortController().signal).then(() => process.ended = true);
    return process;
  }

  #download(job: JobRecord, signal: AbortSignal): Promise<JobOutcome> {
    const { id } = job;
    ok(!this.#downloads.has(id), "a job is never done twice at once");
    ok(!this.#completed.has(id), "nor again when it has completed");
    const result = Promise.withResolvers<JobOutcome>();
    this.#downloads.set(id, { id, host: hostOf(job), end: result.resolve });
    this.#starts.set(id, (this.#starts.get(id) ?? 0) + 1);
    this.#startedNow.push(id);
    this.#checkLimits();
    signal.addEventListener("abort", () => {
      this.#downloads.delete(id);
      result.reject(cancelledError());
    });
    return result.promise;
  }

  #checkLimits(): void {
    ok(this.#downloads.size <= this.#limits.maxConcurrent, "never more than the limit");
    for (const { host } of this.#downloads.values()) ok(this.#onHost(host) <= this.#limits.maxPerHost);
  }

  #onHost(host: string): number {
    return [...this.#downloads.values()].filter((download) => download.host === host).length;
  }

  /** Until the owner sleeps with nothing under way, or has ended. */
  async #quiet(process: Process): Promise<void> {
    for (let quiet = 0; quiet < 3 && !process.ended;) {
      await settle(1);
      quiet = process.clock.sleeping === 1 && process.store.underWay === 0 ? quiet + 1 : 0;
    }
  }

  async #check(): Promise<void> {
    const jobs = await this.jobs();
    const ids = new Set(jobs.map(({ id }) => id));
    // Within a second, a job that was forgotten may leave its id to a new one.
    for (const id of this.#starts.keys()) if (!ids.has(id)) this.#forget(id);
    const of = (status: JobRecord["status"]): JobRecord[] => jobs.filter((job) => job.status === status);
    const working = of("downloading").map(({ id }) => id);
    deepStrictEqual(new Set(working), new Set(this.#downloads.keys()), "the store says what is so");
    for (const job of jobs) {
      strictEqual(job.status === "completed", this.#completed.has(job.id), "what completed did so once");
      strictEqual(job.attempts, this.#starts.get(job.id) ?? 0);
      strictEqual(job.error?.code, job.status === "failed" ? "NETWORK_ERROR" : undefined);
      strictEqual(job.endedAt !== undefined, isFinished(job.status));
    }
    this.#checkTurns(jobs, of("pending"));
  }

  #forget(id: string): void {
    this.#starts.delete(id);
    this.#completed.delete(id);
  }

  /** No place stays free, and nobody was started before somebody more important. */
  #checkTurns(jobs: readonly JobRecord[], pending: readonly JobRecord[]): void {
    const rank = (job: JobRecord): number => effectiveRank(toScheduled(job, "waiting"), this.#nowMs);
    const isFull = (job: JobRecord): boolean => this.#onHost(hostOf(job)) >= this.#limits.maxPerHost;
    for (const job of pending) {
      ok(this.#downloads.size === this.#limits.maxConcurrent || isFull(job), "no place is left free");
    }
    for (const id of this.#startedNow.filter((each) => this.#downloads.has(each))) {
      const started = jobs.find((job) => job.id === id);
      ok(started !== undefined);
      for (const left of pending) {
        if (hostOf(left) !== hostOf(started) && isFull(left)) continue;
        ok(rank(started) >= rank(left), "priorities count");
        if (rank(started) > rank(left)) continue;
        // A job that was moved may have the place of one of another priority, which has aged: then the older one goes.
        const isFirst = started.position < left.position ||
          (started.position === left.position && started.id < left.id);
        ok(isFirst, "first come, first served");
      }
    }
  }
}

const pick = fc.nat({ max: 1_000 });
const priority = fc.constantFrom(...JOB_PRIORITIES);
const place = fc.constantFrom("first" as const, "last" as const, "up" as const, "down" as const, 1, 2, 3);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant("add" as const), priority, host: fc.constantFrom("a", "b") }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constantFrom("pause", "resume", "cancel", "retry"), pick }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("all" as const),
      what: fc.constantFrom("pause", "resume", "retry"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("priority" as const), pick, priority }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("move" as const), pick, place }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant("end" as const), pick, fails: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom("clear", "kill") }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("clock" as const), hours: fc.integer({ min: -30, max: 60 }) }),
  },
);

Deno.test("QueueOwner.run() keeps every promise over thousands of random commands, crashes and clocks", async () => {
  await using opened = await openStore(":memory:");
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(steps, fc.boolean()), { minLength: 20, maxLength: 80 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 2 }),
      async (list, maxConcurrent, maxPerHost) => {
        for await (const { key } of opened.kv.list({ prefix: [] })) await opened.kv.delete(key);
        const simulation = new Simulation(opened.kv, { maxConcurrent, maxPerHost });
        for (const [step, told] of list) await simulation.step(step, told);
        await simulation.finish();
        const open = (await simulation.jobs()).filter(({ status }) => !isFinished(status));
        deepStrictEqual(open, [], "each job has ended");
      },
    ),
    { numRuns: 30 },
  );
});
