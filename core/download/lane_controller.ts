/**
 * How many lanes to use: from a start that suits most links, up for as long as more lanes bring more bytes, then one
 * fewer at a time for as long as the rate does not suffer. Many connections over one fast link only cost processor
 * time, and some servers punish them.
 *
 * @module
 */

/** How long one number of lanes is tried, in milliseconds: growing has to be quick to be of use. */
const GROWING_TRIAL_MS = 250;
const SHRINKING_TRIAL_MS = 1_000;
/** So many lanes are added at once. */
const GROWTH = 4;
/** Lanes that carry so much each, in bytes a millisecond, are held up by this machine, not by the server. */
const FAST_LANE = 50_000;
/** Lanes pay when the rate changes with them by more than this part of their fair share. */
const PAYING_SHARE = 0.5;
/** After a lane has proved to pay, so many trials pass before the next doubt; doubled each time. */
const FIRST_REST_TRIALS = 4;
const MAX_REST_TRIALS = 64;

/** What a controller may do. */
export interface LaneControllerOptions {
  readonly max: number;
  /** Lanes at first. @default {max} */
  readonly start?: number;
}

interface Trial {
  readonly lanesBefore: number;
  readonly rateBefore: number;
}

/** Decides the number of lanes from the rates it is told. */
export class LaneController {
  #max: number;
  #lanes: number;
  #growing: boolean;
  #measuredFrom: { readonly atMs: number; readonly totalBytes: number } | undefined;
  /** A change of lanes that has not proved itself. */
  #trial: Trial | undefined;
  #rest = 1;
  #nextRest = FIRST_REST_TRIALS;

  constructor(options: LaneControllerOptions) {
    this.#max = options.max;
    this.#lanes = Math.min(options.max, options.start ?? options.max);
    this.#growing = this.#lanes < this.#max;
  }

  /** How many lanes to use now. */
  get lanes(): number {
    return this.#lanes;
  }

  /** The numbers so far are worth nothing: a pause, a new file, another limit. A change on trial is taken back. */
  restartTrial(): void {
    this.#measuredFrom = undefined;
    if (this.#trial === undefined) return;
    this.#lanes = this.#trial.lanesBefore;
    this.#trial = undefined;
  }

  /** The server has shown that it allows no more lanes than this. */
  limit(lanes: number): void {
    this.#max = Math.max(1, Math.min(this.#max, lanes));
    this.#lanes = Math.min(this.#lanes, this.#max);
    this.#growing = false;
    this.#trial = undefined;
    this.#measuredFrom = undefined;
  }

  /** Lanes that were given up still have something to finish: measuring begins when they have. */
  postpone(): void {
    this.#measuredFrom = undefined;
  }

  /** Tells the total of bytes received, at a time on the monotonic clock. */
  sample(facts: { readonly atMs: number; readonly totalBytes: number }): void {
    const from = this.#measuredFrom;
    if (from === undefined) {
      this.#measuredFrom = facts;
      return;
    }
    const elapsedMs = facts.atMs - from.atMs;
    if (elapsedMs < (this.#growing ? GROWING_TRIAL_MS : SHRINKING_TRIAL_MS)) return;
    this.#measuredFrom = facts;
    const rate = (facts.totalBytes - from.totalBytes) / elapsedMs;
    if (this.#trial !== undefined && !this.#passes(this.#trial, rate)) return;
    this.#trial = undefined;
    if (this.#growing) this.#grow(rate);
    else this.#shrink(rate);
  }

  /** Judges the change on trial; one that failed is taken back. */
  #passes(trial: Trial, rate: number): boolean {
    const { lanesBefore, rateBefore } = trial;
    const fairChange = (rateBefore / lanesBefore) * (this.#lanes - lanesBefore);
    const paying = Math.abs(fairChange) * PAYING_SHARE;
    const passed = fairChange > 0 ? rate - rateBefore > paying : rateBefore - rate <= paying;
    if (passed) {
      if (fairChange < 0) this.#rest = 0;
      return true;
    }
    this.#lanes = lanesBefore;
    this.#trial = undefined;
    this.#rest = this.#nextRest;
    if (!this.#growing) this.#nextRest = Math.min(MAX_REST_TRIALS, this.#nextRest * 2);
    this.#growing = false;
    return false;
  }

  #grow(rate: number): void {
    if (this.#lanes >= this.#max || rate / this.#lanes >= FAST_LANE) {
      this.#growing = false;
      return;
    }
    this.#trial = { lanesBefore: this.#lanes, rateBefore: rate };
    this.#lanes = Math.min(this.#max, this.#lanes + GROWTH);
  }

  #shrink(rate: number): void {
    if (this.#rest-- > 0 || this.#lanes <= 1) return;
    this.#trial = { lanesBefore: this.#lanes, rateBefore: rate };
    this.#lanes--;
  }
}
