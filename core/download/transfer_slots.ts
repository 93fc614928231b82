/**
 * Counters that main thread and workers share without messages: one slot a running transfer, each a position and a
 * limit, and the bytes that a rate limit still allows.
 *
 * The writer of a position is the worker, the writer of a limit the main thread. Lowering the limit of a running
 * segment takes its rest away; raising the limit of a running hash lets it go on.
 *
 * @module
 */

const SLOT_COUNT = 256;
const CELLS_BEFORE_SLOTS = 2;
/** Bytes one read may take while a rate limit is on; 0 while there is none. */
const READ_BYTES = 0;
const ALLOWANCE = 1;

/** A view of the shared counters; main thread and workers each make their own over one buffer. */
export class TransferSlots {
  /** Given to workers, who make their own view of it. */
  readonly buffer: SharedArrayBuffer;
  readonly #cells: BigInt64Array;
  readonly #free: number[] = [];
  /** Leased slots that a lost thread may still write to. */
  readonly #distrusted = new Set<number>();
  /** Such slots given back, the oldest first. */
  readonly #lastResort: number[] = [];

  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer((CELLS_BEFORE_SLOTS + 2 * SLOT_COUNT) * 8);
    this.#cells = new BigInt64Array(this.buffer);
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

  /**
   * Switches the rate limit on, with reads of at most `readBytes`, or off with 0; main thread only. What was saved up
   * or owed under another limit is forgotten.
   */
  setReadLimit(readBytes: number): void {
    Atomics.store(this.#cells, READ_BYTES, BigInt(readBytes));
    Atomics.store(this.#cells, ALLOWANCE, 0n);
  }

  /** How many bytes one read may take; 0 for no limit. */
  get readLimit(): number {
    return Number(Atomics.load(this.#cells, READ_BYTES));
  }

  /** Allows more bytes, up to `burstBytes` in hand; main thread only. */
  allow(bytes: number, burstBytes: number): void {
    const before = Number(Atomics.add(this.#cells, ALLOWANCE, BigInt(bytes)));
    const excess = before + bytes - burstBytes;
    if (excess > 0) Atomics.sub(this.#cells, ALLOWANCE, BigInt(excess));
  }

  /**
   * Takes bytes from the allowance after they were read: it may go below zero. A read that was begun before the limit
   * came counts as one of the size that is allowed now, or all lanes would stand still for it.
   *
   * @returns whether the reader may go on at once.
   */
  consume(bytes: number): boolean {
    const { readLimit } = this;
    if (readLimit === 0) return true;
    const counted = BigInt(Math.min(bytes, readLimit));
    return Atomics.sub(this.#cells, ALLOWANCE, counted) - counted > 0n;
  }

  /** Whether bytes may be read now. */
  get allowed(): boolean {
    return this.readLimit === 0 || Atomics.load(this.#cells, ALLOWANCE) > 0n;
  }
}
