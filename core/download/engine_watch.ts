/**
 * What is looked at every few milliseconds while an engine runs: which files move, which lanes are stuck, and whether
 * another number of lanes would do better.
 *
 * @module
 */
import type { EngineOptions } from "./engine_options.ts";
import { exhaustedError, stalledFailure } from "./failure_policy.ts";
import type { ActiveSegment } from "./file_transfer.ts";
import type { LaneController } from "./lane_controller.ts";
import type { HostLanes, ServerLimits } from "./server_limits.ts";
import type { TrackedFile } from "./tracked_file.ts";
import { findStuckSegments } from "./watchdog.ts";

/** A gap so long between two looks means that the machine slept: it is no server's fault. */
const SLEPT_MS = 10_000;
/** A lane that has brought nothing for so long may be dead. */
const DELIVERING_MS = 5_000;

/** What is watched. */
export interface EngineWatchOptions {
  readonly engine: Pick<EngineOptions, "clock" | "limiter" | "pool" | "stallTimeoutMs" | "timeoutMs">;
  /** The files that have been begun and are not done: it changes. */
  readonly open: readonly TrackedFile[];
  readonly lanes: LaneController;
  readonly limits: Pick<ServerLimits, "held" | "tick">;
}

/** Looks after the files and lanes of one engine. */
export class EngineWatch {
  readonly #options: EngineWatchOptions;
  /** Of finished files: what this run has added to them. */
  #finishedBytes = 0;
  #tickedAt: number;

  constructor(options: EngineWatchOptions) {
    this.#options = options;
    this.#tickedAt = options.engine.clock.monotonic();
  }

  /** All segments that lanes have taken. */
  segments(): ActiveSegment[] {
    return this.#options.open.flatMap((file) => [...file.transfer.active]);
  }

  /** The lanes that are at work at a host, as a file sees them. */
  lanesAt(origin: string, file: TrackedFile): HostLanes {
    const { pool: { slots }, clock } = this.#options.engine;
    const movedSince = clock.monotonic() - DELIVERING_MS;
    const there = this.segments().filter((segment) => segment.origin === origin);
    const delivers = ({ slot, start, movedAt = -Infinity }: ActiveSegment): boolean =>
      slots.position(slot) > start && movedAt >= movedSince;
    return {
      delivering: there.filter(delivers).length,
      ofOthers: there.filter((segment) => !file.transfer.active.has(segment)).length,
    };
  }

  /** What this run has received of all files. */
  get receivedBytes(): number {
    return this.#options.open.reduce(
      (sum, { transfer }) => sum + transfer.receivedBytes - transfer.resumedBytes,
      this.#finishedBytes,
    );
  }

  /** A file is done, and no longer open. */
  noticeFinished({ task }: TrackedFile, outcome: { readonly bytesResumed: number }): void {
    this.#finishedBytes += task.source.sizeBytes - outcome.bytesResumed;
  }

  /** Looks once; calls `fail` with the first file that cannot go on, and looks no further then. */
  tick(fail: (file: TrackedFile, error: unknown) => void): void {
    const { engine: { clock, limiter }, lanes, limits, open } = this.#options;
    const now = clock.monotonic();
    const elapsedMs = now - this.#tickedAt;
    const { held } = limits;
    // Looked at before new bytes are allowed: afterwards there are always some.
    const idle = limiter.exhausted || elapsedMs >= SLEPT_MS;
    limiter.refill();
    lanes.throttle(limiter.lanes);
    for (const file of open) {
      try {
        this.#tickFile(file, { now, elapsedMs, excused: held || idle });
      } catch (error) {
        return fail(file, error);
      }
    }
    this.#cutStuckSegments({ now, elapsedMs, throttled: idle });
    limits.tick();
    this.#tickedAt = now;
    this.#sampleLanes({ now, held: held || idle });
  }

  /** @throws {ModelManagerError} What writing failed with, or that there was no progress for too long. */
  #tickFile(
    file: TrackedFile,
    facts: { readonly now: number; readonly elapsedMs: number; readonly excused: boolean },
  ): void {
    const { transfer, task: { source } } = file;
    const { timeoutMs } = this.#options.engine;
    const excused = facts.excused || file.phase !== "downloading";
    transfer.noticeProgress({ ...facts, excused });
    file.tick();
    if (facts.now - transfer.progressAt < timeoutMs) return;
    const { attempts } = transfer.retries;
    const running = transfer.active.size > 0 || attempts === 0 ? 1 : 0;
    throw exhaustedError(transfer.lastFailure ?? stalledFailure(timeoutMs), {
      file: source.path,
      attempts: attempts + running,
      elapsedMs: timeoutMs,
    });
  }

  #cutStuckSegments(
    facts: { readonly now: number; readonly elapsedMs: number; readonly throttled: boolean },
  ): void {
    const { pool: { slots }, stallTimeoutMs } = this.#options.engine;
    const stuck = findStuckSegments({
      ...facts,
      stallTimeoutMs,
      segments: this.segments(),
      position: (segment) => slots.position(segment.slot),
      replaceable: (segment) => this.#isReplaceable(segment),
    });
    for (const segment of stuck) segment.controller.abort();
  }

  /** Free lanes and nothing else for them to do; once for each time the file has moved. */
  #isReplaceable(segment: ActiveSegment): boolean {
    if (this.segments().length >= this.#options.lanes.lanes) return false;
    const owner = this.#options.open.find((file) => file.transfer.active.has(segment));
    return owner?.transfer.takeReplacement() ?? false;
  }

  /** Only full lanes tell whether more or fewer would do: not a pause, a limit, or the last bytes. */
  #sampleLanes(facts: { readonly now: number; readonly held: boolean }): void {
    const { lanes } = this.#options;
    const segments = this.segments();
    if (facts.held || segments.length < lanes.lanes) {
      lanes.restartTrial();
    } else if (segments.length > lanes.lanes) {
      lanes.postpone();
    } else {
      const deliveringLanes = segments.filter((segment) => segment.firstByteAt !== undefined).length;
      lanes.sample({ atMs: facts.now, totalBytes: this.receivedBytes, deliveringLanes });
    }
  }
}
