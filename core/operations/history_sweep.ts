/**
 * Old records of the history are deleted by the setting `history.keep_days`: in the background, at most once a day,
 * and nothing waits for it.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { HistoryStore } from "../state/history.ts";

const DAY_MS = 86_400_000;
/** Even the shortest command gets so far, which takes it some ten milliseconds: so it comes to an end. */
const AT_ONCE = 400;

/** What is swept, and how. */
export interface HistorySweepOptions {
  readonly clock: Clock;
  /** How long records stay; 0 is for ever. */
  readonly keepMs: number;
}

/** The sweeping of one process. */
export class HistorySweep {
  readonly #options: HistorySweepOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #nextMs = 0;

  constructor(options: HistorySweepOptions) {
    this.#options = options;
  }

  /** Begins, when it is time. Never throws; what could not be deleted is left to the next time. */
  start(history: HistoryStore): void {
    const { clock, keepMs } = this.#options;
    if (keepMs <= 0 || this.#stop.signal.aborted || clock.monotonic() < this.#nextMs) return;
    this.#nextMs = clock.monotonic() + DAY_MS;
    this.#running = sweepHistory(history, { ...this.#options, signal: this.#stop.signal })
      .then(() => {}, () => {});
  }

  /** Ends after the few hundred records that are being deleted. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

/**
 * Deletes records that are too old, if that was not done within the last day. What ended within a day of the newest
 * record stays whatever the clock says: it may have been set forward by years.
 *
 * @returns how many records were deleted.
 */
export async function sweepHistory(
  history: HistoryStore,
  options: HistorySweepOptions & { readonly signal: AbortSignal },
): Promise<number> {
  const { clock, keepMs, signal } = options;
  const nowMs = clock.now();
  const sweptAtMs = await history.sweptAtMs();
  // A time that is still to come was told by a clock that has been set back since.
  if (sweptAtMs <= nowMs && nowMs - sweptAtMs < DAY_MS) return 0;
  const [newest] = await history.list({ limit: 1 });
  if (newest === undefined) return 0;
  const endedBeforeMs = Math.min(nowMs - Math.max(keepMs, DAY_MS), Date.parse(newest.endedAt) - DAY_MS);
  for (let all = 0;;) {
    const deleted = await history.clear({ endedBeforeMs }, { atMost: AT_ONCE });
    all += deleted;
    if (deleted < AT_ONCE) {
      await history.noteSwept(nowMs);
      return all;
    }
    if (signal.aborted) return all;
  }
}
