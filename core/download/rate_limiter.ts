/**
 * One token bucket over all lanes, files and jobs of a process. Its account lies in memory that the workers share, so
 * that a change of the limit reaches a running transfer at once.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { TransferSlots } from "./transfer_slots.ts";

/** What may be saved up while no lane asks for bytes, between two small files for instance, in seconds of the rate. */
const SPARE_SECONDS = 0.5;
/** Time that passed without a look is paid out up to this: a machine that slept must not make up for the night. */
const MAX_PAID_MS = 1_000;
/** One turn of a lane, in seconds of the rate: short, so that sixteen lanes come round quickly… */
const BITE_SECONDS = 0.01;
/** …but not so short that a slow transfer does nothing but wake up, nor longer than one read. */
const MIN_BITE_BYTES = 1024;
const MAX_BITE_BYTES = 512 * 1024;
/** Transfers count as held back until so long after one of them last had to wait. */
const RECENT_MS = 1_000;
/** More lanes than one for so many bytes a second only keep connections open that hardly move. */
const LANE_BYTES_PER_SECOND = 256 * 1024;

/** A limit of a request: bytes a second, `null` for none whatever the process says, `undefined` for the process's. */
export type RequestedLimit = number | null | undefined;

/** A limit that changes with the time, in milliseconds since 1970: bytes a second, `undefined` for none. */
export type LimitAt = (nowMs: number) => number | undefined;

/** How often a limit that changes with the time is looked at. */
const LOOK_EVERY_MS = 1_000;

/** How a limiter is made. */
export interface RateLimiterOptions {
  readonly slots: Pick<TransferSlots, "allowance">;
  readonly clock: Clock;
  /** Of the process, in bytes a second. @default none */
  readonly bytesPerSecond?: number | LimitAt | undefined;
}

/** Whether a number can be a rate limit: finite, and at least a byte a second. */
export function isRateLimit(bytesPerSecond: number): boolean {
  return Number.isFinite(bytesPerSecond) && bytesPerSecond >= 1;
}

function checkLimit(bytesPerSecond: RequestedLimit | LimitAt): void {
  if (bytesPerSecond === undefined || bytesPerSecond === null || typeof bytesPerSecond === "function") return;
  if (isRateLimit(bytesPerSecond)) return;
  throw new RangeError(`Cannot limit the rate to ${bytesPerSecond} bytes a second: wanted at least 1`);
}

interface Hold {
  limit: RequestedLimit;
}

/** Lets through so many bytes a second. */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #holds = new Set<Hold>();
  #ofProcess: number | LimitAt | undefined;
  #lookedAt = -Infinity;
  #effective: number | undefined;
  #refilledAt = 0;
  #awaitedAt = -Infinity;

  constructor(options: RateLimiterOptions) {
    checkLimit(options.bytesPerSecond);
    this.#options = options;
    this.#ofProcess = options.bytesPerSecond;
    this.#update();
  }

  /** The limit that counts now, in bytes a second; `undefined` for none. */
  get limit(): number | undefined {
    return this.#effective;
  }

  /** How many lanes the limit is worth; `Infinity` without one. */
  get lanes(): number {
    return this.#effective === undefined
      ? Infinity
      : Math.max(1, Math.ceil(this.#effective / LANE_BYTES_PER_SECOND));
  }

  /**
   * Changes the limit of the process, also while transfers run: those that do follow it from now on, whatever limit
   * they began with.
   *
   * @throws {RangeError} When it is not finite and at least 1.
   */
  setLimit(bytesPerSecond: number | LimitAt | undefined): void {
    checkLimit(bytesPerSecond);
    this.#ofProcess = bytesPerSecond;
    for (const hold of this.#holds) hold.limit = undefined;
    this.#update();
  }

  /**
   * Adds a request that transfers bytes, until it is disposed of. The lowest limit among the requests counts for all
   * of them: they share the bucket.
   *
   * @throws {RangeError} When its limit is not finite and at least 1.
   */
  hold(limit: RequestedLimit): Disposable {
    checkLimit(limit);
    const hold: Hold = { limit };
    // What was saved up while nothing ran is no part of the new request's rate.
    if (this.#holds.size === 0) this.#effective = undefined;
    this.#holds.add(hold);
    this.#update();
    return {
      [Symbol.dispose]: () => {
        this.#holds.delete(hold);
        this.#update();
      },
    };
  }

  /** What the process is limited to just now. */
  #limitOfProcess(): number | undefined {
    const { clock } = this.#options;
    this.#lookedAt = clock.monotonic();
    return typeof this.#ofProcess === "function" ? this.#ofProcess(clock.now()) : this.#ofProcess;
  }

  #effectiveLimit(): number | undefined {
    const ofProcess = this.#limitOfProcess();
    const limits = [...this.#holds].map(({ limit }) => limit === undefined ? ofProcess : limit ?? undefined);
    if (limits.length === 0) limits.push(ofProcess);
    const lowest = Math.min(...limits.map((limit) => limit ?? Infinity));
    return lowest === Infinity ? undefined : lowest;
  }

  /** A step of a timetable is no change by a person: requests keep the limits of their own. */
  #followTime(): void {
    if (typeof this.#ofProcess !== "function") return;
    if (this.#options.clock.monotonic() - this.#lookedAt < LOOK_EVERY_MS) return;
    if (this.#effectiveLimit() !== this.#effective) this.#update();
  }

  #update(): void {
    const effective = this.#effectiveLimit();
    const { slots: { allowance }, clock } = this.#options;
    // An account that goes on is not begun anew: a second request would win a new bucket with it.
    if (effective !== undefined && effective === this.#effective) return;
    this.#effective = effective;
    this.#refilledAt = clock.monotonic();
    this.#awaitedAt = -Infinity;
    allowance.begin(
      effective === undefined
        ? 0
        : Math.min(MAX_BITE_BYTES, Math.max(MIN_BITE_BYTES, Math.ceil(effective * BITE_SECONDS))),
    );
  }

  /** Grants what has become due since the last call; to be called every few ten milliseconds. */
  refill(): void {
    this.#followTime();
    const rate = this.#effective;
    if (rate === undefined) return;
    const { slots: { allowance }, clock } = this.#options;
    const now = clock.monotonic();
    const { awaited } = allowance;
    if (awaited) this.#awaitedAt = now;
    // The average begins with the first lane that asks, or a short transfer would begin with a burst.
    if (!allowance.used) {
      this.#refilledAt = now;
      return;
    }
    this.#refilledAt = Math.max(this.#refilledAt, now - MAX_PAID_MS);
    const due = Math.floor(((now - this.#refilledAt) / 1000) * rate);
    if (due <= 0) return;
    // Only the time that was paid out: fractions of a byte are not lost at low rates.
    this.#refilledAt += (due / rate) * 1000;
    // Time in which a lane waited is paid in full, also after a hiccup of this thread.
    allowance.grant(due, Math.ceil(rate * (awaited ? MAX_PAID_MS / 1000 : SPARE_SECONDS)));
  }

  /** Whether the limit holds transfers back, now or a moment ago: standing still is then no sign of a stalled server. */
  get exhausted(): boolean {
    if (this.#effective === undefined) return false;
    const { slots: { allowance }, clock } = this.#options;
    return allowance.awaited || clock.monotonic() - this.#awaitedAt < RECENT_MS;
  }
}
