/**
 * How often a file may fail: as often as it likes while it moves, `maxRetries` times in a row while it does not.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";

const BASE_DELAY_MS = 500;
const MAX_DELAY_MS = 15_000;

/** What a failure means for a file. */
export type RetryVerdict =
  /** Try again at `at` on the monotonic clock; `counted` is false when a wait for an earlier failure still runs. */
  | { readonly retry: true; readonly attempt: number; readonly delayMs: number; readonly counted: boolean }
  | { readonly retry: false; readonly attempts: number; readonly elapsedMs: number };

/** The failures of one file in a row. */
export class RetryBudget {
  readonly #maxRetries: number;
  readonly #clock: Clock;
  #attempts = 0;
  #receivedBytes = 0;
  #firstFailureAt = 0;
  #blockedUntil = 0;
  /** How long a server has asked to wait. */
  #askedUntil = 0;

  constructor(options: { readonly maxRetries: number; readonly clock: Clock }) {
    this.#maxRetries = options.maxRetries;
    this.#clock = options.clock;
  }

  /** Failures in a row without progress. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Whether the file has to wait before its next request. */
  get blocked(): boolean {
    return this.#clock.monotonic() < this.#blockedUntil;
  }

  /** Whether the wait is the server's own wish: then it says nothing about progress. */
  get waitsForServer(): boolean {
    return this.#clock.monotonic() < this.#askedUntil;
  }

  /** Forgets all failures: the file is begun anew for another reason. */
  reset(): void {
    this.#attempts = 0;
    this.#receivedBytes = 0;
    this.#blockedUntil = 0;
    this.#askedUntil = 0;
  }

  /** Whether a failure now would not be the first since there was progress. */
  isRepeated(receivedBytes: number): boolean {
    return this.#attempts > 0 && receivedBytes <= this.#receivedBytes;
  }

  /** Lets the file wait without a failure. */
  pause(delayMs: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, this.#clock.monotonic() + delayMs);
  }

  /** Records a failure; progress since the last one makes it the first again. */
  fail(facts: { readonly receivedBytes: number; readonly retryAfterMs?: number | undefined }): RetryVerdict {
    const now = this.#clock.monotonic();
    this.#askedUntil = Math.max(this.#askedUntil, now + (facts.retryAfterMs ?? 0));
    // Lanes that fail together have one cause: they count once, and wait for the longest time that a server asked for.
    if (this.#attempts > 0 && now < this.#blockedUntil) {
      this.#blockedUntil = Math.max(this.#blockedUntil, now + (facts.retryAfterMs ?? 0));
      return { retry: true, attempt: this.#attempts, delayMs: this.#blockedUntil - now, counted: false };
    }
    if (facts.receivedBytes > this.#receivedBytes || this.#attempts === 0) {
      this.#attempts = 0;
      this.#firstFailureAt = now;
    }
    this.#receivedBytes = Math.max(this.#receivedBytes, facts.receivedBytes);
    this.#attempts++;
    if (this.#attempts > this.#maxRetries) {
      return { retry: false, attempts: this.#attempts, elapsedMs: now - this.#firstFailureAt };
    }
    // The server's own wish is never shortened nor scattered; "at once" would use up all attempts at once.
    const backoff = Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (this.#attempts - 1));
    const delayMs = Math.max(facts.retryAfterMs ?? 0, backoff * (0.5 + this.#clock.random() / 2));
    this.#blockedUntil = now + delayMs;
    return { retry: true, attempt: this.#attempts, delayMs, counted: true };
  }
}
