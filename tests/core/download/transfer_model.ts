/**
 * Downloads over a modelled link, in simulated time: the real decisions about segments, lanes and stuck connections,
 * without a byte.
 *
 * @module
 */
import { FileTransfer } from "../../../core/download/file_transfer.ts";
import type { ActiveSegment } from "../../../core/download/file_transfer.ts";
import type { FileTask } from "../../../core/download/file_task.ts";
import { LaneController } from "../../../core/download/lane_controller.ts";
import { orderFiles } from "../../../core/download/segment_plan.ts";
import { TransferSlots } from "../../../core/download/transfer_slots.ts";
import { findStuckSegments } from "../../../core/download/watchdog.ts";
import { TestClock } from "../../support/test_clock.ts";

const STEP_MS = 5;
const TICK_MS = 25;
const MAX_OPEN_LARGE_FILES = 12;

/** What to simulate. */
export interface TransferCase {
  readonly fileSizes: readonly number[];
  readonly start: number;
  readonly max: number;
  /** Bytes a second of a connection, by lane and time. */
  readonly laneBytesPerSecond: (lane: number, atMs: number) => number;
  /** Bytes a second of all together. */
  readonly totalBytesPerSecond: number;
  /** From a request to its first byte; twice that on a new connection. */
  readonly latencyMs: number;
}

/** How it went. */
export interface TransferResult {
  readonly elapsedMs: number;
  /** Time the last twentieth of the bytes took. */
  readonly tailMs: number;
  readonly requests: number;
  /** Requests whose connection was lost: cut off, or robbed of their rest. */
  readonly cut: number;
  /** Milliseconds in which a lane had nothing to do although bytes were missing. */
  readonly idleMs: number;
  /** File sizes in the order in which they were opened. */
  readonly opened: readonly number[];
}

interface Lane {
  readonly index: number;
  bytesPerSecond: number;
  work: { readonly transfer: FileTransfer; readonly segment: ActiveSegment } | undefined;
  firstByteAt: number;
  position: number;
  connected: boolean;
}

/** What each of some lanes gets when together they may have no more than the total: the slow ones what they can. */
function shares(wanted: readonly number[], total: number): number[] {
  let left = total;
  const order = wanted.map((want, index) => ({ want, index })).sort((a, b) => a.want - b.want);
  const result = wanted.map(() => 0);
  order.forEach(({ want, index }, place) => {
    const share = Math.min(want, left / (order.length - place));
    result[index] = share;
    left -= share;
  });
  return result;
}

/** One download from start to end. */
class Simulation {
  readonly #case: TransferCase;
  readonly #slots = new TransferSlots();
  readonly #controller: LaneController;
  readonly #queue: number[];
  readonly #open: FileTransfer[] = [];
  readonly #lanes: Lane[];
  readonly #clock = Object.assign(new TestClock(), { monotonic: () => this.#now });
  readonly #opened: number[] = [];
  #now = 0;
  #tickedAt = 0;
  #finishedBytes = 0;
  #requests = 0;
  #cut = 0;
  #idleMs = 0;

  constructor(given: TransferCase) {
    this.#case = given;
    this.#controller = new LaneController({ start: given.start, max: given.max });
    this.#queue = orderFiles(given.fileSizes.map((sizeBytes) => ({ sizeBytes })), (file) => file.sizeBytes)
      .map(({ sizeBytes }) => sizeBytes);
    this.#lanes = Array.from({ length: given.max }, (_, index) => ({
      index,
      bytesPerSecond: 0,
      work: undefined,
      firstByteAt: 0,
      position: 0,
      connected: false,
    }));
  }

  run(): TransferResult {
    const total = this.#case.fileSizes.reduce((sum, size) => sum + size, 0);
    let tailFrom: number | undefined;
    while (this.#finishedBytes < total) {
      if (this.#now > 3_600_000) throw new Error("The download does not end");
      for (const lane of this.#lanes) this.#assign(lane);
      this.#move();
      this.#now += STEP_MS;
      if (this.#now % TICK_MS === 0) this.#tick();
      if (this.#received() >= total * 0.95) tailFrom ??= this.#now;
    }
    return {
      elapsedMs: this.#now,
      tailMs: this.#now - (tailFrom ?? this.#now),
      requests: this.#requests,
      cut: this.#cut,
      idleMs: this.#idleMs,
      opened: this.#opened,
    };
  }

  #received(): number {
    return this.#open.reduce((sum, file) => sum + file.receivedBytes, this.#finishedBytes);
  }

  #assign(lane: Lane): void {
    if (lane.work !== undefined || lane.index >= this.#controller.lanes) return;
    const work = this.#next(lane.bytesPerSecond);
    if (work === undefined) {
      if (this.#open.some((file) => file.hasMissing) || this.#queue.length > 0) this.#idleMs += STEP_MS;
      return;
    }
    lane.work = work;
    lane.position = work.segment.start;
    lane.firstByteAt = this.#now + this.#case.latencyMs * (lane.connected ? 1 : 2);
    lane.connected = true;
    work.segment.movedAt = this.#now;
    this.#requests++;
  }

  #next(bytesPerSecond: number): Lane["work"] {
    const later = (): number => this.#queue.reduce((sum, size) => sum + size, 0);
    while (
      !this.#open.some((file) => file.hasMissing) && this.#queue.length > 0 &&
      this.#open.length < MAX_OPEN_LARGE_FILES
    ) this.#openFile(this.#queue.shift() ?? 0);
    for (const transfer of this.#open) {
      const segment = transfer.take(bytesPerSecond, { laterBytes: later() });
      if (segment !== undefined) return { transfer, segment };
    }
    for (const transfer of this.#open) {
      const segment = transfer.steal(bytesPerSecond);
      if (segment !== undefined) return { transfer, segment };
    }
    return undefined;
  }

  #openFile(sizeBytes: number): void {
    this.#opened.push(sizeBytes);
    const digest = { algorithm: "sha256", hex: "ab".repeat(32) } as const;
    const task = {
      source: { path: "a", sizeBytes, digest, locate: () => Promise.reject(new Error("Not asked for")) },
      kept: [],
      keptSynced: [],
    } as unknown as FileTask;
    const controller = this.#controller;
    this.#open.push(
      new FileTransfer(task, {
        slots: this.#slots,
        clock: this.#clock,
        maxRetries: 5,
        get lanes() {
          return controller.lanes;
        },
        signal: new AbortController().signal,
      }),
    );
  }

  #move(): void {
    const { laneBytesPerSecond, totalBytesPerSecond } = this.#case;
    const wanted = this.#lanes.map((lane) =>
      lane.work === undefined || this.#now < lane.firstByteAt ? 0 : laneBytesPerSecond(lane.index, this.#now)
    );
    const rates = shares(wanted, totalBytesPerSecond);
    for (const lane of this.#lanes) {
      const { work } = lane;
      if (work === undefined) continue;
      const { transfer, segment } = work;
      lane.position += (rates[lane.index] ?? 0) * STEP_MS / 1000;
      const position = Math.min(segment.end, Math.floor(lane.position));
      this.#slots.setPosition(segment.slot, position);
      const aborted = segment.controller.signal.aborted;
      if (position < segment.end && !aborted) continue;
      // Robbed of its rest, or cut off: the connection is of no use any more.
      lane.connected = !aborted && segment.end === segment.askedEnd;
      if (!lane.connected) this.#cut++;
      lane.bytesPerSecond = segment.bytesPerSecond || lane.bytesPerSecond;
      transfer.settle(segment, { discard: false });
      lane.work = undefined;
      if (!transfer.complete) continue;
      this.#open.splice(this.#open.indexOf(transfer), 1);
      this.#finishedBytes += transfer.receivedBytes;
    }
  }

  #tick(): void {
    const segments = this.#open.flatMap((file) => [...file.active]);
    const stuck = findStuckSegments({
      segments,
      position: (segment) => this.#slots.position(segment.slot),
      now: this.#now,
      elapsedMs: this.#now - this.#tickedAt,
      stallTimeoutMs: 30_000,
      throttled: false,
      replaceable: (segment) =>
        segments.length < this.#controller.lanes &&
        (this.#open.find((file) => file.active.has(segment))?.takeReplacement() ?? false),
    });
    for (const segment of stuck) segment.controller.abort();
    this.#tickedAt = this.#now;
    const busy = segments.length;
    if (busy < this.#controller.lanes) this.#controller.restartTrial();
    else if (busy > this.#controller.lanes) this.#controller.postpone();
    else {
      const deliveringLanes = segments.filter((segment) => segment.firstByteAt !== undefined).length;
      this.#controller.sample({ atMs: this.#now, totalBytes: this.#received(), deliveringLanes });
    }
  }
}

/** Simulates a download. */
export function simulateTransfer(given: TransferCase): TransferResult {
  return new Simulation(given).run();
}

/** The least time that a download can take: all lanes full from the first byte to the last. */
export function idealMs(given: TransferCase): number {
  const bytes = given.fileSizes.reduce((sum, size) => sum + size, 0);
  const lanes = Array.from({ length: given.max }, (_, lane) => given.laneBytesPerSecond(lane, 0));
  const rate = Math.min(given.totalBytesPerSecond, lanes.reduce((sum, one) => sum + one, 0));
  return bytes / rate * 1000 + 2 * given.latencyMs;
}
