/**
 * The clock port: time, waiting and chance, so that tests need neither real sleeps nor luck.
 *
 * @module
 */
import { cancelledError } from "./errors.ts";

/** Time, waiting and chance. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970 (may jump). */
  now(): number;
  /** Milliseconds on a clock that never goes back. */
  monotonic(): number;
  /** Waits; when aborted, rejects with the signal's reason if it is an error of ours, else with `CANCELLED`. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** A number in `[0, 1)`. */
  random(): number;
}

/** Timers that are set for longer than this fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  async sleep(ms, options = {}) {
    const { signal } = options;
    for (let rest = ms; rest > 0 || rest === ms; rest -= LONGEST_TIMER_MS) {
      await timer(Math.max(0, Math.min(rest, LONGEST_TIMER_MS)), signal);
    }
  },
};

/** Every request has a timer that is aborted, so it must cost little. */
function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(id);
      reject(cancelledError(signal?.reason));
    };
    const id = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
