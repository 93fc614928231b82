/**
 * Counters that main thread and workers share without messages: one slot a running transfer, each a position and a
 * limit, and before them the account of the rate limit.
 *
 * The writer of a position is the worker, the writer of a limit the main thread. Lowering the limit of a running
 * segment takes its rest away; raising the limit of a running hash lets it go on.
 *
 * @module
 */
import { Allowance, ALLOWANCE_CELLS } from "./allowance.ts";

const SLOT_COUNT = 256;
const CELLS_BEFORE_SLOTS = ALLOWANCE_CELLS;

/** A view of the shared counters; main thread and workers each make their own over one buffer. */
export class TransferSlots {
  /** Given to workers, who make their own view of it. */
  readonly buffer: SharedArrayBuffer;
  /** What the rate limit lets through. */
  readonly allowance: Allowance;
  readonly #cells: BigInt64Array;
  readonly #free: number[] = [];
  /** Leased slots that a lost thread may still write to. */
  readonly #distrusted = new Set<number>();
  /** Such slots given back, the oldest first. */
  readonly #lastResort: number[] = [];

  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer((CELLS_BEFORE_SLOTS + 2 * SLOT_COUNT) * 8);
    this.#cells = new BigInt64Array(this.buffer);
    this.allowance = new Allowance(this.#cells);
    for (let slot = SLOT_COUNT - 1; slot >= 0; slot--) this.#free.push(slot);
  }

  /** Takes a slot and sets it; main thread only. */
  lease(position: number, limit: number): number {
    const slot = this.#free.pop() ?? this.#lastResort.shift();
    if (slot === undefined) throw new RangeError("Cannot start a transfer: all slots are taken");
    this.setLimit(slot, limit);
    this.setPosition(slot, position);
    return slot;
  }

  /** Gives a slot back. */
  release(slot: number): void {
    if (this.#distrusted.delete(slot)) this.#lastResort.push(slot);
    else this.#free.push(slot);
  }

  /**
   * Marks a leased slot whose worker was given up without an answer: that thread may still write to it once, so it
   * is leased again only when there is no other.
   */
  distrust(slot: number): void {
    this.#distrusted.add(slot);
  }

  #cell(slot: number, offset: 0 | 1): number {
    return CELLS_BEFORE_SLOTS + 2 * slot + offset;
  }

  /** How far the transfer has come: a byte offset in the file. */
  position(slot: number): number {
    return Number(Atomics.load(this.#cells, this.#cell(slot, 0)));
  }

  setPosition(slot: number, position: number): void {
    Atomics.store(this.#cells, this.#cell(slot, 0), BigInt(position));
  }

  /** Where the transfer has to stop for now. */
  limit(slot: number): number {
    return Number(Atomics.load(this.#cells, this.#cell(slot, 1)));
  }

  /** Sets the limit and wakes who waits for it. */
  setLimit(slot: number, limit: number): void {
    const cell = this.#cell(slot, 1);
    Atomics.store(this.#cells, cell, BigInt(limit));
    Atomics.notify(this.#cells, cell);
  }

  /** Resolves when the limit is no longer `seen`, or after `timeoutMs`. */
  async limitChanged(
    slot: number,
    options: { readonly seen: number; readonly timeoutMs: number },
  ): Promise<void> {
    const wait = Atomics.waitAsync(this.#cells, this.#cell(slot, 1), BigInt(options.seen), options.timeoutMs);
    if (wait.async) await wait.value;
  }
}
