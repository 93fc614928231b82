/**
 * The clock port: time, waiting and chance, so that tests need neither real sleeps nor luck.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { cancelledError } from "./errors.ts";

/** Time, waiting and chance. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970 (may jump). */
  now(): number;
  /** Milliseconds on a clock that never goes back. */
  monotonic(): number;
  /** Waits; rejects with the signal's reason when aborted. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** A number in `[0, 1)`. */
  random(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  async sleep(ms, options = {}) {
    try {
      await delay(ms, undefined, options.signal === undefined ? {} : { signal: options.signal });
    } catch {
      throw cancelledError(options.signal?.reason);
    }
  },
};
