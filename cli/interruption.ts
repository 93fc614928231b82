/**
 * Ctrl+C, SIGTERM, and the end of the terminal (SIGHUP): the first asks the work to stop, the second, or too long a
 * wait, ends it.
 *
 * @module
 */
import type { Clock } from "../core/base/clock.ts";
import { ModelManagerError } from "../core/base/errors.ts";
import type { StopSignal, Terminal } from "./terminal.ts";

/** How long the work may take to stop. */
export const STOP_LIMIT_MS = 900;

/**
 * A signal so soon after the first is the same one: a terminal sends it to every process of the group, and those
 * that started us (`npx`, `deno task`, our own restart) pass it on as well.
 */
const SAME_SIGNAL_MS = 100;

/** What came of stop signals so far. */
export interface Interruption extends Disposable {
  /** Aborted, with an error `CANCELLED`, by the first signal. */
  readonly signal: AbortSignal;
  /** The first signal; of those that came together, Ctrl+C. */
  readonly received: StopSignal | undefined;
  /** Resolves when the work is not to be waited for any longer. */
  readonly forced: Promise<void>;
}

/** Watches for stop signals until disposed. */
export function watchStopSignals(
  { terminal, clock, limitMs = () => STOP_LIMIT_MS, hangupStops = () => true }: {
    readonly terminal: Terminal;
    readonly clock: Clock;
    /** How long the work may take to stop, asked when it is told to. @default {STOP_LIMIT_MS} */
    readonly limitMs?: () => number;
    /** Whether the end of the terminal is one of ours, asked when it comes. @default {true} */
    readonly hangupStops?: () => boolean;
  },
): Interruption {
  const controller = new AbortController();
  const ended = new AbortController();
  const forced = Promise.withResolvers<void>();
  let received: StopSignal | undefined;
  let receivedAtMs = 0;
  const subscription = terminal.onStopSignal((signal) => {
    if (signal === "SIGHUP" && !hangupStops()) return;
    if (received !== undefined) {
      // When a terminal goes, its shell and the system both say so, and nobody is there to be impatient.
      if (signal === "SIGHUP") return;
      if (clock.monotonic() - receivedAtMs >= SAME_SIGNAL_MS) forced.resolve();
      // The system keeps no order among different signals that are on their way together.
      else if (signal === "SIGINT") received = signal;
      return;
    }
    received = signal;
    receivedAtMs = clock.monotonic();
    controller.abort(new ModelManagerError("CANCELLED", "Cancelled"));
    clock.sleep(limitMs(), { signal: ended.signal }).then(() => forced.resolve(), () => {});
  });
  return {
    signal: controller.signal,
    get received() {
      return received;
    },
    forced: forced.promise,
    [Symbol.dispose]() {
      subscription[Symbol.dispose]();
      ended.abort();
    },
  };
}
