/**
 * What the engine does about a failed segment: carries out the decisions of `failure_policy.ts`.
 *
 * @module
 */
import type { ModelManagerError } from "../base/errors.ts";
import type { EngineOptions } from "./engine_options.ts";
import {
  blamesHost,
  changedFailure,
  decideOnFailure,
  exhaustedError,
  isUnreasonableWait,
  mayBeFull,
  stalledFailure,
  statusError,
  unreasonableWaitError,
} from "./failure_policy.ts";
import type { ActiveSegment } from "./file_transfer.ts";
import type { NumberedLocation } from "./location_cache.ts";
import type { HostLanes, ServerLimits } from "./server_limits.ts";
import type { TrackedFile } from "./tracked_file.ts";
import { TransferError, type TransferFailure } from "./worker_protocol.ts";

/** After so many failures in a row without progress, the place itself may be gone. */
const FAILURES_BEFORE_RELOCATION = 2;
/** A location that is refused so soon after it was given has not expired: something else is wrong. */
const FRESH_LOCATION_MS = 15_000;
/** So long a file waits for a free connection where its host allows no more. */
const FULL_HOST_PAUSE_MS = 1_000;

/** What a handler needs of its engine. */
export interface FailureHandlerOptions {
  readonly engine: Pick<EngineOptions, "clock" | "stallTimeoutMs">;
  readonly limits: ServerLimits;
  /** Ends the engine with an error of one file. */
  readonly fail: (file: TrackedFile, error: unknown) => void;
  /** The lanes that are at work at a host, as the file sees them. */
  readonly lanesAt: (origin: string, file: TrackedFile) => HostLanes;
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

  constructor(options: FailureHandlerOptions) {
    this.#options = options;
  }

  /** Does what a failure calls for. */
  handle(file: TrackedFile, facts: SegmentFailure): void {
    const { fail, engine } = this.#options;
    if (!(facts.failure instanceof TransferError)) return fail(file, facts.failure);
    const { transfer, task: { source } } = file;
    let { failure } = facts.failure;
    const { cutBecause } = facts.segment;
    // What was asked for before the file was begun anew says nothing about it.
    if (cutBecause === "restarting" && failure.kind !== "disk" && failure.kind !== "denied") return;
    if (failure.kind === "cancelled") {
      if (cutBecause !== "stalled") return;
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
        return this.#restartWhole(file, failure);
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

  /** A server without ranges sends the file from its start: what had arrived is worth nothing then. */
  #restartWhole(file: TrackedFile, failure: TransferFailure): void {
    const { transfer } = file;
    if (transfer.receivedBytes > 0) {
      const message = `${failure.error.message}: fetching it from its start over one connection`;
      file.emit({ type: "retrying", attempt: 1, delayMs: 0, error: { ...failure.error, message } });
    }
    transfer.restart({ singleStream: true });
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
    const { inARow, afterProgress } = file.transfer.signs.noticeExpiry(file.transfer.receivedBytes);
    const ageMs = this.#options.engine.clock.monotonic() - location.askedAt;
    if ((inARow === 1 && !afterProgress) || (afterProgress && ageMs >= FRESH_LOCATION_MS)) return;
    if (failure.status === 403 && this.#isFull(file, known)) return;
    // Lanes that were let in may be about to deliver: then it is not the location that is refused.
    const undecided = inARow === 2 && file.transfer.active.size > 0;
    if (!afterProgress && !undecided && !this.#mayBecomeFree(file, known)) {
      return this.#options.fail(file, statusError(failure, file.task.source.path));
    }
    this.#retryLater(file, known, { action: "retry", retryAfterMs: undefined });
  }

  /** Whether a refusal may be one for want of connections: others have them, or had until a moment ago. */
  #mayBecomeFree(file: TrackedFile, { failure, location }: KnownFailure): boolean {
    const { lanesAt, limits } = this.#options;
    if (location === undefined || failure.status !== 403) return false;
    return limits.known || lanesAt(location.origin, file).ofOthers > 0;
  }

  /**
   * Whether a host has refused a connection because it has given out all that it allows. Then the file waits for one:
   * that is no failure of its own.
   */
  #isFull(file: TrackedFile, { failure, location }: KnownFailure): boolean {
    const { lanesAt, limits } = this.#options;
    const { transfer } = file;
    if (location === undefined || transfer.retries.blocked) return false;
    if (!limits.refused(lanesAt(location.origin, file))) return false;
    transfer.retries.pause(FULL_HOST_PAUSE_MS);
    transfer.retryCount++;
    const message = `${failure.error.message}: it allows no more connections at once`;
    const error = { ...failure.error, message };
    file.emit({ type: "retrying", attempt: 1, delayMs: FULL_HOST_PAUSE_MS, error });
    return true;
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
    const { receivedBytes } = transfer;
    if (mayBeFull(failure, transfer.retries.isRepeated(receivedBytes)) && this.#isFull(file, known)) return;
    // As long as the limit lets others through, waiting for it is no failure.
    const limited = decision.action === "hold" && !transfer.retries.blocked;
    if (limited && this.#options.limits.hasMoved()) transfer.retries.reset();
    const verdict = transfer.retries.fail({ receivedBytes, retryAfterMs });
    if (!verdict.retry) {
      return this.#giveUp(file, known, exhaustedError(failure, { ...verdict, file: path }));
    }
    if (verdict.counted) {
      transfer.retryCount++;
      const { attempt, delayMs } = verdict;
      file.emit({ type: "retrying", attempt, delayMs, error: failure.error });
    }
    if (decision.action === "hold") this.#options.limits.hold(verdict.delayMs);
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
}

/** Whether a place was given up for another host while a lane still tried it. */
function verdictIsLate(file: TrackedFile, location: NumberedLocation | undefined): boolean {
  return location !== undefined && file.transfer.locations.hasMovedFrom(location.origin);
}
