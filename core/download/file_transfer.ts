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
import { FileSigns } from "./file_signs.ts";
import type { FileTask } from "./file_task.ts";
import { LocationCache } from "./location_cache.ts";
import { RetryBudget } from "./retry_budget.ts";
import { isWholeFile, planSteal, segmentLength, takeSegment, takeSegmentAt } from "./segment_plan.ts";
import type { TransferSlots } from "./transfer_slots.ts";
import type { TransferFailure } from "./worker_protocol.ts";

/** A server that has refused ranges so often is no longer believed when it sends a part: all that had come was lost. */
const MAX_RANGE_REFUSALS = 2;

/** While a bad piece is looked for, no more is fetched at once: what comes behind it need not be fetched at all. */
const SEARCH_SEGMENT_BYTES = 4 * 1024 * 1024;
const SEARCH_AHEAD_BYTES = 32 * 1024 * 1024;

/** A segment that a lane has taken. */
export interface ActiveSegment {
  readonly start: number;
  /** Lowered when another lane takes the rest over. */
  end: number;
  /** Where its request ends. */
  readonly askedEnd: number;
  readonly slot: number;
  /** Whether what has arrived is kept when it is cut off, and another lane can fetch the rest. */
  divisible: boolean;
  /** Cuts the transfer off. */
  readonly controller: AbortController;
  /** Why it was cut off by us, if it was. */
  cutBecause: "stalled" | "straggling" | "restarting" | undefined;
  /** Smoothed; at first what the lane did before, 0 when that is not known. */
  bytesPerSecond: number;
  /** The same, of the last moments. */
  recentBytesPerSecond: number;
  seenPosition: number;
  /** When it was last found to have moved, on the monotonic clock; `undefined` before its request is made. */
  movedAt: number | undefined;
  firstByteAt: number | undefined;
  /** Of the server that was asked; `undefined` before that. */
  origin: string | undefined;
}

/** What a transfer shares with its engine. */
export interface FileTransferOptions {
  readonly slots: TransferSlots;
  /** Whose rate limit holds for its bytes. @default that of the process */
  readonly budget?: number;
  readonly clock: Clock;
  readonly maxRetries: number;
  /** In use now. */
  readonly lanes: number;
  readonly signal: AbortSignal;
}

/** The bytes of one file: handed out as segments, taken back as ranges. */
export class FileTransfer {
  readonly task: FileTask;
  readonly locations: LocationCache;
  readonly retries: RetryBudget;
  readonly signs: FileSigns = new FileSigns();
  readonly active: Set<ActiveSegment> = new Set();
  /** Bytes that came over the network in this run. */
  fetchedBytes = 0;
  /** Bytes kept from an earlier run; 0 once the file was begun anew. */
  resumedBytes: number;
  /** Failures that led to another try. */
  retryCount = 0;
  /** What went wrong last, since bytes arrived last. */
  lastFailure: TransferFailure | undefined;
  /** Counts the restarts: what was hashed before one is worth nothing after it. */
  epoch = 0;
  /** Since when there is no progress, on the monotonic clock. */
  progressAt: number;
  readonly #options: FileTransferOptions;
  /** Who repairs a file asks for the bytes one by one. */
  #wanted: readonly ByteRange[];
  #missing: readonly ByteRange[];
  #done: readonly ByteRange[];
  /** No segment begins behind this. */
  #reach = Infinity;
  #singleStream = false;
  /** How often a server turned out to know no ranges. */
  #rangeRefusals = 0;
  #restarting = false;
  /** How much had arrived when a segment was last given to another lane. */
  #replacedAtBytes: number | undefined;
  #seenReceived: number;
  /** Bytes that were there have been found wrong. */
  #suspect = false;

  constructor(task: FileTask, options: FileTransferOptions) {
    this.task = task;
    this.#options = options;
    this.locations = new LocationCache(task.source, options);
    this.retries = new RetryBudget(options);
    this.#done = this.whole ? [] : mergeRanges(task.kept);
    this.#wanted = task.repairs === undefined ? [this.#whole] : [];
    this.#missing = this.#stillWanted();
    this.progressAt = options.clock.monotonic();
    this.resumedBytes = this.receivedBytes;
    this.#seenReceived = this.resumedBytes;
  }

  get #whole(): ByteRange {
    return { start: 0, end: this.task.source.sizeBytes };
  }

  #stillWanted(): ByteRange[] {
    // A server that knows no ranges sends everything.
    const wanted = this.#singleStream ? [this.#whole] : this.#wanted;
    return wanted.flatMap((range) => subtractRanges(range, this.#done));
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

  /**
   * The next bytes to fetch, now those of the caller, whose lane moves so many bytes a second (0: not known).
   *
   * @param options.laterBytes Bytes of files whose turn comes after this one: lanes need not end together here.
   */
  take(bytesPerSecond: number, options: { readonly laterBytes?: number } = {}): ActiveSegment | undefined {
    if (!this.hasMissing) return undefined;
    const { sizeBytes } = this.task.source;
    if ((this.#missing[0]?.start ?? 0) >= this.#reach) return undefined;
    const length = this.whole || this.#singleStream ? sizeBytes : segmentLength({
      fileSizeBytes: sizeBytes,
      lanes: this.#options.lanes,
      missingBytes: totalLength(this.#missing) + (options.laterBytes ?? 0),
      bytesPerSecond,
    });
    const most = this.#reach === Infinity || this.#singleStream ? Infinity : SEARCH_SEGMENT_BYTES;
    const lengthBytes = Math.min(length, most);
    const inOrder = most !== Infinity || this.whole || this.#singleStream;
    const position = inOrder ? undefined : this.task.follower?.nextWanted();
    const taken = position === undefined
      ? takeSegment(this.#missing, lengthBytes)
      : takeSegmentAt(this.#missing, { position, lengthBytes });
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
        bytesPerSecond: Math.min(segment.bytesPerSecond, Math.max(1, segment.recentBytesPerSecond)),
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
    // What came after the rest was given away comes there again, and counts there.
    this.fetchedBytes += Math.max(0, Math.min(position, segment.end) - segment.start);
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
   * Nothing that has arrived is trusted any more: everything again, with `singleStream` over one connection. What an
   * earlier run left stays with `keepResumed`; the digest judges it. It takes effect when no segment is under way;
   * those that are get cut off.
   */
  restart(options: { readonly singleStream: boolean; readonly keepResumed?: boolean }): void {
    if (options.singleStream) {
      this.#singleStream = true;
      this.#rangeRefusals++;
    }
    this.#restarting = true;
    if (options.keepResumed !== true || this.#suspect) this.resumedBytes = 0;
    this.#done = [];
    this.#missing = [];
    for (const segment of this.active) {
      segment.cutBecause ??= "restarting";
      segment.controller.abort();
    }
    this.#restartIfIdle();
  }

  /** A server knows ranges after all: other lanes may help again, unless it has changed its mind too often. */
  noticeRanges(): void {
    if (!this.#singleStream || this.#restarting || this.#rangeRefusals > MAX_RANGE_REFUSALS) return;
    this.#singleStream = false;
    for (const segment of this.active) segment.divisible = !this.whole;
  }

  /** Looks for a bad piece from the start on: lanes stay close behind `hashedBytes`. To be called regularly. */
  search(hashedBytes: number): void {
    this.#reach = hashedBytes + SEARCH_AHEAD_BYTES;
  }

  /** Lanes may fetch anywhere again. */
  endSearch(): void {
    this.#reach = Infinity;
  }

  /** Cuts off what is under way; what has arrived is kept, and the rest stays missing. */
  interrupt(): void {
    for (const segment of this.active) {
      segment.cutBecause ??= "restarting";
      segment.controller.abort();
    }
  }

  /** What is on disk is right, whether it came in this run or lay there before: nothing is missing any more. */
  acceptAll(): void {
    this.#done = [this.#whole];
    this.#missing = [];
  }

  /** Whether all bytes of a range have arrived. */
  has(range: ByteRange): boolean {
    return subtractRanges(range, this.written).length === 0;
  }

  /** Asks for bytes, with `anew` also for those that are there: they were wrong. */
  want(range: ByteRange, options: { readonly anew: boolean }): void {
    this.#wanted = mergeRanges([...this.#wanted, range]);
    this.#suspect ||= options.anew;
    if (options.anew) this.#done = this.#done.flatMap((done) => subtractRanges(done, [range]));
    if (!this.#restarting) this.#missing = this.#stillWanted();
  }

  #restartIfIdle(): void {
    if (!this.#restarting || this.active.size > 0) return;
    this.#restarting = false;
    this.epoch++;
    this.#done = this.resumedBytes > 0 ? mergeRanges(this.task.kept) : [];
    this.#missing = this.#stillWanted();
    this.#seenReceived = this.receivedBytes;
    this.signs.forget();
  }

  /**
   * Notices progress; to be called regularly. Time in which the file waits for a lane does not count as time without
   * progress, nor does time that is `excused` for another reason.
   */
  noticeProgress(facts: {
    readonly now: number;
    /** Since the last call. */
    readonly elapsedMs: number;
    readonly excused: boolean;
  }): void {
    const { now, elapsedMs } = facts;
    const received = this.receivedBytes;
    const { retries } = this;
    const excused = facts.excused || retries.waitsForServer || (this.active.size === 0 && !retries.blocked);
    if (received > this.#seenReceived) {
      this.progressAt = now;
      this.lastFailure = undefined;
    } else if (excused) this.progressAt = Math.min(now, this.progressAt + elapsedMs);
    this.#seenReceived = received;
  }

  /** Whether a segment that stands still may be given to another lane: once for each time the file has moved. */
  takeReplacement(): boolean {
    if (this.whole || this.#singleStream || this.#replacedAtBytes === this.receivedBytes) return false;
    this.#replacedAtBytes = this.receivedBytes;
    return true;
  }

  #activate(range: ByteRange, bytesPerSecond: number): ActiveSegment {
    const { slots, budget } = this.#options;
    const segment: ActiveSegment = {
      start: range.start,
      end: range.end,
      askedEnd: range.end,
      slot: slots.lease(range.start, range.end, budget),
      divisible: !this.whole && !this.#singleStream,
      controller: new AbortController(),
      cutBecause: undefined,
      bytesPerSecond,
      recentBytesPerSecond: bytesPerSecond,
      seenPosition: range.start,
      movedAt: undefined,
      firstByteAt: undefined,
      origin: undefined,
    };
    this.active.add(segment);
    return segment;
  }
}
