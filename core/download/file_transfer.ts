/**
 * One file on its way: which bytes are there, which are being fetched, and the hash that follows them.
 *
 * @module
 */
import {
  type ByteRange,
  contiguousEnd,
  mergeRanges,
  subtractRanges,
  totalLength,
} from "../base/byte_range.ts";
import type { Clock } from "../base/clock.ts";
import type { DigestAlgorithm } from "../base/digest.ts";
import type { FileTask } from "./file_task.ts";
import { LocationCache } from "./location_cache.ts";
import { RetryBudget } from "./retry_budget.ts";
import { isWholeFile, planSteal, segmentLength, takeSegment } from "./segment_plan.ts";
import type { TransferSlots } from "./transfer_slots.ts";

/** A segment that a lane has taken. */
export interface ActiveSegment {
  readonly start: number;
  /** Lowered when another lane takes the rest over. */
  end: number;
  readonly slot: number;
  /** Cuts the transfer off. */
  readonly controller: AbortController;
  /** Why it was cut off by us, if it was. */
  cutBecause: "stalled" | "straggling" | "restarting" | undefined;
  /** Smoothed; at first what the lane did before, 0 when that is not known. */
  bytesPerSecond: number;
  seenPosition: number;
  /** When it was last found to have moved, on the monotonic clock; `undefined` before its request is made. */
  movedAt: number | undefined;
  firstByteAt: number | undefined;
}

/** What a transfer shares with its engine. */
export interface FileTransferOptions {
  readonly slots: TransferSlots;
  readonly clock: Clock;
  readonly maxRetries: number;
  readonly lanes: number;
  readonly signal: AbortSignal;
}

/** The bytes of one file: handed out as segments, taken back as ranges. */
export class FileTransfer {
  readonly task: FileTask;
  readonly locations: LocationCache;
  readonly retries: RetryBudget;
  readonly active: Set<ActiveSegment> = new Set();
  /** Bytes that came over the network in this run. */
  fetchedBytes = 0;
  /** Bytes kept from an earlier run; 0 once the file was begun anew. */
  resumedBytes: number;
  /** Failures that led to another try. */
  retryCount = 0;
  /** Counts the restarts: what was hashed before one is worth nothing after it. */
  epoch = 0;
  /** Since when there is no progress, on the monotonic clock. */
  progressAt: number;
  readonly #options: FileTransferOptions;
  #missing: readonly ByteRange[];
  #done: readonly ByteRange[];
  #singleStream = false;
  #restarting = false;
  /** How much had arrived when a segment was last given to another lane. */
  #replacedAtBytes: number | undefined;
  #seenReceived: number;
  /** When the location was last found expired: the bytes received, and how often that was in a row without more. */
  #expiry: { readonly receivedBytes: number; readonly inARow: number } | undefined;

  constructor(task: FileTask, options: FileTransferOptions) {
    this.task = task;
    this.#options = options;
    this.locations = new LocationCache(task.source, options);
    this.retries = new RetryBudget(options);
    this.#done = this.whole ? [] : mergeRanges(task.kept);
    this.#missing = subtractRanges({ start: 0, end: task.source.sizeBytes }, this.#done);
    this.progressAt = options.clock.monotonic();
    this.resumedBytes = this.receivedBytes;
    this.#seenReceived = this.resumedBytes;
  }

  /** Fetched by one request and hashed on the way; it has no journal. */
  get whole(): boolean {
    return isWholeFile(this.task.source.sizeBytes);
  }

  /** The digest that a segment's worker computes; none when the hash follows the file. */
  get inlineDigest(): DigestAlgorithm | undefined {
    return this.whole ? this.task.source.digest.algorithm : undefined;
  }

  /** What is on disk now, in order. */
  get written(): readonly ByteRange[] {
    const running = [...this.active].map((segment) => ({
      start: segment.start,
      end: Math.min(this.#options.slots.position(segment.slot), this.task.source.sizeBytes),
    }));
    return mergeRanges([...this.#done, ...running]);
  }

  get receivedBytes(): number {
    return totalLength(this.written);
  }

  /** How far the file is there without a gap: so far it can be hashed. */
  get frontier(): number {
    return contiguousEnd(this.written);
  }

  get complete(): boolean {
    return !this.#restarting && this.active.size === 0 && this.#missing.length === 0;
  }

  /** Whether a lane could take bytes that nobody fetches. */
  get hasMissing(): boolean {
    return !this.#restarting && this.#missing.length > 0 && (!this.#singleStream || this.active.size === 0);
  }

  /** The next bytes to fetch, now those of the caller, whose lane moves so many bytes a second (0: not known). */
  take(bytesPerSecond: number): ActiveSegment | undefined {
    if (!this.hasMissing) return undefined;
    const { sizeBytes } = this.task.source;
    const length = this.whole || this.#singleStream ? sizeBytes : segmentLength({
      fileSizeBytes: sizeBytes,
      lanes: this.#options.lanes,
      missingBytes: totalLength(this.#missing),
      bytesPerSecond,
    });
    const taken = takeSegment(this.#missing, length);
    if (taken === undefined) return undefined;
    this.#missing = taken.rest;
    return this.#activate(taken.segment, bytesPerSecond);
  }

  /** Half of what the slowest running segment still has before it, now the caller's. */
  steal(bytesPerSecond: number): ActiveSegment | undefined {
    if (this.whole || this.#singleStream || this.#restarting) return undefined;
    const segments = [...this.active].filter((segment) => segment.cutBecause === undefined);
    const plan = planSteal(
      segments.map((segment) => ({
        position: this.#options.slots.position(segment.slot),
        end: segment.end,
        bytesPerSecond: segment.bytesPerSecond,
      })),
      { bytesPerSecond },
    );
    const victim = plan === undefined ? undefined : segments[plan.index];
    if (plan === undefined || victim === undefined) return undefined;
    const rest = { start: plan.splitAt, end: victim.end };
    victim.end = plan.splitAt;
    this.#options.slots.setLimit(victim.slot, plan.splitAt);
    return this.#activate(rest, bytesPerSecond);
  }

  /** Takes a segment back: what arrived is kept, the rest is missing again. */
  settle(segment: ActiveSegment, options: { readonly discard: boolean }): void {
    if (!this.active.delete(segment)) return;
    const { slots } = this.#options;
    const position = slots.position(segment.slot);
    slots.release(segment.slot);
    this.fetchedBytes += Math.max(0, position - segment.start);
    const keptUntil = options.discard ? segment.start : Math.min(position, this.task.source.sizeBytes);
    if (keptUntil > segment.start) {
      this.#done = mergeRanges([...this.#done, { start: segment.start, end: keptUntil }]);
    }
    if (keptUntil < segment.end) {
      this.#missing = mergeRanges([...this.#missing, { start: keptUntil, end: segment.end }]);
    }
    this.#restartIfIdle();
  }

  /**
   * Nothing that is on disk is trusted any more: everything again, with `singleStream` over one connection. It takes
   * effect when no segment is under way; those that are get cut off.
   */
  restart(options: { readonly singleStream: boolean }): void {
    if (options.singleStream) this.#singleStream = true;
    this.#restarting = true;
    this.resumedBytes = 0;
    this.#done = [];
    this.#missing = [];
    for (const segment of this.active) {
      segment.cutBecause ??= "restarting";
      segment.controller.abort();
    }
    this.#restartIfIdle();
  }

  #restartIfIdle(): void {
    if (!this.#restarting || this.active.size > 0) return;
    this.#restarting = false;
    this.epoch++;
    this.#done = [];
    this.#missing = subtractRanges({ start: 0, end: this.task.source.sizeBytes }, []);
    this.#seenReceived = 0;
    this.#expiry = undefined;
  }

  /**
   * Notices progress; to be called regularly. Time in which the file waits for a lane does not count as time without
   * progress, nor does time that is `excused` for another reason.
   *
   * @returns the bytes received.
   */
  noticeProgress(facts: {
    readonly now: number;
    /** Since the last call. */
    readonly elapsedMs: number;
    readonly excused: boolean;
  }): number {
    const { now, elapsedMs } = facts;
    const received = this.receivedBytes;
    const excused = facts.excused || (this.active.size === 0 && !this.retries.blocked);
    if (received > this.#seenReceived) this.progressAt = now;
    else if (excused) this.progressAt = Math.min(now, this.progressAt + elapsedMs);
    this.#seenReceived = received;
    return received;
  }

  /** Whether a segment that stands still may be given to another lane: once for each time the file has moved. */
  takeReplacement(): boolean {
    if (this.whole || this.#singleStream || this.#replacedAtBytes === this.receivedBytes) return false;
    this.#replacedAtBytes = this.receivedBytes;
    return true;
  }

  /**
   * Notices that the location has expired.
   *
   * @returns how often in a row without a byte between, and whether bytes have arrived since it happened before.
   */
  noticeExpiry(): { readonly inARow: number; readonly afterProgress: boolean } {
    const { receivedBytes } = this;
    const before = this.#expiry;
    const afterProgress = before !== undefined && receivedBytes > before.receivedBytes;
    const inARow = before === undefined || afterProgress ? 1 : before.inARow + 1;
    this.#expiry = { receivedBytes, inARow };
    return { inARow, afterProgress };
  }

  #activate(range: ByteRange, bytesPerSecond: number): ActiveSegment {
    const { slots } = this.#options;
    const segment: ActiveSegment = {
      start: range.start,
      end: range.end,
      slot: slots.lease(range.start, range.end),
      controller: new AbortController(),
      cutBecause: undefined,
      bytesPerSecond,
      seenPosition: range.start,
      movedAt: undefined,
      firstByteAt: undefined,
    };
    this.active.add(segment);
    return segment;
  }
}
