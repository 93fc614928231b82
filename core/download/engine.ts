/**
 * The segment engine: lanes take bytes of files from the queue, fetch them through the worker pool, and take over
 * from one another, until every file is there, proved and named.
 *
 * @module
 */
import { cancelledError, fromErrorData, toErrorData } from "../base/errors.ts";
import { streamedRun } from "../base/streamed_run.ts";
import type { EngineEvent, EngineOptions } from "./engine_options.ts";
import { EngineWatch } from "./engine_watch.ts";
import { FailureHandler } from "./failure_handler.ts";
import { FileQueue } from "./file_queue.ts";
import type { FileOutcome, FileTask } from "./file_task.ts";
import type { ActiveSegment } from "./file_transfer.ts";
import { LaneController } from "./lane_controller.ts";
import type { NumberedLocation } from "./location_cache.ts";
import { ServerLimits } from "./server_limits.ts";
import { TrackedFile } from "./tracked_file.ts";
import { type SegmentReply, TransferError } from "./worker_protocol.ts";

/** The engine looks after everything so often. */
const TICK_MS = 25;
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

interface EngineInput extends EngineOptions {
  readonly emit: (event: EngineEvent) => void;
}

class Engine {
  readonly #options: EngineInput;
  readonly #queue: FileQueue;
  readonly #tasks: readonly FileTask[];
  readonly #open: TrackedFile[] = [];
  readonly #outcomes = new Map<FileTask, FileOutcome>();
  readonly #lanes: LaneController;
  readonly #stop = new AbortController();
  readonly #processing: Promise<void>[] = [];
  #wakeUps: (() => void)[] = [];
  readonly #limits: ServerLimits;
  readonly #watch: EngineWatch;
  readonly #failures: FailureHandler;
  #failed: TrackedFile | undefined;

  constructor(
    tasks: readonly FileTask[],
    options: EngineInput,
  ) {
    this.#options = options;
    this.#tasks = tasks;
    this.#queue = new FileQueue(tasks);
    this.#lanes = new LaneController({ start: options.connections, max: options.maxConnections });
    this.#lanes.throttle(options.limiter.lanes);
    const { clock, emit } = options;
    this.#limits = new ServerLimits({
      clock,
      emit,
      lanes: this.#lanes,
      receivedBytes: () => this.#watch.receivedBytes,
    });
    this.#watch = new EngineWatch({
      engine: options,
      open: this.#open,
      lanes: this.#lanes,
      limits: this.#limits,
    });
    this.#failures = new FailureHandler({
      engine: options,
      limits: this.#limits,
      fail: (file, error) => this.#fail(file, error),
      lanesAt: (origin, file) => this.#watch.lanesAt(origin, file),
    });
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
      // What came in after the last look counts, too: who is stopped has it on the disk.
      for (const file of this.#open) if (file !== this.#failed && !file.transfer.whole) file.sayProgress();
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
      // A lane too many may still be at work: servers count connections, whoever has them.
      const isAllowed = index < most && this.#watch.segments().length < most;
      const work = isAllowed ? this.#next({ bytesPerSecond, wholeOnly: index >= lanes }) : undefined;
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
    if (this.#limits.held) return undefined;
    const { lanes, most } = this.#lanes;
    this.#queue.openAhead({
      open: this.#open,
      maxSmall: 2 * this.#options.maxConnections,
      hasLanesForSmall: most > lanes,
      begin: (task) => this.#track(task),
    });
    const usable = this.#open.filter((file) =>
      file.phase === "downloading" && !file.transfer.retries.blocked && (file.transfer.whole || !wholeOnly)
    );
    const { largeBytes } = this.#queue;
    for (const file of usable) {
      const segment = file.transfer.take(bytesPerSecond, { laterBytes: largeBytes });
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
      this.#open.splice(this.#open.indexOf(file), 1);
      this.#watch.noticeFinished(file, outcome);
    } catch (error) {
      this.#fail(file, error);
    }
    this.#wake();
  }

  #fail(file: TrackedFile, failure: unknown): void {
    if (this.#stop.signal.aborted) return;
    const error = failure instanceof TransferError ? fromErrorData(failure.failure.error) : failure;
    this.#failed = file;
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
      if (numbered.moved && transfer.signs.noticeMove(numbered.generation)) transfer.retries.reset();
      segment.movedAt = clock.monotonic();
      segment.origin = numbered.origin;
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
    // A small file comes with one reply, or again as a whole.
    if (file.transfer.whole) return;
    if (facts.reply.isPart) file.transfer.noticeRanges();
    const how = file.transfer.signs.noticeReply(facts.reply);
    if (how !== undefined) this.#failures.restartChanged(file, { location: facts.location, how });
  }

  async #tickUntilEnd(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stop.signal.aborted) {
      await clock.sleep(TICK_MS, { signal: this.#stop.signal }).catch(() => {});
      if (this.#stop.signal.aborted) return;
      try {
        this.#watch.tick((file, error) => this.#fail(file, error));
        this.#wake();
      } catch (error) {
        this.stop(error);
      }
    }
  }
}
