/**
 * One token bucket over all lanes, files and jobs of a process, and one more for each request that has a limit of its
 * own. Their accounts lie in memory that the workers share, so that a change of the limit reaches a running transfer at
 * once.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { Allowance } from "./allowance.ts";
import { SHARED_BUDGET, type TransferSlots } from "./transfer_slots.ts";

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

/** A limit of a request: bytes a second, `null` for none whatever the process says, `undefined` to share the process's. */
export type RequestedLimit = number | null | undefined;

/** A limit that changes with the time, in milliseconds since 1970: bytes a second, `undefined` for none. */
export type LimitAt = (nowMs: number) => number | undefined;

/** How often a limit that changes with the time is looked at. */
const LOOK_EVERY_MS = 1_000;

/** How a limiter is made. */
export interface RateLimiterOptions {
  readonly slots: Pick<TransferSlots, "allowanceOf" | "leaseBudget" | "releaseBudget">;
  readonly clock: Clock;
  /** Whose account it is. @default that of the process */
  readonly budget?: number | undefined;
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

/** What a request is limited by, until it is disposed of. */
export interface HeldLimit extends Disposable {
  /** The process's, or one of the request's own. */
  readonly limiter: RateLimiter;
}

/** Lets through so many bytes a second. */
export class RateLimiter {
  /** Whose account it is. */
  readonly budget: number;
  readonly #options: RateLimiterOptions;
  readonly #allowance: Allowance;
  /** Requests that share it. */
  #holds = 0;
  #wanted: number | LimitAt | undefined;
  #lookedAt = -Infinity;
  #effective: number | undefined;
  #refilledAt = 0;
  #awaitedAt = -Infinity;

  constructor(options: RateLimiterOptions) {
    checkLimit(options.bytesPerSecond);
    this.#options = options;
    this.budget = options.budget ?? SHARED_BUDGET;
    this.#allowance = options.slots.allowanceOf(this.budget);
    this.#wanted = options.bytesPerSecond;
    this.#begin(this.#limitNow());
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
   * Changes the limit, also while transfers run: those that share it follow it from now on. Requests with limits of
   * their own keep them.
   *
   * @throws {RangeError} When it is not finite and at least 1.
   */
  setLimit(bytesPerSecond: number | LimitAt | undefined): void {
    checkLimit(bytesPerSecond);
    this.#wanted = bytesPerSecond;
    this.#update();
  }

  /**
   * Adds a request that transfers bytes, until it is disposed of. Without a limit of its own it shares this one with
   * all others; with one, it is limited by that alone, and nobody else is.
   *
   * @throws {RangeError} When its limit is not finite and at least 1, or there are too many of them.
   */
  hold(limit: RequestedLimit): HeldLimit {
    checkLimit(limit);
    return limit === undefined ? this.#share() : this.#own(limit ?? undefined);
  }

  #share(): HeldLimit {
    // What was saved up while nothing ran is no part of the new request's rate.
    if (this.#holds === 0) this.#begin(this.#limitNow());
    this.#holds++;
    let held = true;
    const release = (): void => {
      if (held) this.#holds--;
      held = false;
    };
    return { limiter: this, [Symbol.dispose]: release };
  }

  #own(bytesPerSecond: number | undefined): HeldLimit {
    const { slots, clock } = this.#options;
    const budget = slots.leaseBudget();
    let held = true;
    const release = (): void => {
      if (held) slots.releaseBudget(budget);
      held = false;
    };
    return {
      limiter: new RateLimiter({ slots, clock, budget, bytesPerSecond }),
      [Symbol.dispose]: release,
    };
  }

  /** What it is to be just now. */
  #limitNow(): number | undefined {
    const { clock } = this.#options;
    this.#lookedAt = clock.monotonic();
    return typeof this.#wanted === "function" ? this.#wanted(clock.now()) : this.#wanted;
  }

  /** Limits that change with the time are looked at now and then. */
  #followTime(): void {
    if (typeof this.#wanted !== "function") return;
    if (this.#options.clock.monotonic() - this.#lookedAt >= LOOK_EVERY_MS) this.#update();
  }

  /** An account that goes on is not begun anew: what was granted already would be granted again. */
  #update(): void {
    const limit = this.#limitNow();
    if (limit !== this.#effective) this.#begin(limit);
  }

  #begin(limit: number | undefined): void {
    this.#effective = limit;
    this.#refilledAt = this.#options.clock.monotonic();
    this.#awaitedAt = -Infinity;
    this.#allowance.begin(
      limit === undefined
        ? 0
        : Math.min(MAX_BITE_BYTES, Math.max(MIN_BITE_BYTES, Math.ceil(limit * BITE_SECONDS))),
    );
  }

  /** Grants what has become due since the last call; to be called every few ten milliseconds. */
  refill(): void {
    this.#followTime();
    const rate = this.#effective;
    if (rate === undefined) return;
    const allowance = this.#allowance;
    const { clock } = this.#options;
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
    const allowance = this.#allowance;
    const { clock } = this.#options;
    return allowance.awaited || clock.monotonic() - this.#awaitedAt < RECENT_MS;
  }
}
