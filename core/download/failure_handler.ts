/**
 * What the engine does about a failed segment: carries out the decisions of `failure_policy.ts`.
 *
 * @module
 */
import type { ModelManagerError } from "../base/errors.ts";
import type { EngineEvent, EngineOptions } from "./engine_options.ts";
import {
  blamesHost,
  decideOnFailure,
  exhaustedError,
  isUnreasonableWait,
  statusError,
  unreasonableWaitError,
} from "./failure_policy.ts";
import type { ActiveSegment } from "./file_transfer.ts";
import type { LaneController } from "./lane_controller.ts";
import type { NumberedLocation } from "./location_cache.ts";
import type { TrackedFile } from "./tracked_file.ts";
import { TransferError, type TransferFailure } from "./worker_protocol.ts";

/** Lanes that are sent away together are told nearly the same time: one message will do. */
const HOLD_STEP_MS = 1_000;
/** After so many failures in a row without progress, the place itself may be gone. */
const FAILURES_BEFORE_RELOCATION = 2;
/** A location that is refused so soon after it was given has not expired: something else is wrong. */
const FRESH_LOCATION_MS = 15_000;
/** So long after a refusal taught how many connections a server allows, one more is tried. */
const LIMIT_REST_MS = 60_000;

/** What a handler needs of its engine. */
export interface FailureHandlerOptions {
  readonly engine: Pick<EngineOptions, "clock" | "stallTimeoutMs">;
  readonly lanes: LaneController;
  readonly emit: (event: EngineEvent) => void;
  /** Ends the engine with an error of one file. */
  readonly fail: (file: TrackedFile, error: unknown) => void;
  /** How many lanes receive bytes just now. */
  readonly deliveringLanes: () => number;
}

/** A segment that failed. */
export interface SegmentFailure {
  readonly segment: ActiveSegment;
  /** The location it used; `undefined` when it got none. */
  readonly location: NumberedLocation | undefined;
  readonly failure: unknown;
}

type Waiting = { readonly action: "retry" | "hold"; readonly retryAfterMs: number | undefined };
/** A failure that was looked at: what it is, and where it happened. */
interface KnownFailure {
  readonly failure: TransferFailure;
  readonly location: NumberedLocation | undefined;
}

/** Decides and acts, for all files of an engine. */
export class FailureHandler {
  readonly #options: FailureHandlerOptions;
  #heldUntil = -Infinity;
  /** When the number of lanes was last found to be limited. */
  #limitedAt: number | undefined;

  constructor(options: FailureHandlerOptions) {
    this.#options = options;
  }

  /** Whether no lane may ask for anything now, because the server limits the rate. */
  get held(): boolean {
    return this.#options.engine.clock.monotonic() < this.#heldUntil;
  }

  /** Does what a failure calls for. */
  handle(file: TrackedFile, facts: SegmentFailure): void {
    const { fail, engine } = this.#options;
    if (!(facts.failure instanceof TransferError)) return fail(file, facts.failure);
    const { transfer, task: { source } } = file;
    let { failure } = facts.failure;
    if (failure.kind === "cancelled") {
      if (facts.segment.cutBecause !== "stalled") return;
      failure = stalledFailure(engine.stallTimeoutMs);
    }
    if (failure.kind === "changed") failure = changedFailure(source.path, failure.error.message);
    const known = { failure, location: facts.location };
    transfer.lastFailure = failure;
    const decision = decideOnFailure(failure, source.path);
    switch (decision.action) {
      case "give-up":
        if (!blamesHost(failure) || !this.#goElsewhere(file, known)) fail(file, decision.error);
        return;
      case "elsewhere":
        if (!this.#goElsewhere(file, known)) fail(file, decision.error);
        return;
      case "single-stream":
        return transfer.restart({ singleStream: true });
      case "relocate":
        return this.#relocate(file, known);
      default:
        return this.#retryLater(file, known, decision);
    }
  }

  /** A file is another one on the server than a moment ago: what came in this run may be of both, and goes. */
  restartChanged(
    file: TrackedFile,
    facts: { readonly location: NumberedLocation; readonly how: string },
  ): void {
    const { transfer, task: { source } } = file;
    transfer.locations.expire(facts.location.generation);
    transfer.restart({ singleStream: false, keepResumed: true });
    transfer.retryCount++;
    const { error } = changedFailure(source.path, facts.how);
    file.emit({ type: "retrying", attempt: 1, delayMs: 0, error });
  }

  /** What a limit of the server taught is forgotten bit by bit; to be called regularly. */
  tick(): void {
    const now = this.#options.engine.clock.monotonic();
    if (this.#limitedAt === undefined || now - this.#limitedAt < LIMIT_REST_MS) return;
    this.#limitedAt = this.#options.lanes.relax() ? now : undefined;
  }

  /**
   * Asks for a place on another host, when this one has not been given up before.
   *
   * @returns whether the file goes on.
   */
  #goElsewhere(file: TrackedFile, { location }: KnownFailure): boolean {
    if (location === undefined || file.task.source.hasMirrors !== true) return false;
    const { locations } = file.transfer;
    // Another lane has found out before.
    return locations.isOutdated(location.generation) || locations.abandon(location.generation);
  }

  /** An expired location is asked for again at once, but not over and over. */
  #relocate(file: TrackedFile, known: KnownFailure): void {
    const { failure, location } = known;
    // Of the lanes that used the same location, the first to fail speaks for all.
    if (location === undefined || !file.transfer.locations.expire(location.generation)) return;
    const { inARow, afterProgress } = file.transfer.noticeExpiry();
    const ageMs = this.#options.engine.clock.monotonic() - location.askedAt;
    if ((inARow === 1 && !afterProgress) || (afterProgress && ageMs >= FRESH_LOCATION_MS)) return;
    // Lanes that were let in may be about to deliver: then it is not the location that is refused.
    const undecided = inARow === 2 && file.transfer.active.size > 0;
    if (!afterProgress && !undecided) {
      return this.#options.fail(file, statusError(failure, file.task.source.path));
    }
    if (afterProgress) this.#learnLimit(failure);
    this.#retryLater(file, known, { action: "retry", retryAfterMs: undefined });
  }

  /** A fresh location that is refused while others of its kind deliver: the server allows no more connections. */
  #learnLimit(failure: TransferFailure): void {
    const { deliveringLanes, lanes, engine } = this.#options;
    const delivering = deliveringLanes();
    if (failure.status !== 403 || delivering === 0) return;
    lanes.limit(delivering);
    this.#limitedAt = engine.clock.monotonic();
  }

  #retryLater(file: TrackedFile, known: KnownFailure, decision: Waiting): void {
    const { transfer, task } = file;
    const { failure, location } = known;
    const { path } = task.source;
    const { retryAfterMs } = decision;
    // A lane that had no chance to hear of the new place does not count against it.
    if (blamesHost(failure) && verdictIsLate(file, location)) return;
    if (isUnreasonableWait(retryAfterMs)) {
      return this.#giveUp(file, known, unreasonableWaitError(failure, path));
    }
    const verdict = transfer.retries.fail({ receivedBytes: transfer.receivedBytes, retryAfterMs });
    if (!verdict.retry) {
      return this.#giveUp(file, known, exhaustedError(failure, { ...verdict, file: path }));
    }
    if (verdict.counted) {
      transfer.retryCount++;
      const { attempt, delayMs } = verdict;
      file.emit({ type: "retrying", attempt, delayMs, error: failure.error });
    }
    if (decision.action === "hold") this.#hold(file, verdict.delayMs);
    if (location === undefined || failure.kind === "crashed") return;
    const lost = failure.kind === "changed" || transfer.retries.attempts >= FAILURES_BEFORE_RELOCATION;
    if (!lost) return;
    if (blamesHost(failure)) transfer.locations.abandon(location.generation);
    else transfer.locations.expire(location.generation);
  }

  /** The end, unless another host has not been tried. */
  #giveUp(file: TrackedFile, known: KnownFailure, error: ModelManagerError): void {
    if (blamesHost(known.failure) && this.#goElsewhere(file, known)) return;
    this.#options.fail(file, error);
  }

  /** The server limits the rate: no lane asks for anything until it may. */
  #hold(file: TrackedFile, delayMs: number): void {
    const { engine: { clock }, emit } = this.#options;
    const heldUntil = clock.monotonic() + delayMs;
    const known = heldUntil - this.#heldUntil < HOLD_STEP_MS;
    this.#heldUntil = Math.max(this.#heldUntil, heldUntil);
    if (known) return;
    emit({
      type: "waiting",
      reason: "rate-limit",
      until: clock.now() + delayMs,
      message: `The server limits the rate: going on in ${Math.ceil(delayMs / 1000)} s`,
      receivedBytes: file.transfer.receivedBytes,
      totalBytes: file.task.source.sizeBytes,
    });
  }
}

/** Whether a place was given up for another host while a lane still tried it. */
function verdictIsLate(file: TrackedFile, location: NumberedLocation | undefined): boolean {
  return location !== undefined && file.transfer.locations.hasMovedFrom(location.origin);
}

/** The failure of a connection, or a file, that stood still. */
export function stalledFailure(timeoutMs: number): TransferFailure {
  return {
    kind: "network",
    error: {
      code: "NETWORK_ERROR",
      message: `No byte arrived for ${Math.round(timeoutMs / 1000)} s`,
      hints: [],
      causes: [],
    },
  };
}

/** The failure of a file that is no longer what it was. */
function changedFailure(path: string, how: string): TransferFailure {
  const message = `"${path}" has changed on the server: ${how}`;
  return { kind: "changed", error: { code: "NETWORK_ERROR", message, hints: [], causes: [] } };
}
