/**
 * Counters that main thread and workers share without messages: one slot a running transfer, each a position, a limit
 * and the budget that its bytes are of, and before them the budgets: what rate limits let through.
 *
 * The writer of a position is the worker, the writer of everything else the main thread. Lowering the limit of a running
 * segment takes its rest away; raising the limit of a running hash lets it go on.
 *
 * @module
 */
import { Allowance, ALLOWANCE_CELLS } from "./allowance.ts";

const SLOT_COUNT = 256;
const CELLS_OF_SLOT = 3;
/** That of the process, and one for each request at once that has a rate limit of its own. */
const BUDGET_COUNT = 128;
const CELLS_BEFORE_SLOTS = BUDGET_COUNT * ALLOWANCE_CELLS;
/** The budget that all share who have none of their own. */
export const SHARED_BUDGET = 0;

/** A view of the shared counters; main thread and workers each make their own over one buffer. */
export class TransferSlots {
  /** Given to workers, who make their own view of it. */
  readonly buffer: SharedArrayBuffer;
  /** What the rate limit lets through that is shared. */
  readonly allowance: Allowance;
  readonly #cells: BigInt64Array;
  readonly #free: number[] = [];
  readonly #freeBudgets: number[] = [];
  /** Leased slots that a lost thread may still write to. */
  readonly #distrusted = new Set<number>();
  /** Such slots given back, the oldest first. */
  readonly #lastResort: number[] = [];

  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer((CELLS_BEFORE_SLOTS + CELLS_OF_SLOT * SLOT_COUNT) * 8);
    this.#cells = new BigInt64Array(this.buffer);
    this.allowance = this.allowanceOf(SHARED_BUDGET);
    for (let slot = SLOT_COUNT - 1; slot >= 0; slot--) this.#free.push(slot);
    for (let budget = BUDGET_COUNT - 1; budget > SHARED_BUDGET; budget--) this.#freeBudgets.push(budget);
  }

  /** What the rate limit of a budget lets through. */
  allowanceOf(budget: number): Allowance {
    return new Allowance(this.#cells.subarray(budget * ALLOWANCE_CELLS, (budget + 1) * ALLOWANCE_CELLS));
  }

  /** Takes a budget; main thread only. @throws {RangeError} When all are taken. */
  leaseBudget(): number {
    const budget = this.#freeBudgets.shift();
    if (budget === undefined) throw new RangeError("Cannot limit a transfer: all budgets are taken");
    return budget;
  }

  /** Gives a budget back. The one that was free longest is leased next: a lost thread may still look at it. */
  releaseBudget(budget: number): void {
    this.#freeBudgets.push(budget);
  }

  /** Takes a slot and sets it; main thread only. */
  lease(position: number, limit: number, budget: number = SHARED_BUDGET): number {
    const slot = this.#free.pop() ?? this.#lastResort.shift();
    if (slot === undefined) throw new RangeError("Cannot start a transfer: all slots are taken");
    Atomics.store(this.#cells, this.#cell(slot, 2), BigInt(budget));
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

  #cell(slot: number, offset: 0 | 1 | 2): number {
    return CELLS_BEFORE_SLOTS + CELLS_OF_SLOT * slot + offset;
  }

  /** Whose rate limit holds for the transfer. */
  budget(slot: number): number {
    return Number(Atomics.load(this.#cells, this.#cell(slot, 2)));
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
