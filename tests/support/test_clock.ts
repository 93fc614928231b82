/**
 * A virtual clock: time moves when a test says so, or as soon as somebody sleeps.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { Clock } from "../../core/base/clock.ts";
import { cancelledError, throwIfAborted } from "../../core/base/errors.ts";

/** How a {@link TestClock} starts and moves. */
export interface TestClockOptions {
  /** Wall-clock time at the start, in milliseconds since 1970. @default 2025-01-01T00:00:00Z */
  readonly startMs?: number;
  /** Every sleep ends at once and moves time by its length. @default false */
  readonly autoAdvance?: boolean;
  /** What `random()` returns. @default always 0.5 */
  readonly random?: () => number;
}

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** Lets everything that is ready run: promises, and the callbacks that they lead to. */
export async function settle(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/**
 * A {@link Clock} without real time.
 *
 * Manual: `advance(ms)` wakes sleepers in the order of their due times, each at its own time. Automatic: the
 * clock jumps to the earliest due time as soon as nothing else is ready, so concurrent sleeps keep their order.
 */
export class TestClock implements Clock {
  /** The length of every sleep so far, in milliseconds, in the order they began. */
  readonly sleeps: number[] = [];
  /** Whether sleeps end by themselves; may be changed at any time. */
  autoAdvance: boolean;
  readonly #random: () => number;
  readonly #sleepers = new Set<Sleeper>();
  #wallMs: number;
  #monotonicMs = 0;

  constructor(options: TestClockOptions = {}) {
    this.#wallMs = options.startMs ?? Date.UTC(2025, 0, 1);
    this.autoAdvance = options.autoAdvance ?? false;
    this.#random = options.random ?? (() => 0.5);
  }

  /** How many sleeps have not ended. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  now(): number {
    return this.#wallMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  random(): number {
    return this.#random();
  }

  /** Sets the wall clock without anybody waking up, as a user or a time server would. */
  jumpTo(wallMs: number): void {
    this.#wallMs = wallMs;
  }

  sleep(ms: number, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { signal } = options;
    this.sleeps.push(ms);
    return new Promise<void>((resolve, reject) => {
      throwIfAborted(signal);
      const abort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(cancelledError(signal?.reason));
      };
      const sleeper: Sleeper = {
        dueMs: this.#monotonicMs + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#sleepers.add(sleeper);
      if (this.autoAdvance) void settle(1).then(() => this.#wakeNext(Infinity));
    });
  }

  /** Moves time on by `ms`; everybody whose time comes wakes up and may sleep again. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    await settle();
    while (this.#wakeNext(endMs)) await settle();
    this.#moveTo(endMs);
  }

  /** Wakes the sleeper that is due first, if it is due by `limitMs`. */
  #wakeNext(limitMs: number): boolean {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.dueMs <= limitMs && (next === undefined || sleeper.dueMs < next.dueMs)) next = sleeper;
    }
    if (next === undefined) return false;
    this.#sleepers.delete(next);
    this.#moveTo(next.dueMs);
    next.wake();
    return true;
  }

  #moveTo(monotonicMs: number): void {
    const step = Math.max(0, monotonicMs - this.#monotonicMs);
    this.#monotonicMs += step;
    this.#wallMs += step;
  }
}
