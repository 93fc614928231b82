/**
 * The segment engine: lanes take bytes of files from the queue, fetch them through the worker pool, and take over
 * from one another, until every file is there, proved and named.
 *
 * @module
 */
import { cancelledError, fromErrorData, toErrorData } from "../base/errors.ts";
import { streamedRun } from "../base/streamed_run.ts";
import type { EngineEvent, EngineOptions } from "./engine_options.ts";
import { FailureHandler, stalledFailure } from "./failure_handler.ts";
import { exhaustedError } from "./failure_policy.ts";
import type { FileOutcome, FileTask } from "./file_task.ts";
import type { ActiveSegment } from "./file_transfer.ts";
import { LaneController } from "./lane_controller.ts";
import type { NumberedLocation } from "./location_cache.ts";
import { isWholeFile, orderFiles } from "./segment_plan.ts";
import { TrackedFile } from "./tracked_file.ts";
import { findStuckSegments } from "./watchdog.ts";
import { type SegmentReply, TransferError } from "./worker_protocol.ts";

/** The engine looks after everything so often. */
const TICK_MS = 25;
/** How many large files may be under way: enough that lanes begin the next one rather than divide up the last. */
const MAX_OPEN_LARGE_FILES = 12;
/** How many large files may be in hand, those included that are being hashed: each takes a slot. */
const MAX_HELD_LARGE_FILES = 16;
/** A gap so long between two looks means that the machine slept: it is no server's fault. */
const SLEPT_MS = 10_000;

interface Work {
  readonly file: TrackedFile;
  readonly segment: ActiveSegment;
}

/**
 * Fetches, proves and publishes files.
 *
 * @returns the outcomes, in the order of the tasks.
 * @throws {ModelManagerError} The first failure that trying again could not mend, or `CANCELLED`. What has arrived is
 *   on disk and in the journals then, and nothing runs any more.
 */
export function runTransfers(
  tasks: readonly FileTask[],
  options: EngineOptions,
): AsyncGenerator<EngineEvent, FileOutcome[], undefined> {
  return streamedRun<EngineEvent, FileOutcome[]>(
    (emit, signal) => new Engine(tasks, { ...options, emit, signal }).run(),
    {
      signal: options.signal,
      coalesceKey: (event) =>
        event.type === "progress" || event.type === "verifying" ? `${event.type} ${event.file}` : undefined,
    },
  );
}

function isSmall(task: FileTask): boolean {
  return isWholeFile(task.source.sizeBytes);
}

interface EngineInput extends EngineOptions {
  readonly emit: (event: EngineEvent) => void;
}

class Engine {
  readonly #options: EngineInput;
  /** Files that are fetched in segments and were not begun, the largest first. */
  readonly #large: FileTask[];
  readonly #small: FileTask[];
  readonly #tasks: readonly FileTask[];
  readonly #open: TrackedFile[] = [];
  readonly #outcomes = new Map<FileTask, FileOutcome>();
  readonly #lanes: LaneController;
  readonly #stop = new AbortController();
  readonly #processing: Promise<void>[] = [];
  /** Of finished files: what this run has added to them. */
  #finishedBytes = 0;
  #wakeUps: (() => void)[] = [];
  readonly #failures: FailureHandler;
  #tickedAt: number;

  constructor(
    tasks: readonly FileTask[],
    options: EngineInput,
  ) {
    this.#options = options;
    this.#tasks = tasks;
    this.#large = orderFiles(tasks.filter((task) => !isSmall(task)), (task) => task.source.sizeBytes);
    this.#small = tasks.filter(isSmall);
    this.#lanes = new LaneController({ start: options.connections, max: options.maxConnections });
    this.#lanes.throttle(options.limiter.lanes);
    this.#failures = new FailureHandler({
      engine: options,
      lanes: this.#lanes,
      emit: options.emit,
      fail: (file, error) => this.#fail(file, error),
      deliveringLanes: () => this.#segments().filter((segment) => segment.firstByteAt !== undefined).length,
    });
    this.#tickedAt = options.clock.monotonic();
  }

  async run(): Promise<FileOutcome[]> {
    const { signal } = this.#options;
    const cancel = () => this.stop(cancelledError(signal.reason));
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel, { once: true });
    const ticking = this.#tickUntilEnd();
    try {
      const { maxConnections } = this.#options;
      await Promise.all(Array.from({ length: maxConnections }, (_, index) => this.#lane(index)));
      await Promise.all(this.#processing);
      if (this.#outcomes.size < this.#tasks.length) throw this.#stop.signal.reason;
      return this.#tasks.flatMap((task) => this.#outcomes.get(task) ?? []);
    } finally {
      signal.removeEventListener("abort", cancel);
      this.stop(cancelledError("The engine is done"));
      await Promise.all([ticking, ...this.#open.map((file) => file.close())]);
    }
  }

  /** Ends everything that runs, with the reason that `run` throws. */
  stop(reason: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(reason);
    for (const file of this.#open) file.abort();
    this.#wake();
  }

  /** All segments that lanes have taken. */
  #segments(): ActiveSegment[] {
    return this.#open.flatMap((file) => [...file.transfer.active]);
  }

  /** Lanes and files that wait look again. */
  #wake(): void {
    const wakeUps = this.#wakeUps;
    this.#wakeUps = [];
    for (const wake of wakeUps) wake();
  }

  async #changed(): Promise<void> {
    if (!this.#stop.signal.aborted) await new Promise<void>((resolve) => this.#wakeUps.push(resolve));
    if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
  }

  async #lane(index: number): Promise<void> {
    let bytesPerSecond = 0;
    while (!this.#stop.signal.aborted && this.#outcomes.size < this.#tasks.length) {
      const { lanes, most } = this.#lanes;
      const work = index < most ? this.#next({ bytesPerSecond, wholeOnly: index >= lanes }) : undefined;
      if (work === undefined) {
        await this.#changed().catch(() => {}); // The stop ends the loop.
        continue;
      }
      await this.#fetch(work);
      bytesPerSecond = work.segment.bytesPerSecond || bytesPerSecond;
      this.#wake();
    }
  }

  /**
   * What a free lane does now, with nothing awaited between looking and taking. Lanes beyond those that pay for bulk
   * take small files only: there the round trip counts, not the bytes.
   */
  #next(lane: { readonly bytesPerSecond: number; readonly wholeOnly: boolean }): Work | undefined {
    const { bytesPerSecond, wholeOnly } = lane;
    if (this.#failures.held) return undefined;
    this.#openAhead();
    const usable = this.#open.filter((file) =>
      file.phase === "downloading" && !file.transfer.retries.blocked && (file.transfer.whole || !wholeOnly)
    );
    const laterBytes = this.#large.reduce((sum, task) => sum + task.source.sizeBytes, 0);
    for (const file of usable) {
      const segment = file.transfer.take(bytesPerSecond, { laterBytes });
      if (segment !== undefined) return { file, segment };
    }
    // Where the rate limit holds lanes back, others in their place would bring no more.
    if (this.#options.limiter.exhausted) return undefined;
    for (const file of usable) {
      const segment = file.transfer.steal(bytesPerSecond);
      if (segment !== undefined) return { file, segment };
    }
    return undefined;
  }

  /** Opens files of the queue so that lanes find bytes to fetch and locations are asked for ahead of need. */
  #openAhead(): void {
    const downloading = this.#open.filter((file) => file.phase === "downloading");
    let small = downloading.filter((file) => file.transfer.whole && file.transfer.active.size === 0).length;
    // A file that has to wait after a failure keeps no other from its turn.
    const moving = downloading.filter((file) => !file.transfer.whole && !file.transfer.retries.blocked);
    let large = moving.length;
    const held = this.#open.filter((file) => !file.transfer.whole).length - large;
    // A file opened long before a lane comes to it would only look stuck, and its location grow old.
    let hungry = !moving.some((file) => file.transfer.hasMissing);
    while (hungry && large < MAX_OPEN_LARGE_FILES && held + large < MAX_HELD_LARGE_FILES) {
      const task = this.#large.shift();
      if (task === undefined) break;
      large++;
      hungry = !this.#track(task).transfer.hasMissing;
    }
    // Lanes beyond those for bulk take small files meanwhile.
    if (!hungry && this.#lanes.most <= this.#lanes.lanes) return;
    for (; small < 2 * this.#options.maxConnections; small++) {
      const task = this.#small.shift();
      if (task === undefined) return;
      this.#track(task);
    }
  }

  #track(task: FileTask): TrackedFile {
    const file = new TrackedFile(task, {
      engine: this.#options,
      emit: this.#options.emit,
      lanes: () => this.#lanes.lanes,
      changed: () => this.#changed(),
      signal: this.#stop.signal,
    });
    this.#open.push(file);
    if (file.transfer.hasMissing) file.transfer.locations.prefetch();
    this.#processing.push(this.#process(file));
    return file;
  }

  async #process(file: TrackedFile): Promise<void> {
    try {
      const outcome = await file.process();
      this.#outcomes.set(file.task, outcome);
      this.#finishedBytes += file.task.source.sizeBytes - outcome.bytesResumed;
      this.#open.splice(this.#open.indexOf(file), 1);
    } catch (error) {
      this.#fail(file, error);
    }
    this.#wake();
  }

  #fail(file: TrackedFile, failure: unknown): void {
    if (this.#stop.signal.aborted) return;
    const error = failure instanceof TransferError ? fromErrorData(failure.failure.error) : failure;
    file.emit({ type: "failed", error: toErrorData(error) });
    this.stop(error);
  }

  async #fetch({ file, segment }: Work): Promise<void> {
    const { pool, clock } = this.#options;
    const { transfer, task } = file;
    let location: NumberedLocation | undefined;
    let failure: unknown;
    try {
      await file.prepare();
      const numbered = location = await transfer.locations.get();
      // Another host has its own chances.
      if (numbered.moved && transfer.noticeMove(numbered.generation)) transfer.retries.reset();
      segment.movedAt = clock.monotonic();
      const digest = transfer.inlineDigest;
      const result = await pool.fetchSegment({
        url: numbered.location.url,
        headers: numbered.location.headers,
        range: { start: segment.start, end: segment.end },
        fileSizeBytes: task.source.sizeBytes,
        path: task.stagedPath,
        ...(digest === undefined ? {} : { digest }),
      }, {
        slot: segment.slot,
        signal: segment.controller.signal,
        onReply: (reply) => this.#noticeReply({ file, segment }, { reply, location: numbered }),
      });
      if (result.digestHex !== undefined) file.actualHex = result.digestHex;
    } catch (error) {
      failure = error;
    }
    transfer.settle(segment, { discard: failure !== undefined && transfer.whole });
    if (failure !== undefined && !this.#stop.signal.aborted) {
      this.#failures.handle(file, { segment, location, failure });
    }
  }

  /** Replies that were asked for before the file was begun anew say nothing about it. */
  #noticeReply(
    { file, segment }: Work,
    facts: { readonly reply: SegmentReply; readonly location: NumberedLocation },
  ): void {
    if (segment.cutBecause === "restarting" || !file.transfer.active.has(segment)) return;
    const how = file.transfer.noticeReply(facts.reply);
    if (how !== undefined) this.#failures.restartChanged(file, { location: facts.location, how });
  }

  async #tickUntilEnd(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(TICK_MS, { signal: this.#stop.signal }).catch(() => {});
      if (this.#stop.signal.aborted) return;
      try {
        this.#tick();
      } catch (error) {
        this.stop(error);
      }
    }
  }

  #tick(): void {
    const { clock, limiter, pool, stallTimeoutMs, timeoutMs } = this.#options;
    const now = clock.monotonic();
    const elapsedMs = now - this.#tickedAt;
    const { held } = this.#failures;
    // Looked at before new bytes are allowed: afterwards there are always some.
    const idle = limiter.exhausted || elapsedMs >= SLEPT_MS;
    limiter.refill();
    this.#lanes.throttle(limiter.lanes);
    let received = 0;
    for (const file of this.#open) {
      const { transfer } = file;
      const excused = held || idle || file.phase !== "downloading";
      received += transfer.noticeProgress({ now, elapsedMs, excused }) - transfer.resumedBytes;
      try {
        file.tick();
      } catch (error) {
        return this.#fail(file, error);
      }
      if (now - transfer.progressAt >= timeoutMs) {
        const failure = transfer.lastFailure ?? stalledFailure(timeoutMs);
        const running = transfer.active.size > 0 || transfer.retries.attempts === 0 ? 1 : 0;
        const elapsed = { attempts: transfer.retries.attempts + running, elapsedMs: timeoutMs };
        return this.#fail(file, exhaustedError(failure, { ...elapsed, file: file.task.source.path }));
      }
    }
    const stuck = findStuckSegments({
      segments: this.#segments(),
      position: (segment) => pool.slots.position(segment.slot),
      now,
      elapsedMs,
      stallTimeoutMs,
      throttled: idle,
      replaceable: (segment) => this.#isReplaceable(segment),
    });
    for (const segment of stuck) segment.controller.abort();
    this.#failures.tick();
    this.#tickedAt = now;
    this.#sampleLanes({ now, received, held: held || idle });
    this.#wake();
  }

  /** Free lanes and nothing else for them to do; once for each time the file has moved. */
  #isReplaceable(segment: ActiveSegment): boolean {
    const busy = this.#segments().length;
    if (busy >= this.#lanes.lanes) return false;
    const owner = this.#open.find((file) => file.transfer.active.has(segment));
    return owner?.transfer.takeReplacement() ?? false;
  }

  /** Only full lanes tell whether more or fewer would do: not a pause, a limit, or the last bytes. */
  #sampleLanes(facts: { readonly now: number; readonly received: number; readonly held: boolean }): void {
    const segments = this.#segments();
    const busy = segments.length;
    if (facts.held || busy < this.#lanes.lanes) {
      this.#lanes.restartTrial();
    } else if (busy > this.#lanes.lanes) {
      this.#lanes.postpone();
    } else {
      const deliveringLanes = segments.filter((segment) => segment.firstByteAt !== undefined).length;
      const totalBytes = this.#finishedBytes + facts.received;
      this.#lanes.sample({ atMs: facts.now, totalBytes, deliveringLanes });
    }
  }
}
