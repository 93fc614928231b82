/**
 * One token bucket over all lanes and jobs. Its tokens lie in memory that the workers share, so that a change of the
 * limit reaches a running transfer at once.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { TransferSlots } from "./transfer_slots.ts";

/** What may be saved up, in seconds of the rate: enough for the time between two refills. */
const BURST_SECONDS = 0.2;
const MIN_READ_BYTES = 4 * 1024;
const READS_PER_SECOND = 50;

/** Lets through so many bytes a second. */
export class RateLimiter {
  readonly #slots: TransferSlots;
  readonly #clock: Clock;
  #bytesPerSecond: number | undefined;
  #refilledAt = 0;

  constructor(options: { readonly slots: TransferSlots; readonly clock: Clock }) {
    this.#slots = options.slots;
    this.#clock = options.clock;
  }

  /** The limit in bytes a second; `undefined` for none. */
  get limit(): number | undefined {
    return this.#bytesPerSecond;
  }

  /** Changes the limit, also while transfers run. @throws {RangeError} When it is not above 0. */
  setLimit(bytesPerSecond: number | undefined): void {
    if (bytesPerSecond !== undefined && !(bytesPerSecond > 0)) {
      throw new RangeError(`Cannot limit the rate to ${bytesPerSecond} bytes a second: wanted more than 0`);
    }
    this.#bytesPerSecond = bytesPerSecond;
    this.#refilledAt = this.#clock.monotonic();
    this.#slots.setReadLimit(
      bytesPerSecond === undefined
        ? 0
        : Math.max(MIN_READ_BYTES, Math.ceil(bytesPerSecond / READS_PER_SECOND)),
    );
  }

  /** Adds what has become due since the last call; to be called every few ten milliseconds. */
  refill(): void {
    if (this.#bytesPerSecond === undefined) return;
    const now = this.#clock.monotonic();
    const due = Math.floor(((now - this.#refilledAt) / 1000) * this.#bytesPerSecond);
    if (due <= 0) return;
    // Only the time that was paid out: fractions of a byte are not lost at low rates.
    this.#refilledAt += (due / this.#bytesPerSecond) * 1000;
    this.#slots.allow(due, Math.max(1, Math.ceil(this.#bytesPerSecond * BURST_SECONDS)));
  }

  /** Whether transfers have to wait just now: no sign of a stalled server. */
  get exhausted(): boolean {
    return !this.#slots.allowed;
  }
}
