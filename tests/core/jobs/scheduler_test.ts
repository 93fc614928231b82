import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { rankOf } from "../../../core/jobs/priority.ts";
import { AGEING_MS, effectiveRank, planSchedule, type ScheduledJob } from "../../../core/jobs/scheduler.ts";
import { JOB_PRIORITIES, type JobPriority } from "../../../core/state/job_record.ts";

const NOW = Date.UTC(2025, 0, 1);

function job(id: string, fields: Partial<ScheduledJob> = {}): ScheduledJob {
  const defaults = {
    priority: "normal",
    position: 0,
    waitingSinceMs: NOW,
    host: "h",
    state: "waiting",
  } as const;
  return { id, ...defaults, ...fields };
}

function plan(jobs: readonly ScheduledJob[], maxConcurrent = 1, maxPerHost = 4) {
  return planSchedule(jobs, { nowMs: NOW, limits: { maxConcurrent, maxPerHost } });
}

Deno.test("planSchedule() starts what has the highest priority, then what is first in the queue", () => {
  const jobs = [
    job("a", { priority: "low", position: 1 }),
    job("b", { position: 3 }),
    job("c", { position: 2 }),
    job("d", { priority: "high", position: 9 }),
  ];
  deepStrictEqual(plan(jobs, 1).start, ["d"]);
  deepStrictEqual(plan(jobs, 3).start, ["d", "c", "b"]);
  deepStrictEqual(plan(jobs, 9).start, ["d", "c", "b", "a"]);
});

Deno.test("planSchedule() counts what is running, and what is stopping until it has stopped", () => {
  const waiting = job("w");
  deepStrictEqual(plan([job("r", { state: "running" }), waiting]), { start: [], stop: [] });
  deepStrictEqual(plan([job("r", { state: "stopping" }), waiting]), { start: [], stop: [] });
  deepStrictEqual(plan([waiting]), { start: ["w"], stop: [] });
});

Deno.test("planSchedule() gives a host no more than its share, and others what is left", () => {
  const jobs = [1, 2, 3].map((n) => job(`a${n}`, { position: n, host: "a" }));
  const other = job("b", { position: 9, host: "b" });
  deepStrictEqual(plan([...jobs, other], 3, 2).start, ["a1", "a2", "b"]);
});

Deno.test("planSchedule() lets the least important job make room for an urgent one", () => {
  const running = [
    job("high", { priority: "high", state: "running" }),
    job("low", { priority: "low", state: "running" }),
  ];
  const urgent = job("u", { priority: "urgent" });
  deepStrictEqual(plan([...running, urgent], 2), { start: [], stop: ["low"] });
  // It has been told to: nobody else is stopped for the same, and nobody else gets the place.
  const stopping = [running[0] as ScheduledJob, job("low", { priority: "low", state: "stopping" })];
  deepStrictEqual(plan([...stopping, urgent, job("x", { priority: "high" })], 2), { start: [], stop: [] });
  deepStrictEqual(plan([running[0] as ScheduledJob, urgent], 2), { start: ["u"], stop: [] });
});

Deno.test("planSchedule() interrupts nothing for other priorities, and no urgent job for another", () => {
  deepStrictEqual(plan([job("low", { priority: "low", state: "running" }), job("h", { priority: "high" })]), {
    start: [],
    stop: [],
  });
  const urgent = job("u", { priority: "urgent", state: "running" });
  deepStrictEqual(plan([urgent, job("v", { priority: "urgent" })]), { start: [], stop: [] });
});

Deno.test("planSchedule() makes room on the host that is full", () => {
  const jobs = [
    job("a", { host: "a", priority: "high", state: "running" }),
    job("b", { host: "b", priority: "low", state: "running" }),
    job("u", { host: "a", priority: "urgent" }),
  ];
  deepStrictEqual(plan(jobs, 3, 1), { start: [], stop: ["a"] });
});

Deno.test("effectiveRank() rises by one for each twelve hours of waiting, and stands still at work", () => {
  const low = job("l", { priority: "low" });
  strictEqual(effectiveRank(low, NOW + AGEING_MS - 1), rankOf("low"));
  strictEqual(effectiveRank(low, NOW + AGEING_MS), rankOf("normal"));
  strictEqual(effectiveRank(low, NOW + 100 * AGEING_MS), rankOf("urgent"));
  const begun = { ...low, state: "running", startedMs: NOW + AGEING_MS } as const;
  strictEqual(effectiveRank(begun, NOW + 100 * AGEING_MS), rankOf("normal"));
  strictEqual(effectiveRank(low, NOW - AGEING_MS), rankOf("low"), "a clock that was set back");
});

/** One job of the simulation. */
interface SimulatedJob {
  readonly id: string;
  priority: JobPriority;
  position: number;
  readonly host: string;
  readonly lengthTicks: number;
  readonly waitingSinceMs: number;
  startedMs?: number;
  doneTicks: number;
  state: "waiting" | "running" | "stopping" | "paused" | "completed" | "cancelled";
  /** What it becomes when it has stopped. */
  becomes: "waiting" | "paused" | "cancelled";
  stopTicks: number;
  ends: number;
}

type SimulatedCommand =
  | {
    readonly type: "add";
    readonly priority: JobPriority;
    readonly host: string;
    readonly lengthTicks: number;
  }
  | { readonly type: "pause" | "resume" | "cancel"; readonly pick: number }
  | { readonly type: "priority"; readonly pick: number; readonly priority: JobPriority }
  | { readonly type: "tick"; readonly ticks: number };

const TICK_MS = 20 * 60_000;

/** A queue in which a tick passes at a time; every plan is checked. */
class Simulation {
  readonly jobs: SimulatedJob[] = [];
  readonly starts: string[] = [];
  readonly #limits: { readonly maxConcurrent: number; readonly maxPerHost: number };
  #nowMs = NOW;

  constructor(limits: { readonly maxConcurrent: number; readonly maxPerHost: number }) {
    this.#limits = limits;
  }

  apply(command: SimulatedCommand): void {
    if (command.type === "tick") {
      for (let tick = 0; tick < command.ticks; tick++) this.tick();
      return;
    }
    if (command.type === "add") {
      const { priority, host, lengthTicks } = command;
      const number = this.jobs.length;
      this.jobs.push({
        id: `j${number}`,
        priority,
        host,
        lengthTicks,
        position: number,
        waitingSinceMs: this.#nowMs,
        doneTicks: 0,
        state: "waiting",
        becomes: "waiting",
        stopTicks: 0,
        ends: 0,
      });
      return;
    }
    const open = this.jobs.filter(({ state }) => state !== "completed" && state !== "cancelled");
    const picked = open[command.pick % Math.max(1, open.length)];
    if (picked !== undefined) this.#command(picked, command);
  }

  #command(job: SimulatedJob, command: Exclude<SimulatedCommand, { type: "add" | "tick" }>): void {
    if (command.type === "priority") {
      job.priority = command.priority;
      return;
    }
    if (command.type === "resume") {
      if (job.state === "paused") job.state = "waiting";
      else if (job.state === "stopping" && job.becomes === "paused") job.becomes = "waiting";
      return;
    }
    const wanted = command.type === "pause" ? "paused" : "cancelled";
    if (job.state === "running" || job.state === "stopping") {
      if (job.state === "stopping" && job.becomes === "cancelled") return;
      Object.assign(job, { state: "stopping", becomes: wanted, stopTicks: job.stopTicks || 1 });
    } else {
      job.state = wanted;
      if (wanted === "cancelled") job.ends++;
    }
  }

  tick(): void {
    this.#nowMs += TICK_MS;
    for (const job of this.jobs) {
      if (job.state === "stopping" && --job.stopTicks <= 0) {
        job.state = job.becomes;
        if (job.state === "cancelled") job.ends++;
      } else if (job.state === "running" && ++job.doneTicks >= job.lengthTicks) {
        job.state = "completed";
        job.ends++;
      }
    }
    this.#plan();
  }

  #scheduled(): ScheduledJob[] {
    return this.jobs.flatMap(({ state, ...each }) =>
      state === "waiting" || state === "running" || state === "stopping" ? [{ ...each, state }] : []
    );
  }

  #plan(): void {
    const jobs = this.#scheduled();
    const options = { nowMs: this.#nowMs, limits: this.#limits };
    const { start, stop } = planSchedule(jobs, options);
    deepStrictEqual(
      planSchedule([...jobs].reverse(), options),
      { start, stop },
      "the same whatever the order",
    );
    this.#checkStops(jobs, stop);
    for (const id of stop) {
      Object.assign(this.#job(id), { state: "stopping", becomes: "waiting", stopTicks: 1 });
    }
    for (const id of start) {
      const found = this.#job(id);
      strictEqual(found.state, "waiting", "only what waits is started: commands win");
      found.state = "running";
      found.startedMs = this.#nowMs;
      this.starts.push(id);
    }
    this.#checkLimits();
    this.#checkOrder(jobs, start);
  }

  #checkStops(jobs: readonly ScheduledJob[], stop: readonly string[]): void {
    for (const id of stop) {
      const stopped = this.#job(id);
      strictEqual(stopped.state, "running");
      const urgent = jobs.some(({ state, priority }) => state === "waiting" && priority === "urgent");
      ok(urgent && stopped.priority !== "urgent", "only for an urgent job, and none that is urgent");
    }
  }

  #checkLimits(): void {
    const working = this.jobs.filter(({ state }) => state === "running" || state === "stopping");
    ok(working.length <= this.#limits.maxConcurrent, "never more than the limit");
    for (const host of new Set(working.map((job) => job.host))) {
      ok(working.filter((job) => job.host === host).length <= this.#limits.maxPerHost, "nor of a host");
    }
  }

  /** Nothing is started while something more important could have been, on the same host. */
  #checkOrder(before: readonly ScheduledJob[], start: readonly string[]): void {
    const rank = (job: ScheduledJob): number => effectiveRank(job, this.#nowMs);
    const started = before.filter(({ id }) => start.includes(id));
    const left = before.filter(({ id, state }) => state === "waiting" && !start.includes(id));
    for (const one of started) {
      for (const other of left) {
        if (one.host === other.host) {
          ok(rank(one) >= rank(other), `${one.id} was started before ${other.id}`);
          if (rank(one) === rank(other)) ok(one.position <= other.position, "first come, first served");
        }
      }
    }
    const free = this.#limits.maxConcurrent -
      this.jobs.filter(({ state }) => state === "running" || state === "stopping").length;
    const stopping = this.jobs.some(({ state }) => state === "stopping");
    for (const job of left) {
      const onHost = this.jobs.filter(({ state, host }) =>
        (state === "running" || state === "stopping") && host === job.host
      ).length;
      ok(free <= 0 || onHost >= this.#limits.maxPerHost || stopping, "no place stays free without need");
    }
  }

  #job(id: string): SimulatedJob {
    const found = this.jobs.find((each) => each.id === id);
    ok(found !== undefined);
    return found;
  }
}

const priorities = fc.constantFrom(...JOB_PRIORITIES);
const commands: fc.Arbitrary<SimulatedCommand> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("add" as const),
      priority: priorities,
      host: fc.constantFrom("a", "b", "c"),
      lengthTicks: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom("pause" as const, "resume" as const, "cancel" as const),
      pick: fc.nat(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("priority" as const), pick: fc.nat(), priority: priorities }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("tick" as const), ticks: fc.integer({ min: 1, max: 12 }) }),
  },
);

Deno.test("planSchedule() keeps every promise over thousands of random jobs and commands", () => {
  fc.assert(
    fc.property(
      fc.array(commands, { minLength: 20, maxLength: 150 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      (list, maxConcurrent, maxPerHost) => {
        const simulation = new Simulation({ maxConcurrent, maxPerHost });
        for (const command of list) simulation.apply(command);
        for (const each of simulation.jobs) {
          if (each.state === "paused") each.state = "waiting";
          if (each.becomes === "paused") each.becomes = "waiting";
        }
        const ticks = simulation.jobs.reduce((sum, each) => sum + each.lengthTicks + 4, 10);
        for (let tick = 0; tick < ticks; tick++) simulation.tick();
        for (const each of simulation.jobs) {
          strictEqual(each.ends, 1, `${each.id} has ended once, it is ${each.state}`);
        }
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("planSchedule() lets nothing starve while urgent jobs come for ever", () => {
  const simulation = new Simulation({ maxConcurrent: 1, maxPerHost: 1 });
  simulation.apply({ type: "add", priority: "low", host: "a", lengthTicks: 30 });
  for (let round = 0; round < 100; round++) {
    simulation.apply({ type: "add", priority: "urgent", host: "a", lengthTicks: 3 });
    simulation.apply({ type: "tick", ticks: 2 });
  }
  strictEqual(simulation.jobs[0]?.state, "completed");
});
