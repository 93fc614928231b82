/**
 * What schedules are fetching just now, as `mm status` shows it.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { DownloadEvent } from "../download/events.ts";
import { JobProgress } from "../jobs/queue_events.ts";
import type { ScheduleEvent } from "../operations/model_manager.ts";
import type { ScheduleDownload } from "./daemon_status.ts";

/** A speed is that of the last seconds. */
const SPEED_WINDOW_MS = 5_000;
/** Counts nearer together than this replace each other, which bounds what is kept. */
const SPACING_MS = 250;
/** Less says nothing about a speed. */
const MIN_WINDOW_MS = 500;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** One reference that a run fetches. */
class Followed {
  readonly #progress = new JobProgress();
  readonly #clock: Pick<Clock, "monotonic">;
  #status: ScheduleDownload["status"] = "waiting";
  #samples: Sample[] = [];

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  handle(event: DownloadEvent): void {
    this.#progress.handle(event);
    if (event.type === "finished" && !("file" in event)) this.#status = "completed";
    else if (event.type === "failed" && !("file" in event)) this.#status = "failed";
    else if (event.type === "planned" || event.type === "waiting") this.#status = "waiting";
    else this.#status = "downloading";
    if (this.#status === "downloading") this.#sample();
  }

  describe(reference: string): ScheduleDownload {
    return {
      reference,
      status: this.#status,
      bytesReceived: this.#progress.receivedBytes,
      bytesTotal: this.#progress.totalBytes,
      bytesPerSecond: this.#status === "downloading" ? this.#bytesPerSecond() : null,
    };
  }

  #sample(): void {
    const sample = { atMs: this.#clock.monotonic(), bytes: this.#progress.receivedBytes };
    const last = this.#samples.at(-1);
    // Bytes that turned out to be bad, or the first of another file that was here already.
    if (last !== undefined && sample.bytes < last.bytes) this.#samples = [];
    const near = this.#samples.at(-2);
    if (near !== undefined && sample.atMs - near.atMs < SPACING_MS) this.#samples.pop();
    const begin = this.#samples.findLastIndex(({ atMs }) => atMs <= sample.atMs - SPEED_WINDOW_MS);
    this.#samples.splice(0, Math.max(0, begin));
    this.#samples.push(sample);
  }

  /** Falls to 0 when nothing arrives. */
  #bytesPerSecond(): number | null {
    const nowMs = this.#clock.monotonic();
    const last = this.#samples.at(-1);
    const first = this.#samples.findLast(({ atMs }) => atMs <= nowMs - SPEED_WINDOW_MS) ?? this.#samples[0];
    if (first === undefined || last === undefined || nowMs - first.atMs < MIN_WINDOW_MS) return null;
    return Math.round(Math.max(0, last.bytes - first.bytes) * 1000 / (nowMs - first.atMs));
  }
}

interface Run {
  readonly limitRate: number | null | undefined;
  readonly followed: Map<string, Followed>;
}

/** Follows the runs of all schedules; of a run that has ended, nothing is kept. */
export class ScheduleActivity {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #runs = new Map<string, Run>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Takes in what happens. */
  handle(event: ScheduleEvent): void {
    if (event.type === "schedule") {
      const { name, run, limitBytesPerSecond: limitRate } = event.schedule;
      this.#runs.delete(name);
      if (run?.owner !== undefined) this.#runs.set(name, { limitRate, followed: new Map() });
      return;
    }
    const followed = this.#runs.get(event.name)?.followed;
    if (followed === undefined) return;
    const { reference } = event.event;
    let one = followed.get(reference);
    if (one === undefined) followed.set(reference, one = new Followed(this.#clock));
    one.handle(event.event);
  }

  /** The rate limit that a run has of its own, in bytes a second, `null` for none; `undefined` when it shares all others'. */
  limitRate(name: string): number | null | undefined {
    return this.#runs.get(name)?.limitRate;
  }

  /** What a run fetches, in the order in which it was planned. */
  downloads(name: string): readonly ScheduleDownload[] {
    const followed = this.#runs.get(name)?.followed ?? [];
    return [...followed].map(([reference, one]) => one.describe(reference));
  }
}
