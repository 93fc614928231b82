/**
 * The clock of the screen: what is shown of times and speeds moves on.
 *
 * @module
 */
import type { Clock } from "../../core/base/clock.ts";
import type { DownloadsState } from "./downloads/downloads_state.ts";

/** While something is being downloaded. */
export const BUSY_TICK_MS = 100;
/** Otherwise: ages and times of day. */
export const IDLE_TICK_MS = 1_000;

/** What ticks, and how fast. */
export interface TickerOptions {
  readonly clock: Clock;
  readonly downloads: { get(): DownloadsState; subscribe(listener: () => void): () => void };
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly tick: () => void;
}

/** Whether something is on its way. */
export function isDownloading({ jobs, activities }: DownloadsState): boolean {
  return jobs.some(({ status }) => status === "downloading") ||
    activities.some(({ ended }) => ended === undefined);
}

/**
 * Ticks until the signal is aborted. What downloads tell is a tick, too: in the same turn, so that both are drawn at
 * once, and the next one by itself comes only when nothing has been told for so long.
 */
export async function runTicker({ clock, downloads, signal, tick }: TickerOptions): Promise<void> {
  const busy = (): boolean => isDownloading(downloads.get());
  while (!signal.aborted) {
    const wasBusy = busy();
    const change = new AbortController();
    const stop = downloads.subscribe(() => {
      // A download that begins does not wait for the end of a slow tick.
      if (!wasBusy && !busy()) return;
      if (!signal.aborted) tick();
      change.abort();
    });
    try {
      await clock.sleep(wasBusy ? BUSY_TICK_MS : IDLE_TICK_MS, {
        signal: AbortSignal.any([signal, change.signal]),
      });
    } catch {
      // Woken, or the end.
    } finally {
      stop();
    }
    if (!signal.aborted && !change.signal.aborted) tick();
  }
}
