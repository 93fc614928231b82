/**
 * What does not work just now: said in the log once, not every minute of a night, and shown by `mm status`.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { DaemonProblem } from "./daemon_status.ts";

/** The same thing is said again after so long. */
const SAY_AGAIN_MS = 6 * 3_600_000;

interface Known extends DaemonProblem {
  saidAtMs: number;
}

/** One problem a part at most, so that nothing grows. */
export class Problems {
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes that a part fails. @returns whether it is to be said now: it is new, or was last said long ago. */
  failed(part: string, message: string): boolean {
    const before = this.#known.get(part);
    const nowMs = this.#clock.monotonic();
    const isNew = before === undefined || before.message !== message ||
      nowMs - before.saidAtMs >= SAY_AGAIN_MS;
    const at = new Date(this.#clock.now()).toISOString();
    this.#known.set(part, { part, message, at, saidAtMs: isNew ? nowMs : before.saidAtMs });
    return isNew;
  }

  /** Notes that a part works. @returns whether it did not before. */
  works(part: string): boolean {
    return this.#known.delete(part);
  }

  /** Everything that fails. */
  list(): readonly DaemonProblem[] {
    return [...this.#known.values()].map(({ part, message, at }) => ({ part, message, at }));
  }
}
