/**
 * What servers allow all lanes together: when they may ask at all, and how many of them at once.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { EngineEvent } from "./engine_options.ts";
import type { LaneController } from "./lane_controller.ts";

/** Lanes that are sent away together are told nearly the same time: one message will do. */
const HOLD_STEP_MS = 1_000;
/** So long after a refusal taught how many connections a server allows, one more is tried. */
const LIMIT_REST_MS = 60_000;

/** Lanes that are at work at one host. */
export interface HostLanes {
  /** Lanes that have got bytes by their present request. */
  readonly delivering: number;
  /** Lanes that fetch other files than the one in question. */
  readonly ofOthers: number;
}

/** What limits need of their engine. */
export interface ServerLimitsOptions {
  readonly clock: Clock;
  readonly lanes: LaneController;
  readonly emit: (event: EngineEvent) => void;
  /** Bytes that all lanes have received. */
  readonly receivedBytes: () => number;
}

/** The limits of one run. */
export class ServerLimits {
  readonly #options: ServerLimitsOptions;
  #heldUntil = -Infinity;
  #receivedAtHold: number | undefined;
  /** When the number of lanes was last found to be limited. */
  #limitedAt: number | undefined;

  constructor(options: ServerLimitsOptions) {
    this.#options = options;
  }

  /** Whether no lane may ask for anything now, because the server limits the rate. */
  get held(): boolean {
    return this.#options.clock.monotonic() < this.#heldUntil;
  }

  /** Whether a host has shown lately that it allows only so many connections. */
  get known(): boolean {
    return this.#limitedAt !== undefined;
  }

  /** Lets no lane ask for anything for so long, and says so. */
  hold(delayMs: number): void {
    const { clock, emit } = this.#options;
    const heldUntil = clock.monotonic() + delayMs;
    const known = heldUntil - this.#heldUntil < HOLD_STEP_MS;
    this.#heldUntil = Math.max(this.#heldUntil, heldUntil);
    if (known) return;
    const message = `The server limits the rate: going on in ${Math.ceil(delayMs / 1000)} s`;
    const until = clock.now() + delayMs;
    // Who knows all the files fills in how many bytes there are of them.
    emit({ type: "waiting", reason: "rate-limit", until, message, receivedBytes: 0, totalBytes: 0 });
  }

  /** Whether bytes have come, of whatever file, since this was asked before. */
  hasMoved(): boolean {
    const receivedBytes = this.#options.receivedBytes();
    const before = this.#receivedAtHold;
    this.#receivedAtHold = receivedBytes;
    return before !== undefined && receivedBytes > before;
  }

  /**
   * A host has refused a lane while it delivers to others: so many connections it allows, and no more.
   *
   * @returns whether that explains the refusal; otherwise something is wrong with what was asked for.
   */
  refused({ delivering }: HostLanes): boolean {
    if (delivering === 0) return false;
    this.#limitedAt = this.#options.clock.monotonic();
    return this.#options.lanes.limit(delivering);
  }

  /** What a limit taught is forgotten bit by bit; to be called regularly. */
  tick(): void {
    const now = this.#options.clock.monotonic();
    if (this.#limitedAt === undefined || now - this.#limitedAt < LIMIT_REST_MS) return;
    this.#limitedAt = this.#options.lanes.relax() ? now : undefined;
  }
}
