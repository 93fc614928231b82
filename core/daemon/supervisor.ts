/**
 * Keeps the parts of the daemon going: one that fails begins again, and takes nothing else with it.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../base/clock.ts";
import { toErrorData } from "../base/errors.ts";
import type { Problems } from "./problems.ts";

/** A part of the daemon that goes on until it is stopped. */
export interface DaemonTask {
  /** A word for logs. */
  readonly name: string;
  /** Settles soon after the signal has been aborted. */
  run(signal: AbortSignal): Promise<void>;
}

/** What tasks are kept going with. */
export interface SupervisorOptions {
  readonly clock: Clock;
  readonly problems: Problems;
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
/** Who has gone on for so long begins again at once. */
const HEALTHY_AFTER_MS = 60_000;

/** Runs a task again whenever it ends, until the signal is aborted. Never rejects. */
export async function keepRunning(task: DaemonTask, options: SupervisorOptions): Promise<void> {
  const { clock, problems, signal } = options;
  const log = getLogger(["mm", "daemon"]);
  for (let failures = 0; !signal.aborted; failures++) {
    const startMs = clock.monotonic();
    const health = new AbortController();
    // It works until it fails; who fails at once every time does not.
    void clock.sleep(HEALTHY_AFTER_MS, { signal: AbortSignal.any([signal, health.signal]) })
      .then(() => void problems.works(task.name), () => {});
    let message = "It has ended by itself";
    try {
      await task.run(signal);
    } catch (error) {
      const { message: what, causes } = toErrorData(error);
      message = [what, ...causes].join(": ");
    }
    health.abort();
    if (signal.aborted) return;
    if (clock.monotonic() - startMs >= HEALTHY_AFTER_MS) failures = 0;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
    if (problems.failed(task.name, message)) {
      log.error("The part {part} has failed, and begins again: {reason}", {
        part: task.name,
        reason: message,
      });
    }
    await clock.sleep(pauseMs, { signal }).catch(() => {});
  }
}
