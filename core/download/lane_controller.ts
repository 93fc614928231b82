/**
 * How many lanes to use: all that are allowed from the start, then one fewer at a time for as long as the rate does
 * not suffer. Many connections over one fast link only cost processor time, and some servers punish them.
 *
 * @module
 */

/** How long one number of lanes is tried, in milliseconds. */
const TRIAL_MS = 1_000;
/** A lane pays when without it the rate falls by more than this part of its fair share. */
const PAYING_SHARE = 0.5;
/** After a lane has proved to pay, so many trials pass before the next doubt; doubled each time. */
const FIRST_REST_TRIALS = 4;
const MAX_REST_TRIALS = 64;

/** Decides the number of lanes from the rates it is told. */
export class LaneController {
  readonly #max: number;
  #lanes: number;
  #trialStartedAt: number | undefined;
  #trialBytes = 0;
  /** Rate with one lane more than now, while a removal is on trial. */
  #rateBefore: number | undefined;
  #rest = 1;
  #nextRest = FIRST_REST_TRIALS;

  constructor(options: { readonly max: number }) {
    this.#max = options.max;
    this.#lanes = options.max;
  }

  /** How many lanes to use now. */
  get lanes(): number {
    return this.#lanes;
  }

  /** The numbers so far are worth nothing: a pause, a new file, another limit. */
  restartTrial(): void {
    this.#trialStartedAt = undefined;
    this.#rateBefore = undefined;
  }

  /** Tells the total of bytes received, at a time on the monotonic clock. */
  sample(facts: { readonly atMs: number; readonly totalBytes: number }): void {
    if (this.#trialStartedAt === undefined) {
      this.#trialStartedAt = facts.atMs;
      this.#trialBytes = facts.totalBytes;
      return;
    }
    const elapsedMs = facts.atMs - this.#trialStartedAt;
    if (elapsedMs < TRIAL_MS) return;
    const rate = (facts.totalBytes - this.#trialBytes) / elapsedMs;
    this.#trialStartedAt = facts.atMs;
    this.#trialBytes = facts.totalBytes;
    this.#judge(rate);
  }

  #judge(rate: number): void {
    if (this.#rateBefore !== undefined) {
      const fairShare = this.#rateBefore / (this.#lanes + 1);
      const lost = this.#rateBefore - rate;
      this.#rateBefore = undefined;
      if (lost > fairShare * PAYING_SHARE) {
        this.#lanes = Math.min(this.#max, this.#lanes + 1);
        this.#rest = this.#nextRest;
        this.#nextRest = Math.min(MAX_REST_TRIALS, this.#nextRest * 2);
        return;
      }
      this.#rest = 0;
    }
    if (this.#rest-- > 0 || this.#lanes <= 1) return;
    this.#rateBefore = rate;
    this.#lanes--;
  }
}
