/**
 * How many lanes to use: from a start that suits most links, up for as long as more lanes bring more bytes, then one
 * fewer at a time for as long as the rate does not suffer. Many connections over one fast link only cost processor
 * time, and some servers punish them.
 *
 * Networks change while a large file is on its way, so both questions are asked again: the oftener the answer was no,
 * the later, but never never.
 *
 * @module
 */

/** How long one number of lanes is tried, in milliseconds: growing has to be quick to be of use. */
const GROWING_TRIAL_MS = 250;
const STEADY_TRIAL_MS = 1_000;
/** So long new lanes may take to their first byte before they are judged all the same. */
const SETTLING_MS = 2_000;
/** So many lanes are added at once in the beginning; later on, this part of those there are, then twice as many. */
const GROWTH = 4;
const LATER_GROWTH_SHARE = 1 / 4;
/** Lanes that carry so much each, in bytes a millisecond, are held up by this machine, not by the server. */
const FAST_LANE = 50_000;
/** The rate has to grow by this part for more lanes to pay: in the beginning, when it still rises by itself, and later. */
const GROWING_GAIN = 0.1;
const PAYING_GAIN = 0.04;
/** Fewer lanes do as well when no more than this part of the rate is lost, over all that were given up in a row. */
const TOLERATED_LOSS = 0.03;
/** So many quiet trials pass before the next doubt; doubled each time that the doubt was not justified. */
const FIRST_REST_TRIALS = 4;
const MAX_REST_TRIALS = { more: 32, fewer: 64 } as const;
/** The network has changed when the rate has moved by this part: what was learnt about lanes is old. */
const CHANGED_SHARE = 0.25;
/** Of so many occasions to try one more than the server has allowed, one is taken, when it was always refused. */
const MAX_RELAX_STEP = 16;

/** What a controller may do. */
export interface LaneControllerOptions {
  readonly max: number;
  /** Lanes at first. @default {max} */
  readonly start?: number;
}

/** What is told of a transfer. */
export interface LaneSample {
  /** On the monotonic clock. */
  readonly atMs: number;
  /** Bytes received since the beginning. */
  readonly totalBytes: number;
  /** Lanes that have got their first byte. @default all */
  readonly deliveringLanes?: number;
}

interface Trial {
  readonly kind: "more" | "fewer";
  readonly lanesBefore: number;
  /** To judge by: of more lanes just before, of fewer before the first of them was given up. */
  readonly rateBefore: number;
}

/** When to doubt next. */
class Rest {
  /** Trials until then. */
  left: number;
  #next = FIRST_REST_TRIALS;
  readonly #most: number;

  constructor(kind: keyof typeof MAX_REST_TRIALS, left: number) {
    this.#most = MAX_REST_TRIALS[kind];
    this.left = left;
  }

  /** The doubt was not justified. */
  grow(): void {
    this.left = this.#next;
    this.#next = Math.min(this.#most, this.#next * 2);
  }

  /** What was learnt is old. */
  reset(left: number): void {
    this.left = Math.min(this.left, left);
    this.#next = FIRST_REST_TRIALS;
  }
}

/** Decides the number of lanes from the rates it is told. */
export class LaneController {
  readonly #max: number;
  /** What the server allows, as far as it is known. */
  #cap: number;
  /** How many lanes it delivered to when it last refused one. */
  #allowed = 0;
  #lanes: number;
  #growing: boolean;
  #measuredFrom: LaneSample | undefined;
  /** A change of lanes that has not proved itself. */
  #trial: Trial | undefined;
  /** Since when new lanes have been on their way to their first byte. */
  #settlingSince: number | undefined;
  readonly #untilFewer: Rest;
  readonly #untilMore: Rest;
  /** The smoothed rate of lanes that are not on trial. */
  #usualRate: number | undefined;
  /** How often more lanes have just paid, one time after the other. */
  #paidInARow = 0;
  /** The rate before the first of the lanes that were given up in a row. */
  #rateBeforeFewer: number | undefined;
  /** Of so many calls of `relax`, one does something; doubled each time that the server did not agree. */
  #relaxStep = 1;
  #relaxCalls = 0;
  #relaxed = false;
  /** How many lanes the rate limit is worth, and how many are used for it because those do not reach it. */
  #throttle: { readonly worth: number; lanes: number } = { worth: Infinity, lanes: Infinity };

  constructor(options: LaneControllerOptions) {
    this.#max = this.#cap = options.max;
    this.#lanes = Math.min(options.max, options.start ?? options.max);
    this.#growing = this.#lanes < this.#max;
    this.#untilFewer = new Rest("fewer", 1);
    this.#untilMore = new Rest("more", 2 * FIRST_REST_TRIALS);
  }

  /** How many lanes to use now. */
  get lanes(): number {
    return Math.min(this.#lanes, this.#throttle.lanes);
  }

  /** How many lanes there may be at all, those for small files included: servers count connections, not bytes. */
  get most(): number {
    return Math.min(this.#cap, this.#throttle.lanes);
  }

  /** The numbers so far are worth nothing: a pause, a new file, another limit. A change on trial is taken back. */
  restartTrial(): void {
    this.#measuredFrom = undefined;
    this.#settlingSince = undefined;
    if (this.#trial === undefined) return;
    this.#lanes = Math.min(this.#cap, this.#trial.lanesBefore);
    this.#trial = undefined;
  }

  /**
   * A server delivers to so many lanes and has refused one more: it allows no more than those, until `relax`.
   *
   * @returns whether that explains the refusal: no more lanes than these are known to have been allowed at once.
   */
  limit(lanes: number): boolean {
    const explains = lanes >= this.#allowed;
    this.#allowed = Math.max(1, lanes);
    this.#cap = Math.max(1, Math.min(this.#cap, lanes));
    this.#lanes = Math.min(this.#lanes, this.#cap);
    this.#growing = false;
    this.#trial = undefined;
    this.#measuredFrom = undefined;
    // Lanes that are refused together say it once.
    if (this.#relaxed) this.#relaxStep = Math.min(MAX_RELAX_STEP, this.#relaxStep * 2);
    this.#relaxed = false;
    this.#relaxCalls = 0;
    return explains;
  }

  /**
   * Allows one more lane than the server did some time ago; to be called every now and then. Where the server refused
   * that before, only every second, fourth, … call does it.
   *
   * @returns whether there are lanes that are still not allowed.
   */
  relax(): boolean {
    if (this.#cap >= this.#max) return false;
    this.#relaxCalls++;
    if (this.#relaxCalls < this.#relaxStep) return true;
    this.#relaxCalls = 0;
    this.#relaxed = true;
    this.#cap++;
    this.#untilMore.reset(0);
    return this.#cap < this.#max;
  }

  /** The rate limit is worth so many lanes: more are used only when those do not reach it. */
  throttle(lanes: number): void {
    if (lanes === this.#throttle.worth) return;
    this.#throttle = { worth: lanes, lanes };
    this.restartTrial();
  }

  /** Lanes that were given up still have something to finish: measuring begins when they have. */
  postpone(): void {
    this.#measuredFrom = undefined;
  }

  /** Tells how far the transfer has come; to be called while all lanes are busy. */
  sample(facts: LaneSample): void {
    const from = this.#measuredFrom;
    if (from === undefined) {
      if (!this.#isSettling(facts)) this.#measuredFrom = facts;
      return;
    }
    const elapsedMs = facts.atMs - from.atMs;
    if (elapsedMs < (this.#growing ? GROWING_TRIAL_MS : STEADY_TRIAL_MS)) return;
    this.#measuredFrom = facts;
    const rate = (facts.totalBytes - from.totalBytes) / elapsedMs;
    if (this.#throttle.lanes < this.#lanes) this.#throttle.lanes *= 2;
    else if (this.#trial === undefined) this.#decide(rate);
    else this.#judge(this.#trial, rate);
    if (this.#trial?.kind === "more") {
      this.#measuredFrom = undefined;
      this.#settlingSince = facts.atMs;
    }
  }

  #isSettling({ atMs, deliveringLanes = Infinity }: LaneSample): boolean {
    if (this.#settlingSince === undefined) return false;
    if (deliveringLanes < this.#lanes && atMs - this.#settlingSince < SETTLING_MS) return true;
    this.#settlingSince = undefined;
    return false;
  }

  /** Judges the change on trial; one that failed is taken back. */
  #judge(trial: Trial, rate: number): void {
    this.#trial = undefined;
    const gain = this.#growing ? GROWING_GAIN : PAYING_GAIN;
    const passed = trial.kind === "more"
      ? rate > trial.rateBefore * (1 + gain)
      : rate >= trial.rateBefore * (1 - TOLERATED_LOSS);
    const [own, other] = trial.kind === "more"
      ? [this.#untilMore, this.#untilFewer]
      : [this.#untilFewer, this.#untilMore];
    this.#paidInARow = passed && trial.kind === "more" ? this.#paidInARow + 1 : 0;
    if (!passed) {
      this.#lanes = Math.min(this.#cap, trial.lanesBefore);
      this.#growing = false;
      this.#rateBeforeFewer = undefined;
      own.grow();
      return;
    }
    // One step of a way: the next follows at once, the way back is open again soon.
    this.#usualRate = rate;
    own.reset(0);
    other.reset(FIRST_REST_TRIALS);
    other.left = Math.max(other.left, FIRST_REST_TRIALS);
    this.#decide(rate);
  }

  #decide(rate: number): void {
    this.#noticeChange(rate);
    const mayGrow = this.#lanes < this.#cap && rate / this.#lanes < FAST_LANE;
    if (this.#growing && mayGrow) return this.#tryMore(rate, GROWTH);
    this.#growing = false;
    if (this.#untilMore.left-- <= 0 && mayGrow) {
      const growth = this.#paidInARow > 0 ? this.#lanes : Math.floor(this.#lanes * LATER_GROWTH_SHARE);
      return this.#tryMore(rate, Math.max(1, growth));
    }
    this.#paidInARow = 0;
    if (this.#untilFewer.left-- <= 0 && this.#lanes > 1) this.#tryFewer(rate);
    else this.#rateBeforeFewer = undefined;
  }

  #noticeChange(rate: number): void {
    const usual = this.#usualRate ?? rate;
    this.#usualRate = usual + (rate - usual) / 4;
    if (Math.abs(rate - usual) <= usual * CHANGED_SHARE) return;
    this.#usualRate = rate;
    this.#untilMore.reset(1);
    this.#untilFewer.reset(FIRST_REST_TRIALS);
  }

  #tryMore(rateBefore: number, growth: number): void {
    this.#trial = { kind: "more", lanesBefore: this.#lanes, rateBefore };
    this.#lanes = Math.min(this.#cap, this.#lanes + growth);
    this.#rateBeforeFewer = undefined;
  }

  #tryFewer(rate: number): void {
    this.#rateBeforeFewer ??= rate;
    this.#trial = { kind: "fewer", lanesBefore: this.#lanes, rateBefore: this.#rateBeforeFewer };
    this.#lanes--;
  }
}
